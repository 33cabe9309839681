"""Reading all of a tenant's statements in the order of `stored`, page by page: what an export does.

Every page is a short transaction of its own and costs the same however many came before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from foundation.db import Database
from xapi.store import consistent
from xapi.store.query import Found
from xapi.store.tables import Attached, Attachment, Statement

_ROWS = 500
_BYTES = 4_000_000
_FETCHED = 100
_BY_INDEX = text(
    "SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)"
)


@dataclass(frozen=True, slots=True)
class Span:
    """Which statements of a tenant: `stored` after `since` and up to `until`, in microseconds."""

    tenant: UUID
    since: int
    until: int
    voided: bool = True
    """Voided ones too."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A statement, and whether it is voided."""

    found: Found
    voided: bool


def horizon(database: Database, tenant: UUID) -> int:
    """The latest `stored` up to which nothing can be missed, in microseconds since 1970."""
    with database.reading(tenant) as session:
        through = consistent.through(session)
        return through if session.get_bind().dialect.name == "sqlite" else through - 1


def count(database: Database, span: Span) -> int:
    """How many statements there are."""
    with database.reading(span.tenant) as session:
        within = _within(select(func.count()).select_from(Statement), span, span.since)
        return session.scalar(within) or 0


def first(database: Database, span: Span) -> int | None:
    """The sid of the first statement; None where there is none."""
    with database.reading(span.tenant) as session:
        found: int | None = session.scalar(
            _within(select(func.min(Statement.sid)), span, span.since)
        )
        return found


def pages(database: Database, span: Span) -> Iterator[list[Scanned]]:
    """The statements, a page at a time: some hundred, or as many as make about 4 MB."""
    after = span.since
    while True:
        with database.reading(span.tenant) as session:
            page = _page(session, span, after)
        if not page:
            return
        yield page
        after = page[-1].found.sid


def digests(database: Database, span: Span) -> Iterator[str]:
    """The digests of the bytes that the statements brought, each once."""
    brought = select(Attached.sid).join(Statement, Statement.sid == Attached.sid)
    brought = _within(brought.where(Attached.sha2 == Attachment.sha2), span, span.since)
    query = select(Attachment.sha2).where(Attachment.tenant == span.tenant, exists(brought))
    last = ""
    while True:
        with database.reading(span.tenant) as session:
            more = query.where(Attachment.sha2 > last).order_by(Attachment.sha2).limit(_ROWS)
            page = session.scalars(more).all()
        if not page:
            return
        yield from page
        last = page[-1]


def _page(session: Session, span: Span, after: int) -> list[Scanned]:
    if session.get_bind().dialect.name != "sqlite":
        # Statistics that are missing or old would make it gather and sort all that is left.
        session.execute(_BY_INDEX)
    columns = (Statement.sid, Statement.id, Statement.body, Statement.moment, Statement.voided_by)
    query = _within(select(*columns), span, after).order_by(Statement.sid).limit(_ROWS)
    page: list[Scanned] = []
    size = 0
    with session.execute(query, execution_options={"yield_per": _FETCHED}) as rows:
        for row in rows:
            found = Found(row.sid, row.id, row.body, row.moment)
            page.append(Scanned(found, row.voided_by is not None))
            size += len(row.body)
            if size >= _BYTES:
                break
    return page


def _within(query: Any, span: Span, after: int) -> Any:
    query = query.where(
        Statement.tenant == span.tenant, Statement.sid > after, Statement.sid <= span.until
    )
    return query if span.voided else query.where(Statement.voided_by.is_(None))
