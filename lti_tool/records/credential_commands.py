"""`twofold lrs credential`: who may use the record store, for how long and how often."""

from datetime import datetime, timedelta
from uuid import UUID

import click
from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT
from lti_tool.admin import audit
from lti_tool.commands import TENANT, database_of, read_settings, tenant_of
from xapi.access import credentials
from xapi.access.credentials import INSTALLATION, NoCredential
from xapi.store.tables import Credential

_INSTALLATION = click.option(
    "--installation",
    is_flag=True,
    help="Of the whole installation: works in its own store, and in each tenant's by its address.",
)


@click.group()
def credential() -> None:
    """Who may read and write statements."""


@credential.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, default=["statements/read"], show_default=True)
@click.option("--rate", type=int, help="The most requests a minute; without it there is no limit.")
@click.option(
    "--origin", "origins", multiple=True, help="A web origin whose pages may use it; else any may."
)
@TENANT
@_INSTALLATION
def add(
    name: str,
    scopes: tuple[str, ...],
    rate: int | None,
    origins: tuple[str, ...],
    tenant: str,
    installation: bool,
) -> None:
    """Make a credential; the last line printed is KEY:SECRET, shown this once."""
    settings = read_settings()
    with database_of(settings).writing(EVERY_TENANT) as session:
        owner = _owner(session, tenant, installation)
        try:
            key, secret = credentials.create(
                session, owner, name, scopes, rate=rate, origins=origins or None
            )
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        _note(session, "added", key, owner, name=name, scopes=sorted(scopes), rate=rate)
    click.echo(f"Credential {name} with scope {', '.join(scopes)}. Keep the secret:", err=True)
    click.echo(f"It is used at {settings.base_url}/xapi/", err=True)
    click.echo(f"{key}:{secret}")


@credential.command("list")
@TENANT
@_INSTALLATION
def list_(tenant: str, installation: bool) -> None:
    """List the credentials of a tenant or of the installation, ended ones too."""
    with database_of(read_settings()).reading(EVERY_TENANT) as session:
        rows = credentials.listed(session, _owner(session, tenant, installation))
    for row in rows:
        click.echo(_described(row))


@credential.command("rotate")
@click.argument("key")
@click.option(
    "--overlap", default=7, show_default=True, help="Days for which the old secret still works."
)
@TENANT
@_INSTALLATION
def rotate(key: str, overlap: int, tenant: str, installation: bool) -> None:
    """Give a credential a new secret; the last line printed is KEY:SECRET, shown this once."""
    with database_of(read_settings()).writing(EVERY_TENANT) as session:
        owner = _owner(session, tenant, installation)
        try:
            secret = credentials.rotate(session, owner, key, timedelta(days=overlap))
        except (NoCredential, ValueError) as error:
            raise _unknown(error) from error
        _note(session, "rotated", key, owner, overlap_days=overlap)
    click.echo(f"The old secret works for {overlap} more days. Keep the new one:", err=True)
    click.echo(f"{key}:{secret}")


@credential.command("revoke")
@click.argument("key")
@TENANT
@_INSTALLATION
def revoke(key: str, tenant: str, installation: bool) -> None:
    """End a credential and its secrets; it is refused within two seconds."""
    with database_of(read_settings()).writing(EVERY_TENANT) as session:
        owner = _owner(session, tenant, installation)
        try:
            credentials.revoke(session, owner, key)
        except NoCredential as error:
            raise _unknown(error) from error
        _note(session, "revoked", key, owner)
    click.echo(f"Revoked: {key}")


def _owner(session: Session, tenant: str, installation: bool) -> UUID:
    if installation and tenant:
        raise click.ClickException("Say --tenant or --installation, not both.")
    return INSTALLATION if installation else tenant_of(session, tenant)


def _unknown(error: Exception) -> click.ClickException:
    if isinstance(error, NoCredential):
        return click.ClickException(
            f"There is no credential {error} in force. See: twofold lrs credential list"
        )
    return click.ClickException(str(error))


def _described(row: Credential) -> str:
    parts = [row.key, row.name, ",".join(row.scopes), f"made {_day(row.created_at)}"]
    if row.rate is not None:
        parts.append(f"{row.rate} a minute")
    if row.origins is not None:
        parts.append(f"from {','.join(row.origins)}")
    if row.rotated_at is not None:
        parts.append(f"rotated {_day(row.rotated_at)}")
    if row.old_until is not None:
        parts.append(f"old secret until {_day(row.old_until)}")
    parts.append("in force" if row.revoked_at is None else f"revoked {_day(row.revoked_at)}")
    return "  ".join(parts)


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def _note(session: Session, done: str, key: str, owner: UUID, **detail: object) -> None:
    audit.note(
        session,
        actor=audit.COMMAND_LINE,
        action=f"credential.{done}",
        subject=key,
        tenant_id=owner,
        detail=detail,
    )
