"""No recording of Moodle 4.5 is forgotten: every file of them is said again by some test."""

import re
from pathlib import Path

from tests.judges.moodle.recordings import FOLDER

TESTS = Path(__file__).parents[2]
LAUNCHES = TESTS / "lti_tool" / "launch" / "fixtures"


def _sources(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.rglob("test_*.py")))


def test_every_recording_is_replayed() -> None:
    judges, launch = _sources(FOLDER.parent), _sources(LAUNCHES.parent)
    names = {path.stem for path in FOLDER.iterdir()}
    assert len(names) == 16
    assert {name for name in names if not re.search(rf'"{name}"', judges)} == set()
    launches = {path.name for path in LAUNCHES.iterdir()}
    assert len(launches) == 11
    assert {name for name in launches if name not in launch + judges} == set()
