"""Workers: killed, doubled, stopped, and fair between LMSs."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.delivery.jobs import Delivered, Job, Later
from lti_tool.delivery.lanes import AT_ONCE, LONGEST_PAUSE, Lanes
from lti_tool.delivery.leases import LEASE, Lane, back_off, settle, take, waiting_lanes
from lti_tool.delivery.sending import send
from lti_tool.delivery.worker import run, step
from tests.lti_tool.ags.fake_lms import FakeLms, Planned, fake_lms
from tests.lti_tool.delivery.house import House, house, link, services_for

ROOT = Path(__file__).parents[3]


def killed_worker(database: Database, *, when: str) -> None:
    """A real worker process that is killed with SIGKILL before or after its post."""
    worker = subprocess.run(
        [sys.executable, "-m", "tests.lti_tool.delivery.doomed_worker", database.url, when],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
        capture_output=True,
        check=False,
    )
    assert worker.returncode == -signal.SIGKILL, worker.stderr.decode()


@pytest.mark.parametrize(("when", "posts"), [("before-post", 0), ("after-post", 1)])
def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    one: House, lms: FakeLms, when: str, posts: int
) -> None:
    one.release(4, 2)
    killed_worker(one.db, when=when)
    assert len(lms.kept) == posts
    assert one.state().state == "sending", "its lease has not run out"
    assert one.work() == 0
    time.sleep(1.6)
    assert one.work() == 1
    assert one.state().state == "delivered"
    assert len(lms.kept) == 1, "visible once"
    assert lms.kept[0]["scoreGiven"] == 77.78


def test_killed_in_a_storm_the_grade_still_arrives_once(one: House, lms: FakeLms) -> None:
    """Killed after an unanswered post; then 500, 409 and silence; then all is well."""
    lms.plan("scores", Planned(after=True))
    one.release(4, 2)
    killed_worker(one.db, when="after-post")
    time.sleep(1.1)
    one.release(4, 4)
    one.later()
    lms.plan("scores", Planned(500), Planned(409, "[]"), Planned(hang=0.8, drop=True))
    for _ in range(3):
        one.work()
        assert one.state().state == "retrying"
        one.later()
    one.work()
    assert one.state().state == "delivered"
    assert [each["scoreGiven"] for each in lms.kept] == [77.78, 100]


def test_a_worker_that_comes_back_after_its_lease_changes_nothing(one: House, lms: FakeLms) -> None:
    one.release(4, 2)
    slow = take(one.db, one.lane)
    assert isinstance(slow, Job)
    assert take(one.db, one.lane) is None, "it is leased"
    one.later()
    assert one.work() == 1
    assert not settle(one.db, slow, Later("late", "too late"))
    assert one.state().state == "delivered"


def test_several_workers_post_every_grade_once(db: Database, lms: FakeLms) -> None:
    many = house(db, lms, learners=8)
    for learner in many.made.learner_ids:
        many.release(4, 2, learner=learner)
    workers = [services_for(db) for _ in range(3)]
    threads = [threading.Thread(target=_drain, args=(each,)) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lms.kept) == len(lms.of("scores")) == 8
    assert all(many.state(learner).state == "delivered" for learner in many.made.learner_ids)


def _drain(services: object) -> None:
    while step(services):  # type: ignore[arg-type]
        pass


def test_the_loop_delivers_soon_and_stops_when_told(db: Database, lms: FakeLms) -> None:
    many = house(db, lms, learners=5)
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(many.services, stop))
    thread.start()
    try:
        for learner in many.made.learner_ids:
            many.release(4, 2, learner=learner)
        assert _within(20, lambda: len(lms.kept) == 5)
        assert _within(
            20, lambda: all(many.state(n).state == "delivered" for n in many.made.learner_ids)
        )
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def test_the_loop_recovers_by_itself_from_500_409_and_silence(one: House, lms: FakeLms) -> None:
    lms.plan("scores", Planned(500), Planned(409, "[]"), Planned(hang=0.8, drop=True))
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(one.services, stop))
    thread.start()
    try:
        one.release(4, 2)
        assert _within(30, lambda: one.state().state == "delivered")
    finally:
        stop.set()
        thread.join(10)
    assert len(lms.kept) == 1
    assert one.row().attempts == 0


def test_an_lms_that_hangs_does_not_keep_another_waiting(db: Database, lms: FakeLms) -> None:
    stuck = house(db, lms, learners=6)
    lms.plan("scores", *[Planned(hang=0.9, drop=True)] * 40)
    for learner in stuck.made.learner_ids:
        stuck.release(4, 2, learner=learner)
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stuck.services, stop))
    thread.start()
    try:
        with fake_lms() as well:
            healthy = house(db, well, learners=6, name="South School")
            for learner in healthy.made.learner_ids:
                healthy.release(4, 2, learner=learner)
            assert _within(20, lambda: len(well.kept) == 6)
        assert lms.kept == []
    finally:
        stop.set()
        thread.join(10)


def test_the_database_going_away_is_borne(one: House, lms: FakeLms) -> None:
    stop = threading.Event()
    with one.db.writing(EVERY_TENANT) as session:
        session.execute(text("ALTER TABLE grade_delivery RENAME TO away"))
    thread = threading.Thread(target=run, args=(one.services, stop))
    thread.start()
    try:
        time.sleep(0.3)
        assert thread.is_alive()
        with one.db.writing(EVERY_TENANT) as session:
            session.execute(text("ALTER TABLE away RENAME TO grade_delivery"))
        one.release(4, 2)
        assert _within(20, lambda: one.state().state == "delivered")
    finally:
        stop.set()
        thread.join(10)


def test_an_error_of_our_own_is_retried_and_said(
    one: House, lms: FakeLms, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    one.release(4, 2)
    with monkeypatch.context() as patched:
        patched.setattr("lti_tool.delivery.worker.send", broken)
        assert step(one.services)
    assert (one.state().state, one.state().reason_code) == ("retrying", "delivery.unexpected")
    one.later()
    one.work()
    assert one.state().state == "delivered"


def test_the_back_off_grows_to_an_hour_and_never_ends() -> None:
    plain = [back_off(n, lambda low, high: 1.0) for n in (1, 2, 3, 4, 12, 13, 40, 10_000)]
    assert plain == [1, 2, 4, 8, 2048, 3600, 3600, 3600]
    spread = {back_off(5) for _ in range(50)}
    assert len(spread) > 10
    assert all(12 <= each <= 20 for each in spread)


def test_a_day_of_silence_loses_nothing(one: House, lms: FakeLms) -> None:
    lms.plan("scores", *[Planned(503)] * 15)
    one.release(4, 2)
    for _ in range(15):
        one.work()
        one.later()
    row = one.row()
    assert (row.attempts, row.state) == (15, "retrying")
    one.work()
    assert one.state().state == "delivered"
    assert len(lms.kept) == 1


def test_a_lease_outlasts_every_try() -> None:
    assert timedelta(seconds=35 + 20) < LEASE


class Clock:
    """Seconds that pass only when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_lanes_take_turns_and_hold_few_at_once() -> None:
    lanes, a, b = Lanes(), uuid4(), uuid4()
    taken = [lanes.enter([a, b]) for _ in range(2 * AT_ONCE + 1)]
    assert taken == [a, b, a, b, None]
    lanes.leave(b)
    assert lanes.enter([a, b]) == b
    assert lanes.enter([]) is None


