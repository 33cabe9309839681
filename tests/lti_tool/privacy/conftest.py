"""The class of Maria on each engine: told once, then copied for every test."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from foundation.db import Database
from lti_tool.files import EvidenceFiles
from tests.lti_tool.privacy.class_of_maria import Class, begun
from tests.postgres import Postgres

Told = dict[bool, tuple[Class, Path]]


@pytest.fixture(scope="session")
def told() -> Told:
    """What was told so far, by whether it is on SQLite."""
    return {}


@pytest.fixture
def room(
    db: Database,
    told: Told,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: Postgres,
) -> Class:
    """A class of its own for each test."""
    if db.is_sqlite not in told:
        folder = tmp_path_factory.mktemp("class")
        told[db.is_sqlite] = begun(db, folder / "files"), folder
        _keep(db, folder, postgres_server)
    made, folder = told[db.is_sqlite]
    _copy(db, folder, postgres_server)
    files = shutil.copytree(folder / "files", tmp_path / "files")
    return replace(
        made,
        made=replace(made.made, db=db),
        place=replace(made.place, database=db, files=EvidenceFiles(files)),
        folder=files,
    )


def _keep(db: Database, folder: Path, server: Postgres) -> None:
    if db.is_sqlite:
        with db.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.dispose()
        shutil.copy(str(db.engine.url.database), folder / "twofold.db")
    else:
        db.dispose()
        server.create("class_of_maria", "shared")


def _copy(db: Database, folder: Path, server: Postgres) -> None:
    db.dispose()
    if db.is_sqlite:
        path = Path(str(db.engine.url.database))
        for old in path.parent.glob("twofold.db*"):
            old.unlink()
        shutil.copy(folder / "twofold.db", path)
    else:
        server.drop("shared")
        server.create("shared", "class_of_maria")
