"""A list that was read becomes the class; one that was not changes nobody. Several workers."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from foundation import clock
from foundation.db import Database
from lti_tool.delivery.lanes import Lanes
from lti_tool.nrps import leases, refresh, schedule
from lti_tool.nrps.course_list import Listed
from lti_tool.nrps.leases import LEASE, due, settle, take
from lti_tool.nrps.reading import NotRead
from lti_tool.nrps.states import Trouble
from lti_tool.platforms.tables import LtiContext, ResourceLink
from lti_tool.work import work
from rubrics.actions.roster import Member
from rubrics.tables.people import Enrolment
from rubrics.words import CourseRole
from tests.lti_tool.ags.fake_lms import FakeLms, Planned
from tests.lti_tool.nrps.classes import ListedClass, listed_class, member, page, yesterday

ALL = ("Learner 000", "Learner 001", "Learner 002")


def read(one: ListedClass) -> None:
    """The schedule reads what is due, once."""
    assert schedule.step(one.services)


def test_the_list_is_read_once_an_instructor_came_and_then_not_before_hours(
    three: ListedClass,
) -> None:
    three.set(Enrolment, came_at=None)
    assert not due(three.db)
    three.set(Enrolment, came_at=yesterday())
    three.lists(*ALL, "Someone New", also=[member("Assistant", "Instructor")])
    read(three)
    enrolments = three.enrolments()
    assert enrolments["Someone New"].role is CourseRole.LEARNER
    assert enrolments["Someone New"].came_at is None
    assert enrolments["Assistant"].role is CourseRole.INSTRUCTOR
    assert not three.gone()
    state = three.state()
    assert (state.trouble, state.joined, state.left, state.code) == (Trouble.NONE, 1, 0, "")
    assert state.read_at is not None
    assert not schedule.step(three.services)
    wait = three.row().next_read_at - clock.now()
    assert timedelta(hours=4.7) < wait < timedelta(hours=7.3)


def test_a_course_that_nobody_comes_to_is_left_alone(three: ListedClass) -> None:
    three.lists(*ALL)
    read(three)
    three.later()
    assert due(three.db)
    three.set(Enrolment, came_at=clock.now() - timedelta(days=8))
    assert not due(three.db)


def test_a_course_whose_lms_offers_no_list_is_never_asked_for(three: ListedClass) -> None:
    three.set(LtiContext, memberships_url=None)
    assert not due(three.db)
    assert take(three.db, three.context_pk, asked=True) is None
    assert three.state().trouble is Trouble.NOT_OFFERED


def test_who_is_not_listed_any_more_is_marked_and_comes_back(three: ListedClass) -> None:
    three.lists(*ALL[:2])
    read(three)
    assert three.gone() == {"Learner 002"}, "and not the instructor, who is on no list"
    assert three.state().left == 1
    three.later()
    three.lists(*ALL)
    read(three)
    assert not three.gone()
    assert (three.state().joined, three.state().left) == (1, 0)


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (Planned(500), Trouble.UNAVAILABLE),
        (Planned(200, "<html>"), Trouble.UNREADABLE),
        (Planned(200, '{"members": []}'), Trouble.EMPTY),
        (page([member("Learner 000"), {"roles": []}]), Trouble.UNREADABLE),
        (Planned(404), Trouble.GONE),
        (Planned(403), Trouble.NOT_ALLOWED),
    ],
    ids=lambda value: "",
)
def test_a_list_that_was_not_read_whole_changes_nobody(
    three: ListedClass, answer: Planned, trouble: Trouble
) -> None:
    before = {name: (row.role, row.left_at) for name, row in three.enrolments().items()}
    # The list of a link is asked for where that of the course is refused: it is refused as well.
    three.lms.plan("memberships", *[answer] * 4)
    read(three)
    after = {name: (row.role, row.left_at) for name, row in three.enrolments().items()}
    assert before == after
    state = three.state()
    assert state.trouble is trouble
    assert state.code
    assert state.read_at is None
    assert not schedule.step(three.services), "it is not asked for again at once"


def test_a_list_without_most_of_the_class_is_believed_the_second_time(
    three: ListedClass,
) -> None:
    three.lists("Learner 000")
    read(three)
    assert not three.gone()
    assert three.state().trouble is Trouble.SHRUNK
    three.later()
    three.lms.plan("memberships", Planned(500))
    read(three)
    assert three.state().trouble is Trouble.SHRUNK, "a failure confirms nothing"
    three.later()
    three.lists("Learner 000")
    read(three)
    assert three.gone() == {"Learner 001", "Learner 002"}
    assert three.state().trouble is Trouble.NONE


def test_the_list_of_a_link_stands_in_for_a_refused_one_and_marks_nobody(
    three: ListedClass,
) -> None:
    three.lms.plan("memberships", Planned(404), page([member("Learner 000"), member("New")]))
    read(three)
    assert "New" in three.enrolments()
    assert not three.gone()
    state = three.state()
    assert (state.trouble, state.code, state.joined) == (Trouble.ONE_LINK, "nrps.one-link", 1)
    assert state.read_at is not None
    assert three.lms.of("memberships")[1].path.endswith("memberships?rlid=link-1")
    three.later()
    three.lists(*ALL[:2], "New")
    read(three)
    assert three.gone() == {"Learner 002"}
    assert three.state().trouble is Trouble.NONE


def test_the_link_that_is_asked_is_the_newest_without_a_column(three: ListedClass) -> None:
    with three.db.writing(three.made.tenant_id) as session:
        first = session.scalars(select(ResourceLink)).one()
        for name, column in (("home", None), ("newer-home", None), ("newest", "https://l.x/1")):
            session.add(
                ResourceLink(
                    deployment_id=first.deployment_id,
                    context_pk=first.context_pk,
                    resource_link_id=name,
                    placement_id=first.placement_id,
                    lineitem_url=column,
                )
            )
            session.flush()
    reading = take(three.db, three.context_pk)
    assert reading is not None
    assert reading.source.link_id == "newer-home"


def test_who_came_while_the_list_was_read_is_not_gone(three: ListedClass) -> None:
    reading = take(three.db, three.context_pk)
    assert reading is not None
    three.set(Enrolment, came_at=clock.now())
    members = Listed((Member("Learner 000", CourseRole.LEARNER),))
    assert work(three.services, three.made.tenant_id, lambda s: settle(s, reading, members))
    assert not three.gone()


def test_of_several_workers_one_reads(three: ListedClass) -> None:
    three.lms.plan("memberships", page([member(each) for each in ALL], hang=0.3))
    begin = threading.Barrier(4)

    def one() -> None:
        begin.wait()
        schedule.step(three.services)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(three.lms.of("memberships")) == 1
    assert three.row().read_at is not None


def test_a_reader_that_died_loses_its_lease_and_its_say(three: ListedClass) -> None:
    dead = take(three.db, three.context_pk)
    assert dead is not None
    assert not due(three.db)
    assert take(three.db, three.context_pk, asked=True) is None
    with time_machine.travel(clock.now() + LEASE, tick=True):
        three.lists(*ALL)
        read(three)
    late = Listed((Member("Learner 000", CourseRole.LEARNER),))
    assert not work(three.services, three.made.tenant_id, lambda s: settle(s, dead, late))
    assert not three.gone()
    assert three.row().reason_code == ""


def test_failures_wait_longer_each_time_and_as_long_as_the_lms_asks(three: ListedClass) -> None:
    waits = []
    for failure in (NotRead("x", "x", later=True),) * 9:
        three.later()
        reading = take(three.db, three.context_pk)
        assert reading is not None
        before = clock.now()
        with three.db.writing(three.made.tenant_id) as session:
            settle(session, reading, failure, lambda _low, _high: 1.0)
        waits.append(round((three.row().next_read_at - before).total_seconds() / 60))
    assert waits == [5, 10, 20, 40, 80, 160, 320, 360, 360]
    assert leases._wait(1, NotRead("x", "", later=True, wait=3600), lambda a, b: 1) == (
        timedelta(hours=1)
    )
    assert leases._wait(1, NotRead("x", ""), lambda a, b: 1) == timedelta(hours=6)


def test_an_lms_in_trouble_does_not_hold_up_another(db: Database, lms: FakeLms) -> None:
    north = listed_class(db, lms, name="North School")
    south = listed_class(db, lms, name="South School")
    lms.plan("memberships", Planned(503), page([member(each) for each in ALL]))
    lanes = Lanes()
    assert schedule.step(north.services, lanes)
    assert schedule.step(north.services, lanes)
    assert sorted(each.state().trouble for each in (north, south)) == ["none", "unavailable"]
    north.later()
    assert {registration for registration, _ in due(db)}
    assert schedule.step(north.services, lanes) is True, "the well one"
    assert not schedule.step(north.services, lanes), "the other one has a moment's rest"


def test_two_tenants_with_the_same_people_stay_apart(db: Database, lms: FakeLms) -> None:
    north = listed_class(db, lms, name="North School")
    south = listed_class(db, lms, name="South School")
    before = {name: row.id for name, row in south.enrolments().items()}
    north.lists("Learner 000", "Learner 001", "Only North")
    refresh.read_again(north.services, north.made.tenant_id, north.made.course_id)
    assert north.gone() == {"Learner 002"}
    assert "Only North" in north.enrolments()
    assert {name: row.id for name, row in south.enrolments().items()} == before
    assert not south.gone()
    reading = take(db, north.context_pk, asked=True)
    assert reading is not None
    assert lms.tokens[lms.of("memberships")[0].bearer] == reading.registration.client_id


def test_somebody_elses_course_is_not_read(db: Database, lms: FakeLms) -> None:
    north = listed_class(db, lms, name="North School")
    south = listed_class(db, lms, name="South School")
    refresh.read_again(north.services, north.made.tenant_id, south.made.course_id)
    assert not lms.seen


def test_a_slow_lms_does_not_hold_the_instructor(three: ListedClass) -> None:
    three.lms.plan("memberships", page([member(each) for each in ALL], hang=0.4))
    where = three.services, three.made.tenant_id, three.made.course_id
    refresh.read_again(*where, patience=0.05)
    assert three.state().being_read
    refresh.read_again(*where, patience=0.05)
    for thread in threading.enumerate():
        if thread.name == "roster":
            thread.join(5)
    state = three.state()
    assert not state.being_read
    assert state.read_at is not None
    assert len(three.lms.of("memberships")) == 1


def test_the_schedule_survives_an_error_of_this_tool(
    three: ListedClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, stop = threading.Event(), threading.Event()

    def broken(*_: object) -> bool:
        if asked.is_set():
            stop.set()
        asked.set()
        raise RuntimeError

    monkeypatch.setattr(schedule, "step", broken)
    schedule.run(three.services, stop, idle=0.01)
    assert asked.is_set()
    monkeypatch.undo()
    monkeypatch.setattr(refresh, "read_course", broken)
    read(three)
    assert three.row().reason_code == "nrps.unexpected"
