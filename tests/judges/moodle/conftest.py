"""A Moodle that says again what Moodle 4.5 said."""

from collections.abc import Iterator

import pytest

from tests.judges.moodle.replay import Moodle, moodle_again


@pytest.fixture
def moodle() -> Iterator[Moodle]:
    with moodle_again() as running:
        yield running
