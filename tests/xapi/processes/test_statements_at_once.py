"""Statements that arrive at once in several processes: one row, no deadlock, nobody missed."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.xapi.at_once import at_once
from tests.xapi.processes.serving import Line, Served
from tests.xapi.samples import AUTHORITY, pointing_at, statement, voiding
from xapi.statements.prepare import prepare
from xapi.store import write
from xapi.store.tables import Reference, Statement

pytestmark = pytest.mark.xdist_group("processes")
ID = "6ee4ccd1-b2c4-4b7c-8c6d-0b4a4b9f0c11"


def listed(line: Line, **filters: Any) -> list[str]:
    page = line("GET", f"/statements?{urlencode({'limit': 0, **filters})}").json()
    assert not page["more"]
    return [one["id"] for one in page["statements"]]


def put(line: Line, sent: dict[str, Any]) -> int:
    return line("PUT", f"/statements?statementId={sent['id']}", data=sent).status


def test_eight_identical_puts_leave_one_row(
    server: Served, lines: list[Line], tenant: UUID
) -> None:
    sent = [statement() for _ in range(5)]
    for one in sent:
        assert at_once(*(partial(put, line, one) for line in lines)) == [204] * 8
    assert listed(lines[0], ascending="true") == [one["id"] for one in sent]
    rows = select(Statement.sid).where(Statement.tenant == tenant)
    counted = select(func.count()).where(Reference.sid.in_(rows)).group_by(Reference.sid)
    with server.db.reading(tenant) as session:
        assert len(session.scalars(rows).all()) == 5
        assert len(set(session.scalars(counted))) == 1


def test_of_eight_with_one_id_one_is_stored(lines: list[Line]) -> None:
    for _ in range(3):
        sent = [statement(result={"score": {"raw": number}}) for number in range(8)]
        path = f"/statements?statementId={sent[0]['id']}"
        calls = (
            partial(put, line, {**one, "id": sent[0]["id"]})
            for line, one in zip(lines, sent, strict=True)
        )
        answers = at_once(*calls)
        assert sorted(answers) == [204] + [409] * 7
        winner = sent[answers.index(204)]
        assert lines[0]("GET", path).json()["result"] == winner["result"]


@pytest.mark.parametrize(
    ("same_ids", "many", "wide"), [(True, 80, 1), (False, 20, 16)], ids=["ids", "activities"]
)
def test_batches_that_share_everything_in_other_orders_do_not_deadlock(
    server: Served, lines: list[Line], tenant: UUID, same_ids: bool, many: int, wide: int
) -> None:
    def activities(turn: int, number: int) -> list[dict[str, Any]]:
        definition = {"name": {"en": f"{turn}"}}
        ids = (f"https://e.org/{number}.{place}" for place in range(wide))
        return [{"objectType": "Activity", "id": one, "definition": definition} for one in ids]

    def batch(turn: int) -> list[dict[str, Any]]:
        return [
            statement(
                actor={"mbox": f"mailto:{number}@example.org", "name": f"{turn}"},
                context={"contextActivities": {"other": activities(turn, number)}},
            )
            for number in range(many)
        ]

    shuffled, stored = Random(1), 0
    for turn in range(2):
        same = batch(turn)
        sent = [same if same_ids else batch(turn) for _ in lines]
        calls = [
            partial(line, "POST", data=shuffled.sample(each, len(each)))
            for line, each in zip(lines, sent, strict=True)
        ]
        with ThreadPoolExecutor(1) as pool:
            with server.db.writing(tenant) as session:
                write.append(session, tenant, [prepare(voiding(ID), authority=AUTHORITY)])
                answers = pool.submit(at_once, *calls)
                time.sleep(0.5)
            # Who waited for that transaction goes on with all others, at the same moment.
            assert [answer.status for answer in answers.result()] == [200] * 8
        stored += 1 + len({one["id"] for each in sent for one in each})
        *_, last = activities(turn, many - 1)
        assert lines[0]("GET", f"/activities?activityId={last['id']}").json() == last
    assert len(lines[0]("GET", "/export?voided=true").data.splitlines()) == stored


def test_a_pair_that_arrives_at_once_finds_each_other(lines: list[Line]) -> None:
    rare = "https://example.org/verbs/rare"
    for turn in range(12):
        target = statement(verb={"id": rare})
        void = voiding(target["id"])
        points = pointing_at(target["id"], verb={"id": "https://example.org/verbs/other"})
        calls = zip(lines[turn % 2 :], (target, void, points), strict=False)
        assert at_once(*(partial(put, line, one) for line, one in calls)) == [204] * 3
        path = f"/statements?statementId={target['id']}"
        assert lines[0]("GET", path).status == 404
        assert lines[0]("GET", path.replace("statementId", "voidedStatementId")).status == 200
        assert {void["id"], points["id"]} <= set(listed(lines[0], verb=rare))
