"""The profile as it is served, and one story for the tests that only read it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lti_tool.records
from foundation.db import Database
from lti_tool.records import vocabulary
from tests.lti_tool.records.story import Story, tell

_VERSION = vocabulary.PROFILE_VERSION.rsplit("/", 1)[-1]
FILE = Path(lti_tool.records.__file__).parent / "profiles" / f"{_VERSION}.jsonld"


@pytest.fixture
def profile() -> dict[str, Any]:
    """A copy of the profile that the test may change."""
    loaded: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="session")
def story(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Everything that can happen, on SQLite."""
    path = tmp_path_factory.mktemp("story") / "twofold.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    try:
        yield tell(database)
    finally:
        database.dispose()
