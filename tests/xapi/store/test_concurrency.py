"""What many writers at once must not break, with real threads on both engines."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import func, select

from foundation.db import Database
from tests.xapi.at_once import at_once
from tests.xapi.samples import AUTHORITY, pointing_at, statement, voiding
from tests.xapi.store.helpers import listed, put
from xapi.statements.prepare import Prepared, prepare
from xapi.store import query, write
from xapi.store.tables import Reference, Statement
from xapi.store.write import Verdict


def test_eight_identical_statements_are_one_row(db: Database, tenant: UUID) -> None:
    for _ in range(5):
        sent = statement()
        outcomes = list(chain(*at_once(*[partial(put, db, tenant, sent)] * 8)))
        verdicts = sorted(outcome.verdict.value for outcome in outcomes)
        assert verdicts == ["equal"] * 7 + ["stored"]
        assert len({outcome.sid for outcome in outcomes}) == 1
    with db.reading(tenant) as session:
        assert session.scalar(select(func.count()).select_from(Statement)) == 5
        references = session.execute(select(Reference.sid, func.count()).group_by(Reference.sid))
        assert len({count for _, count in references}) == 1


def test_of_eight_different_statements_with_one_id_one_wins(db: Database, tenant: UUID) -> None:
    sent = [statement(result={"score": {"raw": number}}) for number in range(8)]
    for one in sent:
        one["id"] = sent[0]["id"]
    outcomes = list(chain(*at_once(*(partial(put, db, tenant, one) for one in sent))))
    assert [outcome.verdict for outcome in outcomes].count(Verdict.STORED) == 1
    assert [outcome.verdict for outcome in outcomes].count(Verdict.CONFLICT) == 7


def test_batches_that_share_everything_in_other_orders_do_not_deadlock(
    db: Database, tenant: UUID
) -> None:
    def append(order: list[Prepared]) -> None:
        with db.writing(tenant) as session:
            write.append(session, tenant, order)

    shuffled = Random(1)
    for _ in range(12):
        sent = [prepare(statement(), authority=AUTHORITY) for _ in range(300)]
        at_once(*(partial(append, shuffled.sample(sent, len(sent))) for _ in range(8)))
    with db.reading(tenant) as session:
        assert session.scalar(select(func.count()).select_from(Statement)) == 3600


def test_sids_are_strictly_monotonic_over_writers(db: Database, tenant: UUID) -> None:
    def write() -> list[int]:
        return [put(db, tenant, statement())[0].sid for _ in range(40)]

    written = at_once(*[write] * 8)
    assert all(sids == sorted(set(sids)) for sids in written)
    assert len({sid for sids in written for sid in sids}) == 320


def test_a_pair_that_arrives_at_once_finds_each_other(db: Database, tenant: UUID) -> None:
    rare = "https://example.org/verbs/rare"
    for _ in range(15):
        target = statement(verb={"id": rare})
        void = voiding(target["id"])
        points = pointing_at(target["id"], verb={"id": "https://example.org/verbs/other"})
        at_once(
            *(partial(put, db, tenant, one) for one in (target, void, points)),
        )
        with db.reading(tenant) as session:
            assert query.one(session, tenant, UUID(target["id"])) is None
            assert query.one(session, tenant, UUID(target["id"]), voided=True) is not None
        assert {void["id"], points["id"]} <= set(listed(db, tenant, verb=rare))


def test_what_waits_for_its_voiding_is_voided(db: Database, tenant: UUID) -> None:
    """A statement that is stored while its voiding commits looks again once it has waited."""
    target = statement()
    void = prepare(voiding(target["id"]), authority=AUTHORITY)
    with ThreadPoolExecutor(1) as pool:
        with db.writing(tenant) as session:
            write.append(session, tenant, [void])
            waiting = pool.submit(put, db, tenant, target)
            with pytest.raises(TimeoutError):
                waiting.result(0.5)
        waiting.result(30)
    with db.reading(tenant) as session:
        assert query.one(session, tenant, UUID(target["id"]), voided=True) is not None
