"""How every command begins: with the settings, and with the database they name, at head."""

import os
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from foundation.db import Database
from lti_tool import schema
from lti_tool.settings import Settings, UnsafeSettings, from_environment


def read_settings() -> Settings:
    """The settings of TWOFOLD_*, or the end of the command with what to do about them."""
    try:
        settings = from_environment(os.environ)
    except UnsafeSettings as error:
        raise click.ClickException(str(error)) from error
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise click.ClickException(
                f"The folder of the database cannot be written: {error.strerror}. "
                "Set TWOFOLD_DATABASE_URL to a place that can."
            ) from error
    return settings


def database_of(settings: Settings) -> Database:
    """Its database, or the end of the command where the schema is not this program's."""
    database = Database(settings.database_url)
    try:
        schema.require_head(database)
    except schema.SchemaNotAtHead as error:
        raise click.ClickException(str(error)) from error
    return database


TENANT = click.option(
    "--tenant", default="", help="Name or id of the tenant; needed if there are several."
)


def tenant_of(session: Session, wanted: str) -> UUID:
    """The tenant of that name or id, or the only one; else the end of the command."""
    from rubrics.queries.tenants import tenants

    every = tenants(session)
    found = [key for key, name in every.items() if wanted in ("", name, str(key))]
    if len(found) == 1:
        return found[0]
    listed = "; ".join(f"{name} ({key})" for key, name in every.items()) or "none"
    raise click.ClickException(f"Say which tenant with --tenant. There are: {listed}")
