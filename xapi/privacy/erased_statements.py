"""Statements without the person: texts outside of any transaction, then one short write a batch.

A statement keeps its sid, its `stored`, its place in the log and what it is found by, but for the
person. Comparison hashes are those of the new texts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from foundation.db import Database, insert_into
from xapi.privacy import attachments, finding, pseudonym
from xapi.privacy.finding import Row
from xapi.privacy.pseudonym import Changed
from xapi.privacy.tables import Erasure
from xapi.privacy.task import Task, count
from xapi.statements import describe, parse
from xapi.statements.compare import comparison_hash
from xapi.store import descriptions, keys, scan, wiping
from xapi.store.scan import Span
from xapi.store.tables import Attached, Conflict, Description, Reference, Statement
from xapi.transfer.tables import ForwardRefusal, ForwardTarget

_ALL = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Change:
    """A statement, and what it is to be."""

    row: Row
    new: Changed
    unsaid: frozenset[describe.Description] = frozenset()
    """What it said of activities and agents, and says no longer."""
    said: frozenset[describe.Description] = frozenset()
    """What it says of them instead."""


def mentioning(database: Database, task: Task, batch: int) -> Iterator[int]:
    """Every statement that is found by the person; yields the size of each batch."""
    while True:
        with database.reading(task.tenant) as session:
            sids = _sids(session, task, batch)
            rows = _rows(session, sids)
        if not sids:
            return
        plan = _plan(database, task, rows)
        with database.writing(task.tenant) as session:
            wiping.alone(session, task.tenant)
            beaten = apply(session, task, plan)
            _rekey(session, task, [sid for sid in sids if sid not in beaten])
        yield len(sids)


def anywhere_else(database: Database, task: Task, batch: int) -> Iterator[int]:
    """The whole log, for agents in extensions, which no filter finds; goes on where it was."""
    with database.reading(task.tenant) as session:
        swept = session.get_one(Erasure, task.id).swept
    for page in scan.pages(database, Span(task.tenant, swept, _ALL)):
        rows = [
            Row(one.found.sid, one.found.id, one.found.body, one.found.moment)
            for one in page
            if task.subject.may_be_in(one.found.body)
        ]
        plan = _plan(database, task, rows)
        for start in range(0, len(plan), batch):
            with database.writing(task.tenant) as session:
                wiping.alone(session, task.tenant)
                apply(session, task, plan[start : start + batch])
        with database.writing(task.tenant) as session:
            session.get_one(Erasure, task.id).swept = page[-1].found.sid
        yield len(plan)


def beside(database: Database, task: Task) -> None:
    """What is kept beside statements: names of agents, alarms, and what targets answered."""
    with database.reading(task.tenant) as session:
        alarms = list(
            session.execute(
                select(Conflict.id, Conflict.hash, Conflict.body).where(
                    Conflict.tenant == task.tenant
                )
            )
        )
        targets = session.execute(
            select(ForwardTarget.id, ForwardTarget.error).where(ForwardTarget.tenant == task.tenant)
        ).all()
    changed = [
        (alarm, new)
        for alarm in alarms
        if (new := pseudonym.of_text(alarm.body, task.subject, task.pseudonym)) != alarm.body
    ]
    hashes = [comparison_hash(parse.value(new)) for _, new in changed]
    telling = [row.id for row in targets if task.subject.is_named_in(row.error.encode())]
    with database.writing(task.tenant) as session:
        wiping.alone(session, task.tenant)
        keys_of = finding.keys_of(task.tenant, task.subject)
        session.execute(delete(Description).where(Description.key.in_(keys_of)))
        for (alarm, new), hashed in zip(changed, hashes, strict=True):
            session.execute(
                update(Conflict)
                .where(
                    Conflict.tenant == task.tenant,
                    Conflict.id == alarm.id,
                    Conflict.hash == alarm.hash,
                )
                .values(body=new, hash=hashed)
            )
        session.execute(update(ForwardTarget).where(ForwardTarget.id.in_(telling)).values(error=""))


def _sids(session: Session, task: Task, most: int) -> list[int]:
    sids = select(Reference.sid).where(finding.mentioned(task.tenant, task.subject))
    return list(session.scalars(sids.distinct().order_by(Reference.sid).limit(most)))


def _rows(session: Session, sids: Sequence[int]) -> list[Row]:
    columns = (Statement.sid, Statement.id, Statement.body, Statement.moment)
    return [Row(*row) for row in session.execute(select(*columns).where(Statement.sid.in_(sids)))]


def _plan(database: Database, task: Task, rows: Sequence[Row]) -> list[Change]:
    names_in = partial(_names_in, database, task)
    changes = (
        (row, pseudonym.of_statement(row.body, task.subject, task.pseudonym, names_in))
        for row in rows
    )
    return [_change(row, new) for row, new in changes if new is not None]


def _change(row: Row, new: Changed) -> Change:
    before = frozenset(describe.descriptions(parse.value(row.body)))
    after = frozenset(describe.descriptions(parse.value(new.body)))
    return Change(row, new, before - after, after - before)


def _names_in(database: Database, task: Task, sha2: str) -> bool:
    return attachments.names_person(database, task, sha2)


def apply(session: Session, task: Task, plan: Sequence[Change]) -> set[int]:
    """Write the new texts; returns the sids of those that another erasure changed meanwhile."""
    beaten: set[int] = set()
    gone: set[str] = set()
    for one in plan:
        result = session.execute(
            update(Statement)
            .where(Statement.sid == one.row.sid, Statement.body == one.row.body)
            .values(
                body=one.new.body,
                hash=one.new.hash,
                authority=keys.key(task.tenant, one.new.authority),
            )
            .execution_options(synchronize_session=False)
        )
        if isinstance(result, CursorResult) and result.rowcount != 1:
            beaten.add(one.row.sid)
            continue
        _redescribe(session, task, one)
        if one.new.dropped:
            session.execute(
                delete(Attached).where(
                    Attached.sid == one.row.sid, Attached.sha2.in_(one.new.dropped)
                )
            )
            gone |= one.new.dropped
    ids = [one.row.id for one in plan]
    own = select(ForwardTarget.id).where(ForwardTarget.tenant == task.tenant)
    session.execute(
        update(ForwardRefusal)
        .where(ForwardRefusal.statement_id.in_(ids), ForwardRefusal.target_id.in_(own))
        .values(said="")
    )
    bytes_gone = attachments.forget_unused(session, task.tenant, gone)
    count(session, task, statements=len(plan) - len(beaten), attachments=bytes_gone)
    return beaten


def _redescribe(session: Session, task: Task, one: Change) -> None:
    """What this statement was the first to say of activities is what it says now."""
    for about, text in one.unsaid:
        session.execute(
            delete(Description)
            .where(
                Description.key == keys.key(task.tenant, about),
                Description.hash == descriptions.digest(text),
                Description.sid == one.row.sid,
            )
            .execution_options(synchronize_session=False)
        )
    if one.said:
        session.execute(
            insert_into(session, Description.__table__).on_conflict_do_nothing(),
            [
                {
                    "key": keys.key(task.tenant, about),
                    "hash": descriptions.digest(text),
                    "tenant": task.tenant,
                    "sid": one.row.sid,
                    "text": text,
                }
                for about, text in sorted(one.said)
            ],
        )


def _rekey(session: Session, task: Task, sids: Sequence[int]) -> None:
    mine = (finding.mentioned(task.tenant, task.subject), Reference.sid.in_(sids))
    found = {
        (row.kind, row.sid)
        for row in session.execute(select(Reference.kind, Reference.sid).where(*mine))
    }
    session.execute(delete(Reference).where(*mine).execution_options(synchronize_session=False))
    if found:
        session.execute(
            insert_into(session, Reference.__table__).on_conflict_do_nothing(),
            [{"kind": kind, "hash": task.new_key, "sid": sid} for kind, sid in sorted(found)],
        )
