"""Thousands of grades: each LMS at its own pace, nobody behind another, and no look at them all."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select, text

from foundation.db import EVERY_TENANT, Database
from foundation.http import HttpClient
from lti_tool.delivery.jobs import Delivered, Job
from lti_tool.delivery.lanes import AT_ONCE, MOST_DOUBTFUL, PLACES, SLOW, Lanes
from lti_tool.delivery.leases import Lane, settle, take, waiting_lanes
from lti_tool.delivery.tables import DeliveryState
from lti_tool.delivery.worker import run
from lti_tool.lms.tokens import TokenClient
from lti_tool.platforms.tables import Deployment, LtiContext, ResourceLink
from rubrics.tables.people import Person
from tests.lti_tool.ags.fake_lms import SCOPES, FakeLms, Planned, Seen, fake_lms, serving
from tests.lti_tool.delivery.house import House, fill, house, services_for
from tests.rubrics.make import School, school

MANY = 5000


class SlowLms(FakeLms):
    """One that thinks about every score, and takes only so many in a second."""

    def answer(self, request: Seen) -> Planned:
        if request.path.partition("?")[0].endswith("/scores"):
            time.sleep(0.2)
            if len(self.of("scores")) % 10 == 9:
                super().answer(request)
                return Planned(403, "403 Forbidden (Rate Limit Exceeded)")
        return super().answer(request)


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


def test_one_grade_goes_at_once_beside_five_thousand_of_a_slow_lms(
    db: Database, lms: FakeLms
) -> None:
    with serving(SlowLms) as slow:
        crowded, quiet = house(db, slow), house(db, lms, name="South School")
        fill(crowded, MANY)
        stop = threading.Event()
        worker = threading.Thread(target=run, args=(services_for(db), stop))
        worker.start()
        try:
            assert within(20, lambda: len(slow.of("scores")) > 5)
            begun = time.monotonic()
            quiet.release(4, 2)
            assert within(20, lambda: len(lms.kept) == 1)
            waited = time.monotonic() - begun
        finally:
            stop.set()
            worker.join(20)
    assert waited < 5, f"{waited:.1f} s on a machine that does other things too"


def second_tenant(one: House, lms: FakeLms) -> House:
    """Another school of the same registration, as where a vendor's client id is shared."""
    other = school(one.db, name="South School")
    deployment, context, link_id = uuid4(), uuid4(), uuid4()
    owned: dict[str, Any] = {"tenant_id": other.tenant_id}
    with one.db.writing(EVERY_TENANT) as session:
        session.add(
            Deployment(
                id=deployment,
                registration_id=one.registration_id,
                deployment_id="2",
                **owned,
            )
        )
        session.flush()
        session.add(
            LtiContext(
                id=context,
                deployment_id=deployment,
                context_id="south",
                course_id=other.course_id,
                lineitems_url=lms.line_items_url,
                ags_scopes=list(SCOPES),
                **owned,
            )
        )
        session.flush()
        session.add(
            ResourceLink(
                id=link_id,
                deployment_id=deployment,
                context_pk=context,
                resource_link_id="south-1",
                placement_id=other.placement_id,
                lineitem_url=f"{lms.address}/lineitems/9/lineitem?type_id=1",
                **owned,
            )
        )
    return House(other, one.services, one.registration_id, link_id)


def test_tenants_of_one_registration_take_turns(db: Database, lms: FakeLms) -> None:
    north = house(db, lms)
    south = second_tenant(north, lms)
    fill(north, 60)
    fill(south, 3)
    assert set(waiting_lanes(db)) == {north.lane, south.lane}
    north.work_steps(12)
    served = [each["userId"] for each in lms.kept]
    with db.reading(EVERY_TENANT) as session:
        of = dict(session.execute(select(Person.subject, Person.tenant_id)).all())
    places = [number for number, user in enumerate(served) if of[user] == south.made.tenant_id]
    assert places == [1, 3, 5] or places == [0, 2, 4]


