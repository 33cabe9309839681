"""What a target gets next: the log from its cursor on, through its filter, with voidings.

Reads statements. Whoever received a statement also receives its voiding: a voiding goes out where
what it voids passes the filter (or did, before it was removed here), and after it, in whichever
order the two were stored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.db import Database
from xapi.statements import references
from xapi.statements.errors import Invalid
from xapi.store import follow
from xapi.store.follow import Cursor
from xapi.store.query import Found
from xapi.store.tables import Statement, Target
from xapi.transfer import gone, outgoing, parts
from xapi.transfer.outgoing import Filter
from xapi.transfer.parts import Parts

MOST_STATEMENTS = 100
MOST_BYTES = 1_000_000
_PAGE = 100
_PAGES = 20


@dataclass(frozen=True, slots=True)
class Item:
    """One statement to be sent."""

    id: UUID
    text: str
    before: Cursor
    """Where the target still stands while this one is not settled."""
    parts: Parts = field(default_factory=dict)
    """The bytes attached to it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A statement that does not reach its target: the HTTP status (0: not sent) and the words."""

    id: UUID
    status: int
    code: str
    said: str


@dataclass(slots=True)
class Batch:
    """Statements to be sent in this order, and where the target stands once they are settled."""

    end: Cursor
    items: list[Item] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)
    """Once refused and to be sent again, but not in the store any more."""
    more: bool = False
    """The log goes on."""
    again: bool = False
    """These were refused before; the cursor stays where it is."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    found: Found
    statement: dict[str, Any]
    before: Cursor


def gather(
    database: Database,
    tenant: UUID,
    target: UUID,
    wanted: Filter,
    version: str,
    cursor: Cursor,
    most: int = MOST_STATEMENTS,
) -> Batch:
    """The next statements for a target; none where the log ends or the filter takes none of many.

    `most` is the most statements; the texts are about a megabyte at most, unless one is longer.
    """
    batch = Batch(cursor)
    for _ in range(_PAGES):
        with database.reading(tenant) as session:
            latest = follow.latest(session)
            page = follow.after(session, tenant, batch.end, _PAGE)
            chosen = _chosen(session, tenant, target, wanted, page, batch.end)
        batch.more = len(page) == _PAGE
        # At the end of the log it stands behind other tenants' statements too, however many.
        batch.end = _end(page, batch.end) if batch.more else max(_end(page, batch.end), latest)
        _fill(database, tenant, batch, chosen, version, most)
        if batch.items or batch.refused or not batch.more:
            break
    return batch


def gather_again(
    database: Database, tenant: UUID, version: str, cursor: Cursor, ids: Sequence[UUID]
) -> Batch:
    """Statements that a target refused before, by their ids."""
    with database.reading(tenant) as session:
        rows = _by_id(session, tenant, ids)
    batch = Batch(cursor, again=True)
    chosen = [_Chosen(found, orjson.loads(found.body), cursor) for found in rows.values()]
    _fill(database, tenant, batch, chosen, version, len(ids))
    batch.gone = [one for one in ids if one not in rows]
    batch.end, batch.more = cursor, True
    return batch


def _end(page: Sequence[follow.Followed], before: Cursor) -> Cursor:
    return page[-1].cursor if page else before


def _fill(
    database: Database,
    tenant: UUID,
    batch: Batch,
    chosen: Sequence[_Chosen],
    version: str,
    most: int,
) -> None:
    size = 0
    for one in chosen:
        try:
            text = outgoing.text(one.found, one.statement, version)
        except Invalid as error:
            batch.refused.append(Refusal(one.found.id, 0, "needs-2.0", str(error)))
            continue
        brought = parts.attachments_of(database, tenant, one.found.sid, one.statement)
        size += len(text.encode()) + sum(len(blob.data) for blob in brought.values())
        if batch.items and (len(batch.items) >= most or size > MOST_BYTES):
            batch.end, batch.more = one.before, True
            return
        batch.items.append(Item(one.found.id, text, one.before, brought))


def _chosen(
    session: Session,
    tenant: UUID,
    target: UUID,
    wanted: Filter,
    page: Sequence[follow.Followed],
    cursor: Cursor,
) -> list[_Chosen]:
    read: list[_Chosen] = []
    for row in page:
        read.append(_Chosen(row.statement, orjson.loads(row.statement.body), cursor))
        cursor = row.cursor
    voids = {
        one.found.id: voided
        for one in read
        if references.voids(one.statement) and (voided := references.target(one.statement))
    }
    every = _by_id(session, tenant, list(voids.values()))
    removed = gone.wanted_of(session, target, set(voids.values()) - every.keys())
    chosen: list[_Chosen] = []
    for one in read:
        held = every.get(voids[one.found.id]) if one.found.id in voids else None
        if held is None:
            goes = wanted.takes(one.statement) or voids.get(one.found.id) in removed
        elif held.sid > one.found.sid:
            goes = False  # it follows what it voids, below
        else:
            goes = wanted.takes(one.statement) or wanted.takes(orjson.loads(held.body))
        if goes:
            chosen.append(one)
    return list(_with_earlier_voidings(session, tenant, chosen))


def _with_earlier_voidings(
    session: Session, tenant: UUID, chosen: Sequence[_Chosen]
) -> Iterator[_Chosen]:
    """After each statement, the voidings of it that were stored before it was."""
    columns = (Target.target, Statement.sid, Statement.id, Statement.body, Statement.moment)
    ids = [one.found.id for one in chosen]
    earlier: dict[UUID, list[Found]] = {}
    for row in session.execute(
        select(*columns)
        .join(Statement, Statement.sid == Target.sid)
        .where(Target.tenant == tenant, Target.target.in_(ids), Target.voids)
        .order_by(Statement.sid)
    ):
        found = Found(row.sid, row.id, row.body, row.moment)
        earlier.setdefault(row.target, []).append(found)
    for one in chosen:
        yield one
        if references.voids(one.statement):
            continue
        for found in earlier.get(one.found.id, ()):
            if found.sid < one.found.sid:
                yield _Chosen(found, orjson.loads(found.body), one.before)


def _by_id(session: Session, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, Found]:
    if not ids:
        return {}
    columns = (Statement.sid, Statement.id, Statement.body, Statement.moment)
    rows = session.execute(
        select(*columns)
        .where(Statement.tenant == tenant, Statement.id.in_(ids))
        .order_by(Statement.sid)
    )
    return {row.id: Found(*row) for row in rows}
