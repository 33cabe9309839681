"""One world on each engine for the whole folder: nobody there changes anything."""

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import cast

import pytest

from lti_tool.settings import Settings
from tests.lti_tool.launch_app import SECRET
from tests.lti_tool.routes.world import METRICS_TOKEN, World
from tests.postgres import Postgres


@pytest.fixture(scope="session")
def made_world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], World]]:
    """Makes the world of an engine, the first time that it is asked for."""
    worlds = []

    @cache
    def make(engine: str) -> World:
        folder = tmp_path_factory.mktemp("routes")
        if engine == "sqlite":
            template = cast(Path, request.getfixturevalue("sqlite_template"))
            shutil.copy(template, folder / "twofold.db")
            url = f"sqlite:///{folder / 'twofold.db'}"
        else:
            server = cast(Postgres, request.getfixturevalue("postgres_server"))
            url = server.create("routes", "template")
        settings = Settings(
            secret_key=SECRET,
            database_url=url,
            files=str(folder / "files"),
            log_level="error",
            metrics_token=METRICS_TOKEN,
        )
        worlds.append(World(settings))
        return worlds[-1]

    yield make
    for world in worlds:
        world.db.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, made_world: Callable[[str], World]) -> World:
    """The school of North and its strangers, on each engine in turn."""
    return made_world(request.param)


@pytest.fixture
def one_world(made_world: Callable[[str], World]) -> World:
    """The same on one engine: for what is decided before the database is asked for rows."""
    return made_world("sqlite")
