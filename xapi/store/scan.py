"""Reading all of a tenant's statements in the order of `stored`, page by page: what an export does.

Every page is a short transaction of its own and costs the same however many came before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from foundation.db import Database
from xapi.store import consistent
from xapi.store.query import Found
from xapi.store.tables import Statement

_ROWS = 500
_BYTES = 4_000_000
"""A page of longer statements has fewer of them next time."""
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
    """The statements, a page at a time; a page is about 4 MB at most, unless one is longer."""
    after, rows = span.since, _ROWS
    while True:
        with database.reading(span.tenant) as session:
            page = _page(session, span, after, rows)
        if not page:
            return
        yield page
        after = page[-1].found.sid
        size = sum(len(one.found.body) for one in page)
        rows = max(1, min(_ROWS, len(page) * _BYTES // size))


def _page(session: Session, span: Span, after: int, limit: int) -> list[Scanned]:
    if session.get_bind().dialect.name != "sqlite":
        # Statistics that are missing or old would make it gather and sort all that is left.
        session.execute(_BY_INDEX)
    columns = (Statement.sid, Statement.id, Statement.body, Statement.moment, Statement.voided_by)
    query = _within(select(*columns), span, after).order_by(Statement.sid).limit(limit)
    return [
        Scanned(Found(row.sid, row.id, row.body, row.moment), row.voided_by is not None)
        for row in session.execute(query)
    ]


def _within(query: Any, span: Span, after: int) -> Any:
    query = query.where(
        Statement.tenant == span.tenant, Statement.sid > after, Statement.sid <= span.until
    )
    return query if span.voided else query.where(Statement.voided_by.is_(None))
