"""A thousand grades in a storm: nothing lost, nothing doubled, on both databases.

Real processes, killed with SIGKILL at random moments, between a post and its record, and in the
midst of releases that instructors send over HTTP; an LMS over HTTP that fails in every way known,
and is down for a while; a database that goes away. Time is shortened, and only that: see
nursery.py. The LMS's silence lasts 4 s, against back-offs of at most 1.5 s; a whole hour of it is
in test_delivery_silence.py.
"""

import fcntl
import os
import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import Purpose
from lti_tool.delivery import outbox
from lti_tool.delivery.tables import DeliveryState, GradeDelivery
from lti_tool.platforms.tables import ResourceLink
from lti_tool.schema import upgrade
from rubrics.tables.people import Person
from rubrics.words import CourseRole
from tests import postgres
from tests.lti_tool.ags.fake_lms import serving
from tests.lti_tool.delivery.house import House, house
from tests.lti_tool.delivery.mortals import Nursery, Web, Workers, wait_for
from tests.lti_tool.delivery.nursery import (
    AFTER_COMMIT,
    AFTER_OUTBOX,
    BEFORE_OUTBOX,
    CUT,
    MASTER,
)
from tests.lti_tool.delivery.releases import Releases
from tests.lti_tool.delivery.storm import StormyLms
from tests.lti_tool.pages.school import Visit, launched

pytestmark = pytest.mark.heavy

GRADES = int(os.environ.get("STORM", "1000"))
FIRST = GRADES // 10
"""So many of them are released over HTTP before the storm."""
EACH = 3
"""Released again over HTTP during each thing that happens."""
WORKERS = 3
SEED = 20261123


@dataclass
class Place:
    """A database of this test's own, and how it goes away and comes back."""

    db: Database
    goes_away: Callable[[], None]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":
        path = tmp_path / "twofold.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        db = Database(f"sqlite:///{path}")
        yield Place(db, lambda: _locked(path))
        db.dispose()
        return
    with postgres.running(durable=True) as server:
        db = Database(server.create("storm"))
        upgrade(db)
        yield Place(db, server.restart)
        db.dispose()


def _locked(path: Path) -> None:
    """Nobody can write for a while: first by the queue of writers, then by the file itself."""
    with (path.parent / f"{path.name}.lock").open("a") as queue:
        fcntl.flock(queue, fcntl.LOCK_EX)
        time.sleep(1)
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    time.sleep(1.5)
    connection.execute("ROLLBACK")
    connection.close()


