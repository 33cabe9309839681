"""A live sandbox LMS and a live small tool for every test that wants them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from sandbox_lms import seed
from sandbox_lms.config import Config
from sandbox_lms.keys import PlatformKey
from sandbox_lms.server import running
from sandbox_lms.store import Store, one
from tests.sandbox_lms.small_tool import Judge, SmallTool, small_tool


@pytest.fixture(scope="session")
def session_tool() -> Iterator[SmallTool]:
    with small_tool() as tool:
        yield tool


@pytest.fixture
def tool(session_tool: SmallTool) -> SmallTool:
    session_tool.logins.clear()
    session_tool.launches.clear()
    session_tool.key_set_reads = 0
    return session_tool


@pytest.fixture(scope="session")
def platform_pem(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One platform key for all tests: making one takes longer than most of them."""
    store = Store(tmp_path_factory.mktemp("key") / "lms.sqlite")
    PlatformKey(store)
    with store.reading() as connection:
        row = one(connection, "SELECT value FROM meta WHERE name = 'platform_key'")
    store.close()
    assert row is not None
    return str(row["value"])


@pytest.fixture
def app(tmp_path: Path, tool: SmallTool, platform_pem: str) -> Iterator[Flask]:
    store = Store(tmp_path / "lms.sqlite")
    with store.writing() as connection:
        connection.execute("INSERT INTO meta VALUES ('platform_key', ?)", (platform_pem,))
    store.close()
    with running(tmp_path / "lms.sqlite") as app:
        seed.seed(app.extensions["sandbox_store"], tool.address)
        yield app


@pytest.fixture
def lms(app: Flask) -> Config:
    config: Config = app.config["SANDBOX"]
    return config


@pytest.fixture
def kept(app: Flask) -> Store:
    store: Store = app.extensions["sandbox_store"]
    return store


@pytest.fixture
def judge(kept: Store) -> Judge:
    return Judge(kept)
