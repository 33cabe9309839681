"""A fake LMS, and a house behind one of its links, on both databases."""

from collections.abc import Iterator

import pytest

from foundation.db import Database
from lti_tool.platforms.tables import ResourceLink
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


@pytest.fixture
def two(db: Database, lms: FakeLms) -> House:
    """Two learners, and a link that has no column yet."""
    made = house(db, lms, learners=2)
    made.set(ResourceLink, made.link_id, lineitem_url=None)
    return made