def plan_of(db: Database, act: Callable[[], object]) -> list[str]:
    """How the engine finds the grades that `act` asks for: the plan of each of its queries."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT") and "grade_delivery" in statement:
            asked.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert asked
    explain = "EXPLAIN QUERY PLAN " if db.is_sqlite else "EXPLAIN "
    plans = []
    with db.engine.connect() as connection:
        for statement, parameters in asked:
            rows = connection.exec_driver_sql(explain + statement, parameters).all()
            plans.append("\n".join(str(row[-1]) for row in rows))
    return plans


@pytest.mark.parametrize("shape", ["all-wait", "most-delivered"])
def test_no_query_of_the_worker_looks_at_all_grades(db: Database, lms: FakeLms, shape: str) -> None:
    one = house(db, lms)
    fill(one, MANY, state=DeliveryState.WAITING if shape == "all-wait" else DeliveryState.DELIVERED)
    if shape == "most-delivered":
        fill(one, 5)
    with db.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    for plan in plan_of(db, lambda: _look_and_deliver(one)):
        assert (
            "ix_grade_delivery_due" in plan
            or "pk_grade_delivery" in plan
            or ("sqlite_autoindex_grade_delivery" in plan)
        ), plan
        for bad in ("SCAN grade_delivery", "Seq Scan on grade_delivery", "TEMP B-TREE FOR ORDER"):
            assert bad not in plan, plan


def _look_and_deliver(one: House) -> None:
    assert waiting_lanes(one.db) == [one.lane]
    job = take(one.db, one.lane)
    assert isinstance(job, Job)
    assert settle(one.db, job, Delivered())


class Clock:
    """Seconds that pass only when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Watched:
    """Lanes with a clock of the test's own and no chance in them."""

    clock: Clock
    lanes: Lanes


@pytest.fixture
def watched() -> Watched:
    passing = Clock()
    return Watched(passing, Lanes(passing, lambda low, high: 1.0))


def test_slow_lmss_leave_places_for_the_others(watched: Watched) -> None:
    slow, quick = [uuid4() for _ in range(MOST_DOUBTFUL + 6)], uuid4()
    for each in slow:
        assert watched.lanes.enter([each]) == each
        watched.clock.now += SLOW + 1
        watched.lanes.leave(each)
    taken = []
    while (entered := watched.lanes.enter(slow)) is not None:
        taken.append(entered)
    assert len(taken) == MOST_DOUBTFUL == len(set(taken)), "one place each, and not all of them"
    assert watched.lanes.enter([*slow, quick]) == quick
    watched.clock.now += 0.1
    watched.lanes.leave(taken[0])
    assert watched.lanes.enter([taken[0]]) == taken[0], "it was quick this time"
    assert watched.lanes.enter([taken[0]]) == taken[0], "and is slow no more"


def test_an_lms_that_does_not_come_back_counts_as_slow_before_it_has_answered(
    watched: Watched,
) -> None:
    hanging = uuid4()
    for _ in range(AT_ONCE):
        assert watched.lanes.enter([hanging]) == hanging
    watched.clock.now += SLOW + 1
    assert watched.lanes.enter([hanging]) is None
    others = [uuid4() for _ in range(PLACES)]
    taken = [watched.lanes.enter(others) for _ in range(PLACES)]
    assert sorted(map(str, taken)) == sorted(map(str, others)), "its calls hold none of the places"


def test_an_lms_that_failed_is_asked_one_thing_at_a_time_until_it_answers(watched: Watched) -> None:
    lane, lanes = uuid4(), watched.lanes
    assert [lanes.enter([lane]) for _ in range(AT_ONCE)] == [lane] * AT_ONCE
    for _ in range(AT_ONCE):
        lanes.in_trouble(lane, None)
        lanes.leave(lane)
    watched.clock.now += 10
    assert [lanes.enter([lane]) for _ in range(AT_ONCE)] == [lane, None]
    lanes.answered(lane)
    assert lanes.enter([lane]) == lane


