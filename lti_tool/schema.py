"""The database's schema: every table there is, and Alembic's steps to it (`twofold db upgrade`).

Importing this module imports all tables of the application and of the learning record store.
"""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import lti_tool.access.tables as _access
import lti_tool.admin.tables as _admin
import lti_tool.delivery.tables as _delivery
import lti_tool.installation as _installation
import lti_tool.launch.tables as _launch
import lti_tool.nrps.tables as _nrps
import lti_tool.platforms.tables as _platforms
import lti_tool.registration.tables as _registration
import rubrics.tables.assessments as _assessments
import xapi.privacy.tables as _privacy
import xapi.transfer.tables as _transfer
from foundation.db import Database
from rubrics.tables.base import Base
from xapi.store.tables import Base as RecordsBase

_TABLES = (
    _access,
    _admin,
    _assessments,
    _delivery,
    _installation,
    _launch,
    _nrps,
    _platforms,
    _privacy,
    _registration,
    _transfer,
)

METADATA = [Base.metadata, RecordsBase.metadata]
"""What Alembic compares a database with."""


class SchemaNotAtHead(RuntimeError):
    """The database is older or newer than this program."""


def alembic_config() -> Config:
    """Alembic's configuration: the steps in the wheel, or beside the package in a checkout."""
    here = Path(__file__).parent
    packaged = here / "_migrations"
    location = packaged if packaged.is_dir() else here.parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(location))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the database to a revision, one transaction a step; repeat it after a kill."""
    config = alembic_config()
    with database.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def require_head(database: Database) -> None:
    """Raise SchemaNotAtHead, with what to do, unless the schema is this program's."""
    head = _head()
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != head:
        raise SchemaNotAtHead(
            f"The database is at schema {current or 'none'}, this program needs {head}. "
            "Run: twofold db upgrade"
        )


@cache
def _head() -> str | None:
    """This program's revision: the steps are read once, not at every question for readiness."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()
