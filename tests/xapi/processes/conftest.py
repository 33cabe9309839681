"""Fixtures of the tests over processes: one server for all of them, on each engine in turn."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from tests.postgres import Postgres
from tests.xapi.processes.serving import Line, Served, serving


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    postgres_server: Postgres,
) -> Iterator[Served]:
    """A server of two processes."""
    folder = tmp_path_factory.mktemp("processes")
    if request.param == "postgresql":
        url = postgres_server.create("processes", "template")
    else:
        shutil.copy(sqlite_template, folder / "twofold.db")
        url = f"sqlite:///{folder / 'twofold.db'}"
    with serving(url, folder) as served:
        yield served


@pytest.fixture
def lines(server: Served, tenant: UUID) -> list[Line]:
    """Eight connections, by turns one of each process, with a credential of the test's tenant."""
    return server.lines(tenant)
