"""The rules against the three ways in which this house would decay (docs/architecture.md)."""

import ast
import re
from pathlib import Path

import pytest

from lti_tool.records.recorder import HANDLERS
from rubrics import events

ROOT = Path(__file__).parent.parent
PACKAGES = ("foundation", "rubrics", "xapi", "lti_tool", "sandbox_lms")
FOUNDATION = {"clock", "db", "http", "http_target", "secrets"}


def sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def test_every_event_has_a_handler() -> None:
    classes = {
        value
        for value in vars(events).values()
        if isinstance(value, type) and issubclass(value, events.Event) and value is not events.Event
    }
    assert set(HANDLERS) == classes


def test_foundation_is_a_closed_list_and_each_file_serves_two_packages() -> None:
    assert {path.stem for path in sources("foundation")} == FOUNDATION | {"__init__"}
    for module in FOUNDATION:
        users = {
            package
            for package in ("rubrics", "xapi", "lti_tool")
            for path in sources(package)
            if re.search(
                rf"from foundation\.{module} import|from foundation import .*\b{module}\b",
                path.read_text(),
            )
        }
        assert len(users) >= 2, f"foundation/{module}.py serves only {users}"


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_say_what_they_are_for(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "the first lines say what a module is for"
    if path.name == "__init__.py":
        assert len(tree.body) == 1, "__init__.py holds a docstring only"
    assert len(path.read_text().splitlines()) <= 400, "longer than one reading holds"


def test_only_database_code_asks_which_engine_runs() -> None:
    allowed = {"foundation/db.py"}
    asking = re.compile(r"dialect\.name|is_sqlite|\"postgresql\"")
    found = {
        str(path.relative_to(ROOT))
        for path in sources(*PACKAGES)
        if asking.search(path.read_text()) and "xapi/store" not in str(path)
    }
    assert found == allowed


def test_only_work_commits_what_people_do() -> None:
    """Views reach the database through work() and reading() alone."""
    writing = {
        str(path.relative_to(ROOT))
        for path in sources("lti_tool/instructor", "lti_tool/learner", "rubrics")
        if ".writing(" in path.read_text() or ".commit(" in path.read_text()
    }
    assert writing == set()
