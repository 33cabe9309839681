"""Fixtures of the tests over processes: one server for all of them, on each engine in turn."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest

from tests.postgres import Postgres
from tests.xapi.processes.serving import Line, Served, serving


@pytest.fixture(scope="session")
def servers(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, postgres_server: Postgres
) -> Iterator[Callable[[str], Served]]:
    """A server of two processes for each engine, begun when it is first asked for.

    No parametrised fixture of the session: where engines alternate, each would begin anew.
    """
    with ExitStack() as running:

        @cache
        def begun(engine: str) -> Served:
            folder = tmp_path_factory.mktemp("processes")
            if engine == "postgresql":
                url = postgres_server.create("processes", "template")
            else:
                shutil.copy(sqlite_template, folder / "twofold.db")
                url = f"sqlite:///{folder / 'twofold.db'}"
            return running.enter_context(serving(url, folder))

        yield begun


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, servers: Callable[[str], Served]) -> Served:
    """A server of two processes, on each engine in turn."""
    return servers(request.param)


@pytest.fixture
def lines(server: Served, tenant: UUID) -> list[Line]:
    """Eight connections, by turns one of each process, with a credential of the test's tenant."""
    return server.lines(tenant)
