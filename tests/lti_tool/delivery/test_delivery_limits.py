"""A limit that one process is told of holds for all of them, and for class lists as for grades."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.delivery import limits
from lti_tool.delivery.lanes import Lanes
from lti_tool.delivery.tables import LmsLimit
from lti_tool.delivery.worker import step
from lti_tool.nrps import schedule
from lti_tool.nrps.leases import due
from lti_tool.nrps.refresh import read_again
from lti_tool.platforms.tables import Registration, ResourceLink
from tests.lti_tool.ags.fake_lms import FakeLms, Planned, fake_lms
from tests.lti_tool.delivery.house import House, fill, house, services_for
from tests.lti_tool.nrps.classes import ListedClass, listed_class

LIMITS = [
    Planned(429, "", {"Retry-After": "120"}),
    Planned(403, "403 Forbidden (Rate Limit Exceeded)", {"Retry-After": "120"}),
    Planned(503, "<html>Maintenance</html>", {"Retry-After": "120"}),
]


def limit_of(db: Database) -> LmsLimit | None:
    with db.reading(EVERY_TENANT) as session:
        return session.scalars(select(LmsLimit)).one_or_none()


@pytest.mark.parametrize("limit", LIMITS, ids=lambda each: str(each.status))
def test_what_one_worker_is_told_holds_for_all(db: Database, lms: FakeLms, limit: Planned) -> None:
    one = house(db, lms)
    fill(one, 3)
    lms.plan("scores", limit)
    assert step(one.services, Lanes())
    told = limit_of(db)
    assert told is not None
    assert 115 < (told.until - clock.now()).total_seconds() < 160
    other = services_for(db)
    assert not step(other, Lanes()), "another process, which has not asked the LMS itself"
    assert len(lms.of("scores")) == 1
    with fake_lms() as well:
        elsewhere = house(db, well, name="South School")
        fill(elsewhere, 1)
        assert step(other, Lanes()), "another LMS is served meanwhile"
        assert len(well.kept) == 1
    one.later()
    assert one.work() == 3
    assert len(lms.kept) == 3


def test_trouble_that_is_no_limit_is_each_worker_s_own(one: House, lms: FakeLms) -> None:
    lms.plan("scores", Planned(503), Planned(500), Planned(drop=True))
    fill(one, 3)
    for _ in range(3):
        assert step(one.services, Lanes())
    assert limit_of(one.db) is None


def test_a_limit_is_written_once_and_never_for_a_grade(one: House, lms: FakeLms) -> None:
    fill(one, 12)
    lms.plan("scores", LIMITS[0])
    written: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "lms_limit" in statement and not statement.startswith("SELECT"):
            written.append(statement)

    event.listen(one.db.engine, "before_cursor_execute", note)
    try:
        assert step(one.services, Lanes())
        assert len(written) == 1
        one.later()
        written.clear()
        assert one.work() == 12
    finally:
        event.remove(one.db.engine, "before_cursor_execute", note)
    assert written == []


def test_a_longer_limit_stands(one: House) -> None:
    for pause in (600.0, 5.0):
        limits.note(one.db, one.registration_id, "ags.429", None, pause)
    told = limit_of(one.db)
    assert told is not None
    assert told.until - clock.now() > timedelta(seconds=590)


@pytest.fixture
def listed(db: Database, lms: FakeLms) -> ListedClass:
    return listed_class(db, lms)


def house_of(listed: ListedClass) -> House:
    """The same school, as the tests of grades see it."""
    with listed.db.reading(EVERY_TENANT) as session:
        link = session.scalars(select(ResourceLink.id)).one()
        registration = session.scalars(select(Registration.id)).one()
    return House(listed.made, listed.services, registration, link)


def test_class_lists_wait_for_a_limit_that_a_grade_met(listed: ListedClass, lms: FakeLms) -> None:
    registration = house_of(listed).registration_id
    assert due(listed.db) == [(registration, listed.context_pk)]
    limits.note(listed.db, registration, "ags.429", 120.0, 120.0)
    assert due(listed.db) == []
    assert not schedule.step(listed.services)
    read_again(listed.services, listed.made.tenant_id, listed.made.course_id)
    assert lms.seen == [], "nor when an instructor asks"
    state = listed.state()
    assert (state.trouble.value, state.code) == ("unavailable", "nrps.limited")
    assert listed.row().next_read_at > clock.now() + timedelta(seconds=110)
    listed.later()
    assert due(listed.db) == [(registration, listed.context_pk)]


def test_grades_wait_for_a_limit_that_a_class_list_met(listed: ListedClass, lms: FakeLms) -> None:
    lms.plan("memberships", Planned(429, "", {"Retry-After": "120"}))
    assert schedule.step(listed.services)
    assert not lms.planned["memberships"]
    one = house_of(listed)
    fill(one, 1)
    assert not step(one.services, Lanes())
    one.later()
    assert step(one.services, Lanes())
