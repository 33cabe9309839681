"""Requests that share a transaction: each its own verdict, none another's failure."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count as count_from
from threading import Barrier, Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from foundation.db import Database
from tests.xapi.samples import AUTHORITY, statement, voiding
from xapi.statements.prepare import Prepared, prepare
from xapi.store import query, write
from xapi.store.grouping import MOST, Appender
from xapi.store.order import Order
from xapi.store.tables import Statement
from xapi.store.write import Outcome, Verdict

MANY = 16


def one(**changes: Any) -> Prepared:
    return prepare(statement(**changes), authority=AUTHORITY)


def at_once(appender: Appender, tenant: UUID, several: Sequence[Prepared]) -> list[Any]:
    """Append them from as many threads, as near to the same moment as can be."""
    ready = Barrier(len(several))

    def run(prepared: Prepared) -> Outcome | Exception:
        ready.wait(30)
        try:
            (outcome,) = appender.append(tenant, [prepared])
            return outcome
        except RuntimeError as error:
            return error

    with ThreadPoolExecutor(len(several)) as pool:
        return list(pool.map(run, several))


def until(happened: Callable[[], bool]) -> None:
    """Wait for it, for half a minute at most."""
    for _ in range(3000):
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def count(db: Database, tenant: UUID) -> int:
    with db.reading(tenant) as session:
        query = select(func.count()).select_from(Statement).where(Statement.tenant == tenant)
        return session.execute(query).scalar_one()


def test_many_share_few_transactions(db: Database, tenant: UUID) -> None:
    commits: list[int] = []
    event.listen(db.engine, "commit", lambda _connection: commits.append(1))
    sent = [one() for _ in range(MANY)]
    outcomes = at_once(Appender(db), tenant, sent)
    assert [outcome.id for outcome in outcomes] == [each.id for each in sent]
    assert {outcome.verdict for outcome in outcomes} == {Verdict.STORED}
    assert len({outcome.sid for outcome in outcomes}) == MANY
    assert count(db, tenant) == MANY
    assert len(commits) < MANY


def test_each_hears_its_own_verdict(db: Database, tenant: UUID) -> None:
    appender = Appender(db)
    held = one()
    appender.append(tenant, [held])
    sent = [held, one(id=str(held.id), object={"id": "https://e.org/other"})]
    sent += [one() for _ in range(MANY - 2)]
    verdicts = [outcome.verdict for outcome in at_once(appender, tenant, sent)]
    assert verdicts[:2] == [Verdict.EQUAL, Verdict.CONFLICT]
    assert set(verdicts[2:]) == {Verdict.STORED}
    assert count(db, tenant) == MANY - 1


def test_equal_ones_leave_one_row(db: Database, tenant: UUID) -> None:
    said = statement()
    same = [prepare(said, authority=AUTHORITY) for _ in range(MANY)]
    outcomes = at_once(Appender(db), tenant, same)
    verdicts = sorted(outcome.verdict.value for outcome in outcomes)
    assert verdicts == ["equal"] * (MANY - 1) + ["stored"]
    assert count(db, tenant) == 1


def test_of_two_rivals_one_is_stored(db: Database, tenant: UUID) -> None:
    identity = str(uuid4())
    rivals = [one(id=identity, object={"id": f"https://e.org/{each}"}) for each in range(8)]
    verdicts = [outcome.verdict for outcome in at_once(Appender(db), tenant, rivals)]
    assert sorted(verdict.value for verdict in verdicts) == ["conflict"] * 7 + ["stored"]
    assert count(db, tenant) == 1


def test_a_voiding_beside_its_target(db: Database, tenant: UUID) -> None:
    targets = [statement() for _ in range(4)]
    sent = [prepare(each, authority=AUTHORITY) for each in targets]
    sent += [prepare(voiding(each["id"]), authority=AUTHORITY) for each in targets]
    at_once(Appender(db), tenant, sent)
    with db.reading(tenant) as session:
        for each in targets:
            assert query.one(session, tenant, UUID(each["id"])) is None
            assert query.one(session, tenant, UUID(each["id"]), voided=True) is not None


def test_a_failure_is_only_the_one_whose_it_is(
    db: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = one()
    carry_out = write.carry_out

    def fails(session: Session, wanted: Order) -> list[Outcome]:
        outcomes = carry_out(session, wanted)
        if bad in wanted.prepared:
            raise RuntimeError("the disk is full")
        return outcomes

    monkeypatch.setattr(write, "carry_out", fails)
    sent = [bad, *(one() for _ in range(MANY - 1))]
    outcomes = at_once(Appender(db), tenant, sent)
    assert isinstance(outcomes[0], RuntimeError)
    assert {outcome.verdict for outcome in outcomes[1:]} == {Verdict.STORED}
    assert count(db, tenant) == MANY - 1


def test_tenants_do_not_share(db: Database, tenant: UUID, stranger: UUID) -> None:
    appender = Appender(db)
    same = one()
    for owner in (tenant, stranger):
        assert [each.verdict for each in appender.append(owner, [same])] == [Verdict.STORED]
    assert (count(db, tenant), count(db, stranger)) == (1, 1)


def test_of_batches_at_once_one_with_a_conflict_is_left_out_whole(
    db: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite they wait together for the one that is being stored, and share a transaction."""
    appender = Appender(db)
    held = one()
    appender.append(tenant, [held])
    rival = one(id=str(held.id), object={"id": "https://e.org/other"})
    good, spoilt, equal = [one(), one()], [one(), rival, one()], [one(), held]
    sizes: list[int] = []
    carry_out, gate = write.carry_out, Event()

    def slowly(session: Session, wanted: Order) -> list[Outcome]:
        sizes.append(len(wanted.prepared))
        if len(sizes) == 1:
            gate.wait(30)
        return carry_out(session, wanted)

    monkeypatch.setattr(write, "carry_out", slowly)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(appender.append, tenant, [one()])
        until(lambda: len(sizes) == 1)
        several = [pool.submit(appender.append, tenant, batch) for batch in (good, spoilt, equal)]
        alone = pool.submit(appender.append, tenant, [rival])
        (line,) = appender._lines.values()
        until(lambda: len(line.waiting) == (4 if db.is_sqlite else 1))
        gate.set()
        verdicts = [[each.verdict.value for each in one.result(30)] for one in several]
    assert [each.verdict for each in first.result()] == [Verdict.STORED]
    assert verdicts == [["stored"] * 2, ["stored", "conflict", "stored"], ["stored", "equal"]]
    assert [each.verdict for each in alone.result()] == [Verdict.CONFLICT]
    if db.is_sqlite:  # PostgreSQL stores batches beside each other
        assert sizes[:2] == [1, 8], "all that waited were tried together"
    with db.reading(tenant) as session:
        kept = [
            query.one(session, tenant, each.id) is not None for each in (*good, *spoilt, *equal)
        ]
    assert kept == [True, True, False, True, False, True, True], "the rival's id is held by another"
    assert count(db, tenant) == 5