def test_a_lane_in_trouble_is_closed_longer_each_time_and_opens_again() -> None:
    passing, lane = Clock(), uuid4()
    lanes = Lanes(passing, lambda low, high: low)
    pauses = []
    for _ in range(9):
        assert lanes.enter([lane]) == lane
        lanes.in_trouble(lane, None)
        lanes.leave(lane)
        started = passing.now
        while lanes.enter([lane]) is None:
            passing.now += 0.5
        lanes.leave(lane)
        pauses.append(passing.now - started)
    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    lanes.answered(lane)
    lanes.in_trouble(lane, 5)
    passing.now += 4.9
    assert lanes.enter([lane]) is None
    passing.now += 0.2
    assert lanes.enter([lane]) == lane


def test_registrations_that_have_nothing_due_are_not_asked(one: House, lms: FakeLms) -> None:
    assert waiting_lanes(one.db) == []
    one.release(4, 2)
    second, _ = link(one.made, lms.registration(), lms)
    assert waiting_lanes(one.db) == [one.lane]
    assert take(one.db, Lane(second, one.made.tenant_id)) is None
    job = take(one.db, one.lane)
    assert isinstance(job, Job)
    assert waiting_lanes(one.db) == []
    assert settle(one.db, job, send(one.services.http, one.services.tokens, job))


def test_a_timestamp_is_in_milliseconds_and_never_in_the_past(one: House) -> None:
    before = clock.now()
    one.release(4, 2)
    job = take(one.db, one.lane)
    assert isinstance(job, Job)
    assert job.timestamp.microsecond % 1000 == 0
    assert before <= job.timestamp <= clock.now() + timedelta(milliseconds=1)
    assert one.row().last_timestamp == job.timestamp, "written down before the post"
    settle(one.db, job, Delivered())


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return holds()
