"""`twofold privacy retention`: how long a tenant's learning records are kept."""

from dataclasses import asdict
from uuid import UUID

import click

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import audit
from lti_tool.commands import TENANT, database_of, read_settings, tenant_of
from lti_tool.privacy import keeping
from xapi.access import credentials
from xapi.privacy import retention as records

_YES = click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
_FOR_EVER = "for-ever"
INSTALLATION = click.option(
    "--installation", is_flag=True, help="The installation's own store instead of a tenant's."
)


@click.group()
def retention() -> None:
    """How long learning records are kept; without a setting for ever."""


@retention.command("set")
@click.argument("months")
@_YES
@TENANT
@INSTALLATION
def set_(months: str, yes: bool, tenant: str, installation: bool) -> None:
    """Keep records for so many MONTHS from now on, or "for-ever". What is older goes daily."""
    wanted = _months(months)
    database = database_of(read_settings())
    owner = owner_of(database, tenant, installation)
    if wanted is not None:
        _say_what_is_old(database, owner, wanted)
        if not yes:
            click.confirm(
                "The worker will remove it from tomorrow on, every day. Go on?", abort=True
            )
    with database.writing(EVERY_TENANT) as session:
        before = records.months_of(session, owner)
        records.keep_for(session, owner, wanted)
        audit.note(
            session,
            actor=audit.COMMAND_LINE,
            action="retention.set",
            subject=_said(wanted),
            tenant_id=None if installation else owner,
            detail={"before": before, "months": wanted},
        )
    click.echo(f"Records are kept {_said(wanted)}.")


@retention.command("show")
@TENANT
@INSTALLATION
def show(tenant: str, installation: bool) -> None:
    """Say how long records are kept, and how much is older."""
    database = database_of(read_settings())
    owner = owner_of(database, tenant, installation)
    months = _set(database, owner)
    click.echo(f"Records are kept {_said(months)}.")
    if months is not None:
        _say_what_is_old(database, owner, months)


@retention.command("run")
@click.option("--dry-run", is_flag=True, help="Only say how much would be removed.")
@_YES
@TENANT
@INSTALLATION
def run(dry_run: bool, yes: bool, tenant: str, installation: bool) -> None:
    """Remove now what is older than the tenant keeps, without waiting for the worker."""
    database = database_of(read_settings())
    owner = owner_of(database, tenant, installation)
    months = _set(database, owner)
    if months is None:
        raise click.ClickException(
            "This tenant keeps its records for ever. Set a time first: "
            "twofold privacy retention set MONTHS (retention.none)"
        )
    cut = records.before(months, clock.now())
    _say_what_is_old(database, owner, months)
    if dry_run:
        click.echo("Nothing was removed: this was a dry run.")
        return
    if not yes:
        click.confirm("It cannot be brought back. Remove it?", abort=True)
    removed = keeping.apply(database, owner, cut, months, audit.COMMAND_LINE)
    words = ", ".join(f"{count} {name}" for name, count in asdict(removed).items())
    click.echo(f"Removed: {words}.")


def owner_of(database: Database, tenant: str, installation: bool) -> UUID:
    """Whose records are meant, or the end of the command with which tenants there are."""
    if installation and tenant:
        raise click.ClickException("Say --tenant or --installation, not both.")
    if installation:
        return credentials.INSTALLATION
    with database.reading(EVERY_TENANT) as session:
        return tenant_of(session, tenant)


def _set(database: Database, owner: UUID) -> int | None:
    with database.reading(owner) as session:
        return records.months_of(session, owner)


def _months(text: str) -> int | None:
    if text == _FOR_EVER:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= records.LONGEST):
        raise click.ClickException(
            f'Say a number of months from 1 to {records.LONGEST}, or "{_FOR_EVER}". '
            "(retention.months)"
        )
    return int(text)


def _say_what_is_old(database: Database, owner: UUID, months: int) -> None:
    cut = records.before(months, clock.now())
    with database.reading(owner) as session:
        old = records.old(session, owner, cut)
    click.echo(
        f"Older than {months} months (before {cut:%Y-%m-%d}): "
        f"{old.statements} statements, {old.documents} documents."
    )


def _said(months: int | None) -> str:
    return "for ever" if months is None else f"for {months} months"
