"""Followers, and up to when everything is visible, with transactions that commit late."""

import threading
import time
from typing import Any
from uuid import UUID

import pytest

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from tests.xapi.samples import AUTHORITY, statement
from tests.xapi.store.helpers import listed, put
from xapi.statements import times
from xapi.statements.prepare import prepare
from xapi.store import consistent, follow, query, write
from xapi.store.follow import START, Cursor
from xapi.store.query import Filters


def through(db: Database) -> int:
    with db.reading(EVERY_TENANT) as session:
        return consistent.through(session)


def now() -> int:
    return times.since_1970(clock.now())


class Late:
    """A transaction in a thread of its own that has stored a statement and waits to commit."""

    def __init__(self, db: Database, tenant: UUID) -> None:
        self._args = (db, tenant)
        self._stored, self._go = threading.Event(), threading.Event()
        self.sid = 0
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        db, tenant = self._args
        with db.writing(tenant) as session:
            prepared = [prepare(statement(), authority=AUTHORITY)]
            self.sid = write.append(session, tenant, prepared)[0].sid
            self._stored.set()
            self._go.wait(20)

    def __enter__(self) -> "Late":
        self._thread.start()
        assert self._stored.wait(20)
        return self

    def __exit__(self, *_: Any) -> None:
        self.commit()

    def commit(self) -> None:
        """Let it commit, and wait until it has."""
        self._go.set()
        self._thread.join()


def test_a_cursor_is_kept_as_text() -> None:
    assert Cursor.parse(str(Cursor(12, 34))) == Cursor(12, 34)
    with pytest.raises(ValueError, match=r"."):
        Cursor.parse("12")


def test_a_follower_sees_everything_once(db: Database, tenant: UUID, stranger: UUID) -> None:
    sids = [put(db, tenant, statement())[0].sid for _ in range(7)]
    put(db, stranger, statement())
    cursor, seen = START, []
    while True:
        with db.reading(tenant) as session:
            batch = follow.after(session, tenant, cursor, limit=3)
        if not batch:
            break
        cursor = batch[-1].cursor
        seen += [one.statement.sid for one in batch]
    assert seen == sids
    with db.reading(EVERY_TENANT) as session:
        everyone = follow.after(session, EVERY_TENANT, START)
    assert {one.tenant for one in everyone} == {tenant, stranger}
    assert len(everyone) == 8


def test_a_late_commit_is_not_missed(postgres_url: str, tenant: UUID) -> None:
    db = Database(postgres_url)
    with Late(db, tenant) as late:
        sid = put(db, tenant, statement())[0].sid
        assert sid > late.sid
        with db.reading(tenant) as session:
            assert follow.after(session, tenant, START) == []
        late.commit()
        with db.reading(tenant) as session:
            assert [one.statement.sid for one in follow.after(session, tenant, START)] == [
                late.sid,
                sid,
            ]
    db.dispose()


def test_polling_by_since_waits_for_what_is_open(postgres_url: str, tenant: UUID) -> None:
    db = Database(postgres_url)
    with Late(db, tenant) as late:
        sent = statement()
        sid = put(db, tenant, sent)[0].sid
        assert listed(db, tenant) == [sent["id"]]
        assert listed(db, tenant, since=0) == listed(db, tenant, ascending=True) == []
        assert through(db) <= late.sid
        late.commit()
        with db.reading(tenant) as session:
            page = query.find(session, tenant, Filters(since=0, ascending=True))
        assert [found.sid for found in page.found] == [late.sid, sid]
        assert page.consistent_through > sid
    db.dispose()


def test_consistent_through_is_now_when_nobody_writes(db: Database, tenant: UUID) -> None:
    before = now()
    assert before <= through(db) <= now()
    sid = put(db, tenant, statement())[0].sid
    assert through(db) > sid


def test_consistent_through_waits_for_a_writer(db: Database, tenant: UUID) -> None:
    visible = put(db, tenant, statement())[0].sid
    with Late(db, tenant) as late:
        time.sleep(0.01)
        assert visible <= through(db) <= late.sid
        late.commit()
        assert through(db) > late.sid


def test_a_follower_misses_nothing_of_many_writers(db: Database, tenant: UUID) -> None:
    writers, rounds = 8, 10 if db.is_sqlite else 40
    running = threading.Event()
    running.set()
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(rounds):
                one = prepare(statement(), authority=AUTHORITY)
                with db.writing(tenant) as session:
                    write.append(session, tenant, [one])
                    if not db.is_sqlite and (turn + number) % 5 == 0:
                        time.sleep(0.004)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    seen: list[int] = []

    def follower() -> None:
        cursor = START
        try:
            while True:
                last_round = not running.is_set()
                with db.reading(tenant) as session:
                    batch = follow.after(session, tenant, cursor, limit=50)
                seen.extend(one.statement.sid for one in batch)
                if last_round and not batch:
                    return
                cursor = batch[-1].cursor if batch else cursor
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(writers)]
    watching = threading.Thread(target=follower)
    watching.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    running.clear()
    watching.join()
    assert failures == []
    assert len(seen) == len(set(seen)) == writers * rounds