def test_a_long_batch_does_not_stand_in_line(db: Database, tenant: UUID) -> None:
    appender = Appender(db)
    outcomes = appender.append(tenant, [one() for _ in range(MOST + 1)])
    assert {each.verdict for each in outcomes} == {Verdict.STORED}
    assert not appender._lines
    assert appender.append(tenant, []) == []


def test_a_thread_that_is_ended_leaves_nobody_waiting(
    db: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """gunicorn ends a worker's threads by SystemExit, which is nobody's verdict."""
    appender = Appender(db)
    carry_out, begun, gate, calls = write.carry_out, Event(), Event(), count_from(1)

    def ended(session: Session, wanted: Order) -> list[Outcome]:
        if next(calls) == 1:
            begun.set()
            gate.wait(30)
            raise SystemExit
        return carry_out(session, wanted)

    monkeypatch.setattr(write, "carry_out", ended)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(appender.append, tenant, [one()])
        assert begun.wait(30)
        others = [pool.submit(appender.append, tenant, [one()]) for _ in range(3)]
        (line,) = appender._lines.values()
        until(lambda: len(line.waiting) == 3)
        gate.set()
        assert [each.verdict for other in others for each in other.result(30)] == [
            Verdict.STORED
        ] * 3
        assert isinstance(first.exception(30), SystemExit)
    assert (line.busy, line.waiting) == (False, [])
    assert count(db, tenant) == 3


def test_a_thread_that_is_ended_before_its_turn_leaves_nobody_waiting(
    db: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    appender = Appender(db)
    writing, begun, gate, calls = Database.writing, Event(), Event(), count_from(1)

    def ended(*arguments: Any, **named: Any) -> Any:
        if next(calls) == 1:
            begun.set()
            gate.wait(30)
            raise SystemExit
        return writing(*arguments, **named)

    monkeypatch.setattr(Database, "writing", ended)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(appender.append, tenant, [one()])
        assert begun.wait(30)
        others = [pool.submit(appender.append, tenant, [one()]) for _ in range(3)]
        (line,) = appender._lines.values()
        until(lambda: len(line.waiting) == 4)
        gate.set()
        verdicts = [each.verdict for other in others for each in other.result(30)]
        assert isinstance(first.exception(30), SystemExit)
    assert verdicts == [Verdict.STORED] * 3
    assert (line.busy, line.waiting) == (False, [])
    assert count(db, tenant) == 3
