"""`twofold lrs`: who may use the record store, and statements to and from other places."""

from uuid import UUID

import click
from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT
from lti_tool.commands import database_of, read_settings

TENANT = click.option(
    "--tenant", default="", help="Name or id of the tenant; needed if there are several."
)


@click.group()
def lrs() -> None:
    """The learning record store."""


@lrs.group()
def credential() -> None:
    """Who may read and write statements."""


@credential.command("add")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, default=["statements/read"], show_default=True)
@TENANT
def credential_add(name: str, scopes: tuple[str, ...], tenant: str) -> None:
    """Make a credential; the last line printed is KEY:SECRET, shown this once."""
    from xapi.access import credentials

    with database_of(read_settings()).writing(EVERY_TENANT) as session:
        owner = tenant_of(session, tenant)
        try:
            key, secret = credentials.create(session, owner, name, scopes)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"Credential {name} with scope {', '.join(scopes)}. Keep the secret:", err=True)
    click.echo(f"{key}:{secret}")


def tenant_of(session: Session, wanted: str) -> UUID:
    """The tenant of that name or id, or the only one; else the end of the command."""
    from rubrics.queries.tenants import tenants

    found = tenants(session)
    if wanted:
        found = {key: name for key, name in found.items() if wanted in (name, str(key))}
    if len(found) == 1:
        return next(iter(found))
    listed = "; ".join(f"{name} ({key})" for key, name in found.items()) or "none"
    raise click.ClickException(f"Say which tenant with --tenant. There are: {listed}")
