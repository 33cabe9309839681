"""Appending on both engines: what is stored, what is equal, what is a conflict."""

import json
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from foundation.db import Database, ForeignTenant
from tests.xapi.samples import AUTHORITY, statement
from tests.xapi.store.helpers import listed, put
from xapi.statements import times
from xapi.statements.prepare import prepare
from xapi.store import query, write
from xapi.store.order import order
from xapi.store.tables import Conflict, Reference, Statement
from xapi.store.write import Verdict


class _Changed(Exception):
    """The caller changed its mind."""


STORED, EQUAL, CONFLICT = Verdict.STORED, Verdict.EQUAL, Verdict.CONFLICT


def verdicts(outcomes: Any) -> list[Verdict]:
    return [outcome.verdict for outcome in outcomes]


def test_a_batch_keeps_its_order(db: Database, tenant: UUID) -> None:
    sent = [statement() for _ in range(20)]
    outcomes = put(db, tenant, *sent)
    first = outcomes[0].sid
    assert [outcome.sid for outcome in outcomes] == list(range(first, first + 20))
    assert verdicts(outcomes) == [STORED] * 20
    assert listed(db, tenant, ascending=True) == [one["id"] for one in sent]


def test_the_stored_time_is_the_sid(db: Database, tenant: UUID) -> None:
    sent = statement()
    sid = put(db, tenant, sent)[0].sid
    with db.reading(tenant) as session:
        found = query.one(session, tenant, UUID(sent["id"]))
    assert found is not None
    returned = json.loads(found.text())
    assert times.moment(returned["stored"]) == sid
    assert returned["timestamp"] == returned["stored"]
    assert returned["authority"] == AUTHORITY


def test_the_equal_statement_changes_nothing(db: Database, tenant: UUID) -> None:
    sent = statement(timestamp="2026-11-23T10:00:00.5Z")
    sid = put(db, tenant, sent)[0].sid
    again = [
        sent,
        {**sent, "timestamp": "2026-11-23T11:00:00.500+01:00"},
        {key: value for key, value in reversed(sent.items()) if key != "timestamp"},
    ]
    for one in again:
        outcome = put(db, tenant, one)[0]
        assert (outcome.verdict, outcome.sid) == (EQUAL, sid)
    with db.reading(tenant) as session:
        assert session.scalar(select(func.count()).select_from(Statement)) == 1


def test_equal_is_what_this_version_says_of_what_an_earlier_one_stored(
    db: Database, tenant: UUID
) -> None:
    sent = statement()
    put(db, tenant, sent)
    with db.writing(tenant) as session:
        session.execute(update(Statement).values(hash=bytes(16)))
    assert verdicts(put(db, tenant, sent)) == [EQUAL]
    assert verdicts(put(db, tenant, {**sent, "result": {"success": True}})) == [CONFLICT]


def test_a_retrieved_statement_is_equal_to_what_was_sent(db: Database, tenant: UUID) -> None:
    sent = statement()
    put(db, tenant, sent)
    with db.reading(tenant) as session:
        found = query.one(session, tenant, UUID(sent["id"]))
    assert found is not None
    assert verdicts(put(db, tenant, json.loads(found.text()))) == [EQUAL]
    later = {**sent, "timestamp": "2031-01-01T00:00:00Z"}
    assert verdicts(put(db, tenant, later)) == [CONFLICT]


def test_another_statement_under_the_same_id_is_a_conflict(db: Database, tenant: UUID) -> None:
    sent = statement(timestamp="2026-11-23T10:00:00Z")
    put(db, tenant, sent)
    for other in (
        {**sent, "timestamp": "2026-11-23T10:00:01Z"},
        {**sent, "result": {"success": True}},
    ):
        assert verdicts(put(db, tenant, other)) == [CONFLICT]
    assert listed(db, tenant) == [sent["id"]]


def test_new_equal_and_conflicting_in_one_call(db: Database, tenant: UUID) -> None:
    old, fresh = statement(), statement()
    put(db, tenant, old)
    changed = {**fresh, "result": {"success": True}}
    outcomes = put(db, tenant, old, fresh, fresh, changed)
    assert verdicts(outcomes) == [EQUAL, STORED, EQUAL, CONFLICT]
    assert outcomes[1].sid == outcomes[2].sid == outcomes[3].sid


def test_a_conflict_with_our_own_record_is_an_alarm(db: Database, tenant: UUID) -> None:
    taken = statement()
    put(db, tenant, taken)
    ours = prepare({**taken, "result": {"success": True}}, authority=AUTHORITY)
    beside = prepare(statement(), authority=AUTHORITY)
    for _ in range(2):
        with db.writing(tenant) as session:
            write.record(session, order(tenant, [ours, beside]))
    with db.reading(tenant) as session:
        alarm = session.scalars(select(Conflict)).one()
        assert (alarm.tenant, alarm.id, alarm.body) == (tenant, ours.id, ours.body)
    assert listed(db, tenant, ascending=True) == [taken["id"], str(beside.id)]


def test_what_the_caller_rolls_back_was_never_stored(db: Database, tenant: UUID) -> None:
    prepared = [prepare(statement(), authority=AUTHORITY)]
    with suppress(_Changed), db.writing(tenant) as session:
        write.append(session, tenant, prepared)
        raise _Changed
    with db.reading(tenant) as session:
        for table in (Statement, Reference):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_sids_rise_within_and_across_transactions(db: Database, tenant: UUID) -> None:
    sids = []
    for _ in range(30):
        sids += [outcome.sid for outcome in put(db, tenant, statement(), statement())]
    assert sids == sorted(set(sids))


def test_the_same_id_in_two_tenants_is_two_statements(
    db: Database, tenant: UUID, stranger: UUID
) -> None:
    sent = statement()
    other = {**sent, "result": {"success": True}}
    assert verdicts(put(db, tenant, sent)) == [STORED]
    assert verdicts(put(db, stranger, other)) == [STORED]


def test_a_session_of_one_tenant_writes_for_no_other(
    db: Database, tenant: UUID, stranger: UUID
) -> None:
    with pytest.raises(ForeignTenant), db.writing(tenant) as session:
        write.append(session, stranger, [prepare(statement(), authority=AUTHORITY)])


def test_nothing_to_append(db: Database, tenant: UUID) -> None:
    assert put(db, tenant) == []