class HangingLms(FakeLms):
    """Answers no score before it is let go."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.let_go = threading.Event()

    def answer(self, request: Seen) -> Planned:
        answer = super().answer(request)
        if request.path.partition("?")[0].endswith("/scores"):
            self.let_go.wait(60)
        return answer


def test_however_many_lmss_hang_the_grades_of_another_go_on(
    db: Database, lms: FakeLms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dozen that begin to hang at the same moment: thrice as many calls as there are places."""
    monkeypatch.setattr("lti_tool.delivery.lanes.SLOW", 0.3)
    monkeypatch.setattr("lti_tool.delivery.worker.IDLE", 0.05)
    stop = threading.Event()
    with serving(HangingLms) as hanging:
        stuck = [house(db, hanging, name=f"School {number}") for number in range(12)]
        for each in stuck:
            fill(each, 3)
        healthy = house(db, lms, name="South School")
        patient = replace(services_for(db), http=HttpClient(read_seconds=30, total_seconds=30))
        patient = replace(patient, tokens=TokenClient(patient.http, patient.tool_keys))
        worker = threading.Thread(target=run, args=(patient, stop))
        worker.start()
        try:
            assert within(30, lambda: len(hanging.of("scores")) >= PLACES)
            fill(healthy, 30)
            assert within(30, lambda: len(lms.kept) == 30)
            assert len(hanging.of("scores")) <= len(stuck) * AT_ONCE, "each has its share"
            assert not hanging.let_go.is_set()
        finally:
            stop.set()
            hanging.let_go.set()
            worker.join(60)


def test_after_a_limit_grades_go_one_by_one_at_a_steady_pace(watched: Watched) -> None:
    lane, lanes = uuid4(), watched.lanes
    for _ in range(3):
        assert lanes.enter([lane]) == lane
        lanes.in_trouble(lane, 2.0, limited=True)
        lanes.leave(lane)
        assert lanes.enter([lane]) is None
        watched.clock.now += 4.1
    moments = []
    for _ in range(5):
        while lanes.enter([lane]) is None:
            watched.clock.now += 0.01
        assert lanes.enter([lane]) is None, "one at a time"
        moments.append(watched.clock.now)
        lanes.leave(lane)
    gaps = [later - sooner for sooner, later in pairwise(moments)]
    assert all(0.39 < gap < 0.42 for gap in gaps), gaps
    for _ in range(40):
        lanes.answered(lane)
    watched.clock.now += 1
    assert [lanes.enter([lane]) for _ in range(AT_ONCE)] == [lane] * AT_ONCE, "all is well again"


def test_as_long_as_an_lms_asks_for_it_is_left_alone(watched: Watched) -> None:
    lane = uuid4()
    watched.lanes.enter([lane])
    watched.lanes.in_trouble(lane, 600.0, limited=True)
    watched.lanes.leave(lane)
    watched.clock.now += 599
    assert watched.lanes.enter([lane]) is None
    assert watched.lanes.opens_in(5) == 1
    assert watched.lanes.opens_in(0.5) == 0.5
    watched.clock.now += 2
    assert watched.lanes.enter([lane]) == lane


def test_the_tenant_served_longest_ago_is_next(watched: Watched) -> None:
    registration, a, b, c = (uuid4() for _ in range(4))
    turns = [watched.lanes.turn(registration, [a, b]) for _ in range(4)]
    assert turns == [a, b, a, b]
    assert watched.lanes.turn(registration, [a, b, c]) == c
    assert watched.lanes.turn(uuid4(), [b]) == b


def test_a_lane_is_a_tenant_in_an_lms(db: Database, lms: FakeLms) -> None:
    one = house(db, lms)
    fill(one, 2)
    with fake_lms() as elsewhere:
        assert take(db, Lane(elsewhere.registration().id, one.made.tenant_id)) is None
    made: School = school(db, name="South School")
    assert take(db, Lane(one.registration_id, made.tenant_id)) is None
    assert isinstance(take(db, one.lane), Job)
