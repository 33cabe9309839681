"""Following the log: a reader that sees every statement once and never misses a late commit.

On PostgreSQL statements become visible in the order of commits, not of sids. So a follower goes by
(transaction id, sid) and reads only transactions older than any that is still open. On SQLite the
write lock makes sid the order of commits.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT, Scope
from xapi.store.query import Found
from xapi.store.tables import Statement


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """Where a follower stands; keep both numbers, as text or as they are."""

    xid: int = 0
    sid: int = 0

    def __str__(self) -> str:
        return f"{self.xid}.{self.sid}"

    @classmethod
    def parse(cls, written: str) -> "Cursor":
        """The cursor that `str` wrote. Raises ValueError."""
        xid, sid = written.split(".")
        return cls(int(xid), int(sid))


START = Cursor()
"""Before the first statement."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A statement as a follower meets it; voided ones too, as its voiding may not have come yet."""

    cursor: Cursor
    tenant: UUID
    statement: Found


_POSTGRESQL = """
SELECT sid, id, body, moment, tenant, xid::text::bigint AS xid
FROM xapi_statement
WHERE (xid, sid) > (CAST(CAST(:xid AS text) AS xid8), :sid)
  AND xid < pg_snapshot_xmin(pg_current_snapshot()) {tenant}
ORDER BY xid, sid LIMIT :limit
"""


def after(session: Session, scope: Scope, cursor: Cursor, limit: int = 100) -> list[Followed]:
    """The next statements of a tenant (or of EVERY_TENANT) in an order that never changes.

    Go on from the last one's cursor; an empty list says that there is nothing yet.
    """
    if session.get_bind().dialect.name == "sqlite":
        return _on_sqlite(session, scope, cursor, limit)
    query = _POSTGRESQL.format(tenant="" if scope is EVERY_TENANT else "AND tenant = :tenant")
    given = {"xid": str(cursor.xid), "sid": cursor.sid, "limit": limit}
    if scope is not EVERY_TENANT:
        given["tenant"] = scope
    return [
        Followed(Cursor(row.xid, row.sid), row.tenant, Found(*row[:4]))
        for row in session.execute(text(query), given)
    ]


def _on_sqlite(session: Session, scope: Scope, cursor: Cursor, limit: int) -> list[Followed]:
    query = (
        select(Statement.sid, Statement.id, Statement.body, Statement.moment, Statement.tenant)
        .where(Statement.sid > cursor.sid)
        .order_by(Statement.sid)
        .limit(limit)
    )
    if scope is not EVERY_TENANT:
        query = query.where(Statement.tenant == scope)
    return [
        Followed(Cursor(0, row.sid), row.tenant, Found(*row[:4])) for row in session.execute(query)
    ]


def latest(session: Session) -> Cursor:
    """Where a follower begins who wants only what comes from now on."""
    if session.get_bind().dialect.name == "sqlite":
        return Cursor(0, session.scalar(select(func.max(Statement.sid))) or 0)
    oldest_open = session.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text"))
    return Cursor(int(oldest_open or 1) - 1, 2**63 - 1)


_BEHIND = """
SELECT count(*), min(sid) FROM (
  SELECT sid FROM xapi_statement
  WHERE (xid, sid) > (CAST(CAST(:xid AS text) AS xid8), :sid) AND tenant = :tenant
  ORDER BY xid, sid LIMIT :most
) AS waiting
"""


def behind(session: Session, tenant: UUID, cursor: Cursor, most: int = 100_000) -> tuple[int, int]:
    """How many statements a follower has not seen, counted up to `most`, and the first one's sid.

    The sid is 0 where there are none.
    """
    if session.get_bind().dialect.name == "sqlite":
        waiting = (
            select(Statement.sid)
            .where(Statement.tenant == tenant, Statement.sid > cursor.sid)
            .order_by(Statement.sid)
            .limit(most)
            .subquery()
        )
        count, first = session.execute(select(func.count(), func.min(waiting.c.sid))).one()
    else:
        given = {"xid": str(cursor.xid), "sid": cursor.sid, "tenant": tenant, "most": most}
        count, first = session.execute(text(_BEHIND), given).one()
    return count, first or 0
