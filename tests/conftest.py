"""Fixtures of all tests: a fresh, migrated database on each engine.

The template is migrated once in a test process; every test gets a copy of its own.
"""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.db import Database
from lti_tool.schema import upgrade
from tests import postgres

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    """One PostgreSQL server for this test process, with a migrated database "template"."""
    with postgres.running() as server:
        database = Database(server.create("template"))
        upgrade(database)
        database.dispose()
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh SQLite database at head."""
    path = tmp_path / "twofold.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: postgres.Postgres) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database at head, dropped afterwards."""
    name = f"test_{next(_numbers)}"
    yield postgres_server.create(name, "template")
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite_url", "postgres_url"], ids=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database at head, on each engine in turn."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A fresh database at head, on each engine in turn."""
    database = Database(database_url)
    yield database
    database.dispose()