@dataclass
class Storm:
    """All that is in it."""

    place: Place
    one: House
    lms: StormyLms
    releases: Releases
    nursery: Nursery
    workers: Workers
    web: Web

    def rage(self) -> None:
        """Everything that may go wrong, one after the other, while grades are released again."""
        happenings: list[tuple[Callable[[], None], str]] = [
            (lambda: self.kill_callers(2), BEFORE_OUTBOX),
            (self.kill_worker, AFTER_OUTBOX),
            (lambda: self.be_down(4), AFTER_COMMIT),
            (self.place.goes_away, ""),
            (lambda: self.kill_callers(2), MASTER),
            (self.kill_everybody, ""),
            (self.kill_worker, ""),
            (self.place.goes_away, ""),
            (lambda: self.kill_callers(2), ""),
        ]
        for happens, dies in happenings:
            self.workers.keep_up()
            releasing = threading.Thread(target=self.release_some, args=(dies,))
            releasing.start()
            time.sleep(self.lms.draw.uniform(0.2, 0.6))
            happens()
            releasing.join()
            self.workers.keep_up()
            self.releases.check_whole()
            send_refused_again(self.one)

    def release_some(self, dies: str) -> None:
        """A few instructors' releases, of whoever can still be given more."""
        some = self.lms.draw.sample(self.releases.open, EACH)
        self.releases.release(self.web, some, dies)

    def kill_callers(self, number: int) -> None:
        """The LMS kills who posts a score, before or after it has kept that."""
        self.lms.kills += number

    def kill_worker(self) -> None:
        """One of them, whatever it does."""
        self.workers.kill(self.lms.draw)

    def be_down(self, seconds: float) -> None:
        """The LMS is, until somebody has noticed."""
        self.lms.is_down = True
        time.sleep(seconds)
        wait_for(lambda: self.lms.troubles["down"] > 0)
        self.lms.is_down = False

    def kill_everybody(self) -> None:
        """All processes at once, in the midst of a transaction: SQLite recovers from its log."""
        db = self.place.db
        self.nursery.killed_while_writing()
        db.dispose()
        if db.is_sqlite:
            with sqlite3.connect(db.url.removeprefix("sqlite:///")) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        with db.reading(EVERY_TENANT) as session:
            cut = select(func.count()).where(GradeDelivery.comment.startswith(CUT))
            assert session.scalar(cut) == 0

    def come_to_rest(self) -> None:
        """Wait until every grade is delivered."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            self.workers.keep_up()
            try:
                send_refused_again(self.one)
                if counts(self.one.db) == {"delivered": GRADES}:
                    return
            except SQLAlchemyError:
                pass
            time.sleep(0.25)


def counts(db: Database) -> dict[str, int]:
    """How many grades are in each state."""
    with db.reading(EVERY_TENANT) as session:
        found = select(GradeDelivery.state, func.count()).group_by(GradeDelivery.state)
        return {state.value: number for state, number in session.execute(found)}


def send_refused_again(one: House) -> None:
    """What an instructor does about a grade that the LMS refused."""
    with one.db.writing(one.made.tenant_id) as session:
        refused = select(GradeDelivery.person_id).where(
            GradeDelivery.state == DeliveryState.REFUSED
        )
        for person in list(session.scalars(refused)):
            outbox.send_again(session, one.made.placement_id, person)


def visit_of(one: House) -> Visit:
    """The instructor has opened the activity in the LMS."""
    return launched(
        one.db,
        tenant_id=one.made.tenant_id,
        person_id=one.made.instructor_id,
        course_id=one.made.course_id,
        placement_id=one.made.placement_id,
        role=CourseRole.INSTRUCTOR,
        purpose=Purpose.ACTIVITY,
    )


@pytest.mark.slow
def test_every_grade_arrives_once_whatever_fails(place: Place, tmp_path: Path) -> None:
    print(f"seed {SEED}")
    began = time.monotonic()

    def say(what: object) -> None:
        print(f"{time.monotonic() - began:.1f} s: {what}")

    with serving(lambda port: StormyLms(port, random.Random(SEED))) as lms:
        one = house(place.db, lms)
        one.set(ResourceLink, one.link_id, lineitem_url=None)
        releases = Releases(one, GRADES, FIRST)
        nursery = Nursery(place.db.url, tmp_path)
        workers, web = Workers(nursery, WORKERS), Web(nursery, visit_of(one))
        storm = Storm(place, one, lms, releases, nursery, workers, web)
        try:
            workers.keep_up()
            releases.release(web, releases.new)
            say(f"{FIRST} of {GRADES} were released: {counts(place.db)}")
            storm.rage()
            say(f"the storm is over: {counts(place.db)}")
            storm.come_to_rest()
        finally:
            nursery.close()
            say(counts(place.db))
            print(f"{workers.started} workers, killed {dict(lms.killed)}, {dict(lms.troubles)}")
            print(f"{web.started} web servers, {web.cut} requests cut")
            print(nursery.log()[-2000:])
        releases.check_whole()
        releases.check_all_released()
        _check(one, lms, releases)
        assert lms.killed["before"] + lms.killed["after"] >= 4
        assert lms.killed["after"] >= 1
        assert web.cut >= 3
        assert web.started >= 3


def _check(one: House, lms: StormyLms, releases: Releases) -> None:
    assert counts(one.db) == {"delivered": GRADES}
    with one.db.reading(EVERY_TENANT) as session:
        rows = list(session.execute(select(GradeDelivery, Person.subject).join(Person)))
    by_subject: dict[str, UUID] = {subject: row.person_id for row, subject in rows}
    assert all(row.delivered == row.wanted and row.lease_token is None for row, _ in rows)
    assert len(lms.line_items) == 1, "one column, however often its making failed"
    accepted = lms.accepted()
    assert set(accepted) == set(by_subject)
    for subject, kept in accepted.items():
        newest = releases.newest[by_subject[subject]]
        points = [given for given, _ in kept]
        assert points[-1] == newest, f"{subject} has {points}, not {newest} at last"
        assert points == sorted(set(points)), f"{subject}: {points}: doubled, or out of order"
