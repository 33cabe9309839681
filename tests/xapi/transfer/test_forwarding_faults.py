"""Forwarding to an LRS that refuses, breaks, is slow or is not one at all."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from foundation.db import Database
from foundation.secrets import Seal
from tests.xapi.samples import AUTHORITY, statement
from tests.xapi.store.helpers import put
from tests.xapi.transfer.conftest import HTTP, Forwarding
from tests.xapi.transfer.standin import Answer, Fault, StandIn
from xapi.statements.prepare import prepare
from xapi.store import write
from xapi.transfer import forwarder, leases, targets


def refusing(*ids: str, status: int = 400) -> Fault:
    def fault(statements: list[dict[str, Any]]) -> Answer | None:
        bad = [one["id"] for one in statements if one["id"] in ids]
        return Answer(status, json.dumps({"bad": bad}).encode()) if bad else None

    return fault


def test_everything_goes_in_order_and_once(db: Database, tenant: UUID, there: StandIn) -> None:
    sent = [statement() for _ in range(250)]
    put(db, tenant, *sent)
    put(db, uuid4(), statement())
    forwarding = Forwarding(db, tenant, there.endpoint)
    assert forwarding.state.behind == 250
    forwarding.all()
    assert there.order == [one["id"] for one in sent]
    assert there.posts == 3
    state = forwarding.state
    assert (state.behind, state.sent, state.refused, state.error_code) == (0, 250, 0, "")
    assert state.last_sent_at is not None
    assert not forwarding.step()
    assert there.posts == 3


def test_what_is_sent_is_ours_without_stored_and_authority(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    extension = {"https://example.org/x": [1.0, 12345678901234567890123, None, "é"]}
    written = json.dumps(statement(context={"extensions": extension}), separators=(",", ":"))
    with db.writing(tenant) as session:
        write.append(session, tenant, [prepare(written.encode(), authority=AUTHORITY)])
    Forwarding(db, tenant, there.endpoint).all()
    assert b"[1.0,12345678901234567890123,null," in there.bodies[0][1]
    (kept,) = there.kept.values()
    assert "stored" not in kept
    assert "authority" not in kept
    assert kept["timestamp"].endswith("Z")
    assert there.versions == {"2.0.0"}


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_one_bad_statement_does_not_block_the_rest(
    db: Database, tenant: UUID, there: StandIn, status: int
) -> None:
    sent = [statement() for _ in range(100)]
    bad = {sent[37]["id"], sent[99]["id"]}
    put(db, tenant, *sent)
    there.fault = refusing(*bad, status=status)
    forwarding = Forwarding(db, tenant, there.endpoint)
    forwarding.all()
    assert there.order == [one["id"] for one in sent if one["id"] not in bad]
    assert {str(one.statement_id) for one in forwarding.refused} == bad
    assert {one.status for one in forwarding.refused} == {status}
    assert '"bad"' in forwarding.refused[0].said
    assert forwarding.state.behind == 0
    assert there.posts < 32


def test_refused_statements_can_be_sent_again(db: Database, tenant: UUID, there: StandIn) -> None:
    first, second = statement(), statement()
    put(db, tenant, first, second)
    there.fault = refusing(first["id"])
    forwarding = Forwarding(db, tenant, there.endpoint)
    forwarding.all()
    there.fault = lambda _: None
    with db.writing(tenant) as session:
        assert targets.retry(session, tenant, "there") == 1
    assert leases.waiting(db, {}) == [forwarding.id]
    forwarding.all()
    assert there.order == [second["id"], first["id"]]
    assert forwarding.refused == []
    assert leases.waiting(db, {}) == []


def test_a_conflict_that_is_none_is_a_success(db: Database, tenant: UUID, there: StandIn) -> None:
    """An LRS that answers 409 to what it has, as after a crash between its answer and our note."""
    one, other = statement(), statement()
    put(db, tenant, one, other)
    there.kept[one["id"]] = {**one, "stored": "2026-11-23T10:00:00Z", "authority": {"mbox": "x"}}
    there.kept[other["id"]] = {**other, "verb": {"id": "https://example.org/other"}}
    forwarding = Forwarding(db, tenant, there.endpoint)
    forwarding.all()
    (refused,) = forwarding.refused
    assert (str(refused.statement_id), refused.code) == (other["id"], "conflict")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_pauses(
    db: Database, tenant: UUID, there: StandIn, status: int
) -> None:
    put(db, tenant, statement())
    there.fault = lambda _: Answer(status, b"who are you")
    forwarding = Forwarding(db, tenant, there.endpoint)
    forwarding.all()
    state = forwarding.state
    assert (state.active, state.error_code, state.behind) == (False, f"http.{status}", 1)
    assert "who are you" in state.error
    assert leases.waiting(db, {}) == []
    there.fault = lambda _: None
    with db.writing(tenant) as session:
        targets.resume(session, tenant, "there")
    forwarding.all()
    assert len(there.kept) == 1
    assert forwarding.state.error_code == ""


@pytest.mark.parametrize(
    "answer",
    [Answer(429), Answer(500), Answer(503), Answer(200, b"<html>Log in</html>"), Answer(404),
     Answer(302, headers={"Location": "/elsewhere"}), Answer(200, b'["not-an-id-of-ours"]')],
    ids=["429", "500", "503", "web-page", "404", "302", "other-ids"],
)  # fmt: skip
def test_what_may_pass_is_tried_again_later(
    db: Database, tenant: UUID, there: StandIn, answer: Answer
) -> None:
    sent = [statement() for _ in range(3)]
    put(db, tenant, *sent)
    there.fault = lambda _: answer
    forwarding = Forwarding(db, tenant, there.endpoint)
    waits = []
    for attempt in range(1, 5):
        forwarding.now_due()
        assert not forwarding.step()
        state = forwarding.state
        assert (state.attempts, state.behind, state.active) == (attempt, 3, True)
        waits.append(forwarding.wait)
    assert 0 < waits[0] < 1.3
    assert 5 < waits[3] < 10.1
    there.fault = lambda _: None
    forwarding.now_due()
    forwarding.all()
    assert there.order == [one["id"] for one in sent]
    assert (forwarding.state.attempts, forwarding.state.error_code) == (0, "")


def test_retry_after_is_kept(db: Database, tenant: UUID, there: StandIn) -> None:
    put(db, tenant, statement())
    there.fault = lambda _: Answer(429, headers={"Retry-After": "120"})
    forwarding = Forwarding(db, tenant, there.endpoint)
    forwarding.step()
    assert 115 < forwarding.wait <= 120
    there.fault = lambda _: Answer(503, headers={"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"})
    forwarding.now_due()
    forwarding.step()
    assert 86_000 < forwarding.wait <= 86_400


def test_trouble_in_the_middle_keeps_what_was_taken(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    sent = [statement() for _ in range(8)]
    put(db, tenant, *sent)

    def fault(statements: list[dict[str, Any]]) -> Answer | None:
        ids = {one["id"] for one in statements}
        if sent[7]["id"] in ids:
            return Answer(400) if len(ids) > 2 else Answer(500)
        return None

    there.fault = fault
    forwarding = Forwarding(db, tenant, there.endpoint)
    forwarding.step()
    assert there.order == [one["id"] for one in sent[:6]]
    assert forwarding.state.behind == 2
    assert forwarding.state.attempts == 1


def test_a_statement_that_breaks_the_target_is_passed_over_in_the_end(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    """500 at one statement for ever, while the next one is taken: it is the statement."""
    sent = [statement() for _ in range(5)]
    put(db, tenant, *sent)
    there.fault = refusing(sent[1]["id"], status=500)
    forwarding = Forwarding(db, tenant, there.endpoint)
    for _ in range(20):
        forwarding.now_due()
        forwarding.all()
    assert set(there.order) == {one["id"] for one in sent} - {sent[1]["id"]}
    (refused,) = forwarding.refused
    assert (str(refused.statement_id), refused.status) == (sent[1]["id"], 500)
    assert forwarding.state.error_code == ""


def test_a_target_that_is_down_refuses_nothing(db: Database, tenant: UUID, there: StandIn) -> None:
    put(db, tenant, *[statement() for _ in range(5)])
    there.fault = lambda _: Answer(500)
    forwarding = Forwarding(db, tenant, there.endpoint)
    for _ in range(20):
        forwarding.now_due()
        forwarding.step()
    assert forwarding.refused == []
    assert forwarding.state.behind == 5


def test_a_target_that_refuses_everything_pauses(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    put(db, tenant, *[statement() for _ in range(150)])
    there.fault = lambda _: Answer(400, b"no version")
    forwarding = Forwarding(db, tenant, there.endpoint)
    forwarding.all()
    state = forwarding.state
    assert (state.active, state.error_code) == (False, "target.refuses-all")
    assert "no version" in state.error
    there.fault = lambda _: None
    with db.writing(tenant) as session:
        targets.retry(session, tenant, "there")
    forwarding.all()
    assert len(there.kept) == 150
    assert forwarding.state.refused == 0


def test_a_line_that_breaks_is_tried_once_more_at_once(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    put(db, tenant, statement())
    breaks = iter([True, False])
    there.fault = lambda _: Answer(0) if next(breaks) else None
    forwarding = Forwarding(db, tenant, there.endpoint)
    forwarding.step()
    assert (forwarding.state.sent, forwarding.state.attempts) == (1, 0)
    there.fault = lambda _: Answer(0)
    put(db, tenant, statement())
    forwarding.step()
    assert forwarding.state.error_code == "http.connect"


def test_a_lost_secret_key_is_said(db: Database, tenant: UUID, there: StandIn) -> None:
    put(db, tenant, statement())
    forwarding = Forwarding(db, tenant, there.endpoint)
    forwarder.step(db, Seal("another secret key, just as long as the first"), HTTP, forwarding.id)
    assert forwarding.state.error_code == "target.seal"
    assert there.posts == 0
