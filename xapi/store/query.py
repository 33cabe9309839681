"""Finding statements: by id, and lists by filter; keyset on sid, never an offset.

xAPI 1.0.3 Communication 2.1.3, IEEE 9274.1.1 4.1.6.1. Every function names its tenant. Lists start
from the most selective mention and walk its index in the order of the answer.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from xapi.statements import splice
from xapi.statements.references import Kind, Mention
from xapi.store import consistent, keys
from xapi.store.tables import Reference, Statement

MAX_LIMIT = 1000
"""The longest page, and the one that limit=0 asks for."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed by. Agents are `references.identifier` texts; times are µs."""

    agent: str | None = None
    verb: str | None = None
    activity: str | None = None
    registration: UUID | None = None
    related_agents: bool = False
    related_activities: bool = False
    since: int | None = None
    until: int | None = None
    ascending: bool = False
    authority: str | None = None
    """Only statements with this authority: for a credential that reads only its own."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stored statement."""

    sid: int
    id: UUID
    body: str
    moment: int | None

    def text(self) -> str:
        """The statement as JSON, with `stored`."""
        return splice.as_returned(self.body, self.sid, self.moment)


@dataclass(frozen=True, slots=True)
class Page:
    """Some statements in order, and the cursor of those after them (None: there are none)."""

    found: list[Found]
    more: int | None
    consistent_through: int
    """Microseconds since 1970, taken before the read."""


_COLUMNS = (Statement.sid, Statement.id, Statement.body, Statement.moment)


def one(
    session: Session,
    tenant: UUID,
    statement_id: UUID,
    *,
    voided: bool = False,
    authority: str | None = None,
) -> Found | None:
    """The statement of that id: one that stands, or with `voided` one that was voided."""
    query = select(*_COLUMNS).where(
        Statement.tenant == tenant,
        Statement.id == statement_id,
        Statement.voided_by.is_not(None) if voided else Statement.voided_by.is_(None),
    )
    if authority is not None:
        query = query.where(Statement.authority == keys.key(tenant, authority))
    row = session.execute(query).one_or_none()
    return None if row is None else Found(*row)


def find(
    session: Session, tenant: UUID, filters: Filters, cursor: int | None = None, limit: int = 100
) -> Page:
    """A page of statements, newest first unless `ascending`; `cursor` is the last page's `more`.

    Whoever follows (by `since` or ascending) is shown nothing that a transaction still open could
    precede: what is withheld is later than `consistent_through`.
    """
    through = consistent.through(session)
    limit = min(limit or MAX_LIMIT, MAX_LIMIT)
    sqlite = session.get_bind().dialect.name == "sqlite"
    query, sid = _matching(tenant, filters, sqlite)
    if filters.since is not None:
        query = query.where(sid > filters.since)
    if filters.until is not None:
        query = query.where(sid <= filters.until)
    if cursor is not None:
        query = query.where(sid > cursor if filters.ascending else sid < cursor)
    follows = filters.ascending or filters.since is not None
    if follows and not sqlite:
        query = query.where(sid < through)
    query = query.order_by(sid.asc() if filters.ascending else sid.desc()).limit(limit + 1)
    found = [Found(*row) for row in session.execute(query)]
    more = found[limit - 1].sid if len(found) > limit else None
    return Page(found[:limit], more, through)


def _matching(
    tenant: UUID, filters: Filters, sqlite: bool
) -> tuple[Select[int, UUID, str, int | None], InstrumentedAttribute[int]]:
    mentions = _mentions(filters)
    owner: ColumnElement[UUID] = Statement.__table__.c.tenant
    if sqlite and mentions:  # without the plus its planner walks the tenant's whole index first
        owner = literal_column("+xapi_statement.tenant", owner.type)
    standing = [owner == tenant, Statement.voided_by.is_(None)]
    if filters.authority is not None:
        standing.append(Statement.authority == keys.key(tenant, filters.authority))
    if not mentions:
        return select(*_COLUMNS).where(*standing), Statement.sid
    tables = [aliased(Reference) for _ in mentions]
    first = tables[0]
    query = select(*_COLUMNS).select_from(first)
    for table in tables[1:]:
        query = query.join(table, table.sid == first.sid)
    query = query.join(Statement, Statement.sid == first.sid).where(*standing)
    for table, (kind, text) in zip(tables, mentions, strict=True):
        query = query.where(table.kind == int(kind), table.hash == keys.key(tenant, text))
    return query, first.sid


def _mentions(filters: Filters) -> list[Mention]:
    """The filters as mentions, the one that is likely to be rarest first."""
    found: list[Mention] = []
    if filters.registration is not None:
        found.append((Kind.REGISTRATION, str(filters.registration)))
    if filters.agent is not None:
        kind = Kind.RELATED_AGENT if filters.related_agents else Kind.AGENT
        found.append((kind, filters.agent))
    if filters.activity is not None:
        kind = Kind.RELATED_ACTIVITY if filters.related_activities else Kind.ACTIVITY
        found.append((kind, filters.activity))
    if filters.verb is not None:
        found.append((Kind.VERB, filters.verb))
    if not found and filters.authority is not None:
        found.append((Kind.RELATED_AGENT, filters.authority))
    return found
