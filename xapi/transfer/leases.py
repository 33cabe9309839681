"""Taking a target for a while, and writing down how it went: forwarding's two transactions.

A lease that runs out is anybody's again, so a worker that dies loses nothing; what a worker has to
say after its lease was taken over is ignored.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT, Database, insert_into
from xapi.store import follow
from xapi.store.follow import Cursor
from xapi.transfer.batches import Batch, Refusal
from xapi.transfer.outgoing import Filter
from xapi.transfer.sending import TOO_MANY, Report, Trouble
from xapi.transfer.tables import ForwardRefusal, ForwardTarget

LEASE = timedelta(seconds=75)
"""Longer than a try takes; where it is not, statements are sent twice, which does no harm."""
LONGEST_BACK_OFF = 3600.0
LONGEST_WAIT = 86_400.0
"""The most of a Retry-After that is believed, in seconds."""
SUSPICIOUS = 7
"""So many failures in a row, about two minutes of them: a single statement may be the cause."""


@dataclass(frozen=True, slots=True)
class Job:
    """A target, taken: what to send it next, and by which address."""

    id: UUID
    lease_token: UUID
    tenant: UUID
    endpoint: str
    credential: str
    """Sealed."""
    version: str
    private_hosts: tuple[str, ...]
    wanted: Filter
    cursor: Cursor
    attempts: int
    again: tuple[UUID, ...]
    """Statements that it refused and that are to be sent once more."""


Seen = dict[UUID, tuple[Cursor, Cursor]]
"""Of a target that stands there: up to where its tenant has nothing new, found out before."""


def waiting(database: Database, seen: Seen) -> list[UUID]:
    """The targets that have something to be sent now, the one that waits longest first.

    `seen` is for the next look, so that it need not go through other tenants' statements again.
    """
    with database.reading(EVERY_TENANT) as session:
        rows = session.scalars(
            select(ForwardTarget).where(_due(clock.now())).order_by(ForwardTarget.next_try_at)
        ).all()
        return [row.id for row in rows if _has_work(session, row, seen)]


def take(database: Database, target_id: UUID, lease: timedelta = LEASE) -> Job | None:
    """Lease a target that is due; None where another worker has it or it was paused."""
    with database.writing(EVERY_TENANT) as session:
        moment = clock.now()
        row = session.scalar(
            select(ForwardTarget)
            .where(ForwardTarget.id == target_id, _due(moment))
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        token = row.lease_token = uuid4()
        row.lease_until = moment + lease
        again = session.scalars(
            select(ForwardRefusal.statement_id)
            .where(ForwardRefusal.target_id == row.id, ForwardRefusal.again)
            .order_by(ForwardRefusal.statement_id)
            .limit(20)
        )
        return Job(
            id=row.id,
            lease_token=token,
            tenant=row.tenant,
            endpoint=row.endpoint,
            credential=row.credential,
            version=row.version,
            private_hosts=tuple(row.private_hosts),
            wanted=Filter(frozenset(row.verbs), frozenset(row.activities)),
            cursor=Cursor(row.cursor_xid, row.cursor_sid),
            attempts=row.attempts,
            again=tuple(again),
        )


def settle(
    database: Database,
    job: Job,
    batch: Batch,
    report: Report,
    jitter: Callable[[float, float], float] = random.uniform,
) -> bool:
    """Write down how a batch went; False where the lease was lost meanwhile."""
    refused = [*batch.refused, *report.refused]
    with database.writing(EVERY_TENANT) as session:
        row = session.get(ForwardTarget, job.id, with_for_update=True)
        if row is None or row.lease_token != job.lease_token:
            return False
        moment = clock.now()
        row.lease_token = row.lease_until = None
        whole = report.settled == len(batch.items)
        if not batch.again:
            cursor = batch.end if whole else batch.items[report.settled].before
            row.cursor_xid, row.cursor_sid = cursor.xid, cursor.sid
        settled = {item.id for item in batch.items[: report.settled]}
        _forget(session, row.id, [*settled.difference(one.id for one in refused), *batch.gone])
        _note(session, row.id, refused, moment)
        if report.sent:
            row.sent += report.sent
            row.last_sent_at = moment
            row.refused_in_row = 0
        elif not batch.again:
            row.refused_in_row += len(report.refused)
        _conclude(row, report, moment, jitter)
        if batch.again and row.attempts >= SUSPICIOUS:
            _give_up(session, row.id)
    return True


def back_off(attempts: int, jitter: Callable[[float, float], float] = random.uniform) -> float:
    """Seconds until the next try after so many in a row: 1, 2, 4 … an hour, a quarter more or less.

    It never ends: a target may be down for as long as it likes.
    """
    return min(2.0 ** min(attempts - 1, 12), LONGEST_BACK_OFF) * jitter(0.75, 1.25)


def _due(moment: datetime) -> ColumnElement[bool]:
    return and_(
        ForwardTarget.active,
        ForwardTarget.next_try_at <= moment,
        or_(ForwardTarget.lease_until.is_(None), ForwardTarget.lease_until <= moment),
    )


def _has_work(session: Session, row: ForwardTarget, seen: Seen) -> bool:
    again = exists().where(ForwardRefusal.target_id == row.id, ForwardRefusal.again)
    if session.scalar(select(again)):
        return True
    stands = Cursor(row.cursor_xid, row.cursor_sid)
    stood, empty = seen.get(row.id, (stands, stands))
    latest = follow.latest(session)  # asked before the look, or something could slip in between
    if follow.after(session, row.tenant, empty if stood == stands else stands, 1):
        return True
    seen[row.id] = stands, latest
    return False


def _forget(session: Session, target_id: UUID, ids: list[UUID]) -> None:
    if ids:
        session.execute(
            delete(ForwardRefusal).where(
                ForwardRefusal.target_id == target_id, ForwardRefusal.statement_id.in_(ids)
            )
        )


def _note(session: Session, target_id: UUID, refused: list[Refusal], moment: datetime) -> None:
    for one in refused:
        values = {
            "status": one.status,
            "code": one.code,
            "said": one.said[:1000],
            "again": False,
            "refused_at": moment,
        }
        row = insert_into(session, ForwardRefusal).values(
            target_id=target_id, statement_id=one.id, **values
        )
        session.execute(
            row.on_conflict_do_update(index_elements=["target_id", "statement_id"], set_=values)
        )


def _give_up(session: Session, target_id: UUID) -> None:
    """Do not let what was refused once hold up what is new."""
    rows = update(ForwardRefusal).where(ForwardRefusal.target_id == target_id)
    session.execute(rows.values(again=False))


def _conclude(
    row: ForwardTarget, report: Report, moment: datetime, jitter: Callable[[float, float], float]
) -> None:
    trouble = report.trouble
    if trouble is None and row.refused_in_row >= TOO_MANY:
        last = report.refused[-1] if report.refused else None
        said = f"; the last answer: {last.status} {last.said}" if last else ""
        reason = f"refused {row.refused_in_row} statements in a row and took none{said}"
        trouble = Trouble("target.refuses-all", reason, pauses=True)
    if trouble is None:
        row.attempts, row.error_code, row.error, row.error_at = 0, "", "", None
        return
    # What was settled on the way is progress: the wait starts over, the batch stays small.
    row.attempts = 1 if report.settled else row.attempts + 1
    row.error_code, row.error, row.error_at = trouble.code[:64], trouble.reason[:500], moment
    if trouble.pauses:
        row.active = False
        return
    wait = max(min(trouble.wait or 0.0, LONGEST_WAIT), back_off(row.attempts, jitter))
    row.next_try_at = moment + timedelta(seconds=wait)
