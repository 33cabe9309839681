"""Appending statements, inside the transaction that the caller has open.

xAPI 1.0.3 Data 2.3 and Communication 2.1.1, IEEE 9274.1.1 4.1.6.1: an equal statement changes
nothing, another one under the same id is a conflict. Voiding and StatementRefs: links.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import ForeignTenant, beneath, insert_into
from xapi.statements import parse
from xapi.statements.compare import comparison_hash
from xapi.statements.prepare import Prepared
from xapi.store import links, postgresql, sqlite
from xapi.store.order import Order, order
from xapi.store.tables import Conflict, Statement

MAX_BATCH = 10_000
"""The most statements that one call takes."""
STORED = "xapi.stored"
"""Where a connection's info has how many statements its open transaction has stored."""


class Verdict(Enum):
    """What became of a statement."""

    STORED = "stored"
    EQUAL = "equal"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one statement, and the sid of the row that holds its id."""

    id: UUID
    sid: int
    verdict: Verdict


def append(
    session: Session, tenant: UUID, prepared: Sequence[Prepared], *, describes: bool = True
) -> list[Outcome]:
    """Store what is new; one outcome for each statement, in their order.

    `describes` says whether what it says of activities and agents becomes what is known of them.
    Where one is a conflict the others are stored all the same: a caller that wants all or nothing
    raises, and its transaction rolls back. `session` is one of `Database.writing()`; who can make
    the `order` before that transaction begins holds it for a shorter time.
    """
    return carry_out(session, order(tenant, prepared, describes=describes))


def carry_out(session: Session, wanted: Order) -> list[Outcome]:
    """Store what was ordered: `append` in a transaction that is open."""
    tenant, prepared, firsts = wanted.tenant, wanted.prepared, wanted.new
    scope = session.info["scope"]
    if isinstance(scope, UUID) and scope != tenant:
        raise ForeignTenant("statements of another tenant")
    if len(prepared) > MAX_BATCH:
        raise ValueError(f"at most {MAX_BATCH} statements at once")
    if not prepared:
        return []
    connection = beneath(session)
    engine = sqlite if connection.dialect.name == "sqlite" else postgresql
    stored, pointed_at = engine.insert(connection, wanted)
    fresh = [(stored[one.id], one) for one in firsts.values() if one.id in stored]
    links.connect(connection, tenant, fresh, pointed_at=pointed_at)
    connection.info[STORED] = connection.info.get(STORED, 0) + len(fresh)
    rivals = [one for one in prepared if one.id not in stored or firsts[one.id] is not one]
    judged = _judge(session, tenant, rivals)
    return [
        judged[id(one)] if id(one) in judged else Outcome(one.id, stored[one.id], Verdict.STORED)
        for one in prepared
    ]


def record(session: Session, wanted: Order) -> list[Outcome]:
    """Store statements about our own facts: a conflict raises an alarm, never an exception.

    The alarm is a row of `xapi_conflict`, so the fact still commits.
    """
    tenant, outcomes = wanted.tenant, carry_out(session, wanted)
    for one, outcome in zip(wanted.prepared, outcomes, strict=True):
        if outcome.verdict is Verdict.CONFLICT:
            alarm = insert_into(session, Conflict).values(
                tenant=tenant, id=one.id, hash=one.hash, body=one.body, sid=outcome.sid,
                noticed_at=clock.now(),
            )  # fmt: skip
            session.execute(alarm.on_conflict_do_nothing())
    return outcomes


def _judge(session: Session, tenant: UUID, rivals: Sequence[Prepared]) -> dict[int, Outcome]:
    if not rivals:
        return {}
    columns = (Statement.id, Statement.sid, Statement.hash, Statement.moment)
    held = {
        row.id: row
        for row in session.execute(
            select(*columns).where(
                Statement.tenant == tenant, Statement.id.in_({one.id for one in rivals})
            )
        )
    }
    judged = {}
    for one in rivals:
        row = held[one.id]
        moment = row.sid if row.moment is None else row.moment
        same = one.moment in (None, moment) and (
            row.hash == one.hash or _hash_now(session, row.sid) == one.hash
        )
        verdict = Verdict.EQUAL if same else Verdict.CONFLICT
        judged[id(one)] = Outcome(one.id, row.sid, verdict)
    return judged


def _hash_now(session: Session, sid: int) -> bytes:
    """The hash of a stored statement, which an earlier version may have computed otherwise."""
    body = session.execute(select(Statement.body).where(Statement.sid == sid)).scalar_one()
    return comparison_hash(parse.value(body))
