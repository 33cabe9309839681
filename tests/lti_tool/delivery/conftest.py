"""A fake LMS, and a house behind one of its links, on both databases."""

from collections.abc import Iterator

import pytest

from foundation.db import Database
from tests.lti_tool.ags.fake_lms import FakeLms, fake_lms
from tests.lti_tool.delivery.house import House, house


@pytest.fixture
def lms() -> Iterator[FakeLms]:
    with fake_lms() as running:
        yield running


@pytest.fixture
def one(db: Database, lms: FakeLms) -> House:
    """A school with one learner."""
    return house(db, lms)
