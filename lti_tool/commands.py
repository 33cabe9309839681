"""How every command begins: with the settings, and with the database they name, at head."""

import os
from pathlib import Path

import click
from sqlalchemy.engine import make_url

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
