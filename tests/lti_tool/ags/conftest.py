"""A running fake LMS, and recordings of Moodle 4.5."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lti_tool.ags.fake_lms import FakeLms, fake_lms


@pytest.fixture
def lms() -> Iterator[FakeLms]:
    with fake_lms() as running:
        yield running


def recorded(name: str) -> Any:
    """What Moodle 4.5 said: tests/lti_tool/ags/fixtures."""
    return json.loads((Path(__file__).parent / "fixtures" / f"{name}.json").read_text())
