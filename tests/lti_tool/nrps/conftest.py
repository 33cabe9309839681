"""A fake LMS, and a class of three in a course of it, on both databases."""

from collections.abc import Iterator

import pytest

from foundation.db import Database
from tests.lti_tool.ags.fake_lms import FakeLms, fake_lms
from tests.lti_tool.nrps.classes import ListedClass, listed_class


@pytest.fixture
def lms() -> Iterator[FakeLms]:
    with fake_lms() as running:
        yield running


@pytest.fixture
def three(db: Database, lms: FakeLms) -> ListedClass:
    """Learner 000 to 002, and their instructor."""
    return listed_class(db, lms)
