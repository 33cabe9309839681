"""Fixtures of all tests: a fresh, migrated database on each engine, and Chromium.

The template is migrated once in a test process; every test gets a copy of its own.
"""

import gc
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from foundation.db import Database
from lti_tool.schema import upgrade
from tests import postgres

_numbers = itertools.count(1)
# By default a sixth of the time of the tests went into collecting garbage.
gc.set_threshold(100_000, 20, 100)


@pytest.fixture(autouse=True, scope="session")
def no_settings_of_the_shell() -> None:
    """Tests say their own settings; those of whoever runs them stay outside."""
    for name in [name for name in os.environ if name.startswith("TWOFOLD_")]:
        del os.environ[name]


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


@pytest.fixture(scope="session")
def engines(
    sqlite_template: Path,
    postgres_server: postgres.Postgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, tuple[Database, Callable[[], None]]]]:
    """A Database of each engine for the whole process, and how its rows are forgotten.

    Only the rows are new in each test: an engine keeps its compiled statements, which is where
    the time of a short test goes.
    """
    path = tmp_path_factory.mktemp("shared") / "twofold.db"
    on_sqlite = Database(f"sqlite:///{path}")
    on_postgres = Database(postgres_server.create("shared", "template"))

    def fresh_sqlite() -> None:
        for old in path.parent.glob("twofold.db*"):
            old.unlink()
        shutil.copy(sqlite_template, path)

    yield {
        "sqlite": (on_sqlite, fresh_sqlite),
        "postgresql": (on_postgres, lambda: postgres_server.empty("shared", "template")),
    }
    on_sqlite.dispose()
    on_postgres.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def db(
    request: pytest.FixtureRequest, engines: dict[str, tuple[Database, Callable[[], None]]]
) -> Database:
    """A fresh database at head, on each engine in turn."""
    database, forget = engines[request.param]
    database.dispose()
    forget()
    return database


@pytest.fixture
def database_url(db: Database) -> str:
    """The URL of the database that `db` is."""
    return db.url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The one Chromium of this test process, with third-party cookies blocked."""
    expect.set_options(timeout=15_000)  # the tests share the machine with each other
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                # Keeps partitioned ones: tests/e2e/test_cookies.py proves both.
                "--test-third-party-cookie-phaseout",
            ],
        )
        yield browser
        browser.close()
