"""A registered platform, the application that it launches, and a browser.

`shared_…` are made once a module and engine, for tables of launches that are refused anyway.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from foundation.db import Database
from tests.lti_tool.launch_app import launch_app, launch_services
from tests.lti_tool.platform import KeySets, SignedPlatform
from tests.postgres import Postgres


@pytest.fixture
def keys() -> KeySets:
    """The key sets of all platforms of a test."""
    return KeySets()


@pytest.fixture
def app(db: Database, keys: KeySets) -> Flask:
    """The application on a fresh database."""
    return launch_app(launch_services(db, keys))


@pytest.fixture
def untidied(monkeypatch: pytest.MonkeyPatch) -> None:
    """No launch tidies up after others, as one in a hundred does: where statements are counted."""
    monkeypatch.setattr("lti_tool.launch.logins._TIDY_EVERY", 10**9)


@pytest.fixture
def platform(db: Database, keys: KeySets) -> SignedPlatform:
    """A platform with one deployment in a tenant of its own."""
    return SignedPlatform().register(db, keys)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser."""
    return app.test_client()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_db(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database at head for a whole module."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("shared") / "twofold.db"
        shutil.copy(cast(Path, request.getfixturevalue("sqlite_template")), path)
        database = Database(f"sqlite:///{path}")
        yield database
        database.dispose()
        return
    server = cast(Postgres, request.getfixturevalue("postgres_server"))
    name = f"shared_{request.module.__name__.rpartition('.')[2]}"
    database = Database(server.create(name, "template"))
    yield database
    database.dispose()
    server.drop(name)


@pytest.fixture(scope="module")
def shared_keys() -> KeySets:
    """The key sets of all platforms of a module."""
    return KeySets()


@pytest.fixture(scope="module")
def shared_app(shared_db: Database, shared_keys: KeySets) -> Flask:
    """The application of a module."""
    return launch_app(launch_services(shared_db, shared_keys))


@pytest.fixture
def browser(shared_app: Flask) -> FlaskClient:
    """A fresh browser for the module's application."""
    return shared_app.test_client()
