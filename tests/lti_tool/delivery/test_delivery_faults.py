"""Many grades in a storm (`make storm`: 1,000): nothing lost, nothing doubled, on both databases.

Real worker processes, killed with SIGKILL at random moments and between a post and its record; an
LMS over HTTP that fails in every way known, and is down for a while; a database that goes away.
Time is shortened, and only that: see hasty_worker.py. The LMS's hour of silence is 4 s, against
back-offs of at most 1.5 s.
"""

import fcntl
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from foundation.db import EVERY_TENANT, Database
from lti_tool.delivery import outbox
from lti_tool.delivery.tables import DeliveryState, GradeDelivery
from lti_tool.platforms.tables import ResourceLink
from lti_tool.schema import upgrade
from rubrics.tables.people import Person
from tests import postgres
from tests.lti_tool.ags.fake_lms import serving
from tests.lti_tool.delivery.house import House, house
from tests.lti_tool.delivery.storm import Grades, StormyLms, Workers

GRADES = int(os.environ.get("STORM", "150"))
"""`make storm` sends 1,000."""
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


def storm(place: Place, one: House, lms: StormyLms, grades: Grades, workers: Workers) -> None:
    """Everything that may go wrong, one after the other, while grades are released again."""
    draw, learners = lms.draw, grades.learners

    def down(seconds: float) -> None:
        lms.is_down = True
        time.sleep(seconds)
        lms.is_down = False

    def kills(number: int) -> None:
        lms.kills += number

    happenings: list[Callable[[], None]] = [
        lambda: kills(2),
        lambda: workers.kill(draw),
        lambda: down(4),
        lambda: kills(2),
        place.goes_away,
        lambda: workers.kill(draw),
        lambda: kills(2),
        place.goes_away,
        lambda: workers.kill(draw),
    ]
    for happens in happenings:
        for _ in range(2):
            workers.keep_up()
            grades.release(place.db, draw.sample(learners, 10))
            time.sleep(draw.uniform(0.2, 1.0))
        happens()
        send_refused_again(one)


@pytest.mark.slow
def test_every_grade_arrives_once_whatever_fails(place: Place, tmp_path: Path) -> None:
    seed = SEED
    print(f"seed {seed}")
    began = time.monotonic()
    with serving(lambda port: StormyLms(port, random.Random(seed))) as lms:
        one = house(place.db, lms)
        one.set(ResourceLink, one.link_id, lineitem_url=None)
        grades = Grades(one, GRADES)
        print(f"{time.monotonic() - began:.1f} s: {GRADES} grades wait")
        workers = Workers(place.db.url, tmp_path, WORKERS)
        try:
            storm(place, one, lms, grades, workers)
            print(f"{time.monotonic() - began:.1f} s: the storm is over, {counts(place.db)}")
            _come_to_rest(one, workers)
        finally:
            workers.stop()
            print(f"{time.monotonic() - began:.1f} s: {counts(place.db)}")
            print(f"{workers.started} workers, killed {dict(lms.killed)}, {dict(lms.troubles)}")
            print((tmp_path / "workers.log").read_text()[-2000:])
        _check(one, lms, grades)
        assert lms.killed["before"] + lms.killed["after"] >= 4
        assert lms.killed["after"] >= 1
        assert lms.troubles["down"] >= 1


def _come_to_rest(one: House, workers: Workers) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        workers.keep_up()
        try:
            send_refused_again(one)
            if counts(one.db) == {"delivered": GRADES}:
                return
        except SQLAlchemyError:
            pass
        time.sleep(0.25)


def _check(one: House, lms: StormyLms, grades: Grades) -> None:
    assert counts(one.db) == {"delivered": GRADES}
    with one.db.reading(EVERY_TENANT) as session:
        rows = list(session.execute(select(GradeDelivery, Person.subject).join(Person)))
    by_subject: dict[str, UUID] = {subject: row.person_id for row, subject in rows}
    assert all(row.delivered == row.wanted and row.lease_token is None for row, _ in rows)
    assert len(lms.line_items) == 1, "one column, however often its making failed"
    accepted = lms.accepted()
    assert set(accepted) == set(by_subject)
    for subject, kept in accepted.items():
        newest = grades.newest[by_subject[subject]]
        points = [given for given, _ in kept]
        assert points[-1] == newest, f"{subject} has {points}, not {newest} at last"
        assert points == sorted(set(points)), f"{subject}: {points}: doubled, or out of order"
        assert all(comment.startswith(f"Score {given} of 100.") for given, comment in kept)
