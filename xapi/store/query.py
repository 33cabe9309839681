"""Finding statements: by id, and lists by filter; keyset on sid, never an offset.

xAPI 1.0.3 Communication 2.1.3, IEEE 9274.1.1 4.1.6.1. Every function names its tenant. Lists start
from the most selective mention and walk its index in the order of the answer.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    bindparam,
    literal_column,
    select,
)
from sqlalchemy.orm import Session

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


class Found(NamedTuple):
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


_STATEMENT = Statement.__table__
_COLUMNS = (_STATEMENT.c.sid, _STATEMENT.c.id, _STATEMENT.c.body, _STATEMENT.c.moment)


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
    through = consistent.through(session, unsorted=True)
    limit = min(limit or MAX_LIMIT, MAX_LIMIT)
    sqlite = session.get_bind().dialect.name == "sqlite"
    mentions = _mentions(filters)
    follows = filters.ascending or filters.since is not None
    wanted: dict[str, Any] = {
        "authority": filters.authority and keys.key(tenant, filters.authority),
        "since": filters.since,
        "until": filters.until,
        "after" if filters.ascending else "before": cursor,
        "through": through if follows and not sqlite else None,
    }
    given = {
        "tenant": tenant,
        "limit": limit + 1,
        **{f"hash{place}": keys.key(tenant, text) for place, (_, text) in enumerate(mentions)},
        **{name: value for name, value in wanted.items() if value is not None},
    }
    kinds = tuple(kind for kind, _ in mentions)
    query = _query(kinds, frozenset(given), filters.ascending, sqlite)
    found = [Found(*row) for row in session.connection().execute(query, given).all()]
    more = found[limit - 1].sid if len(found) > limit else None
    return Page(found[:limit], more, through)


@lru_cache(maxsize=256)
def _query(
    kinds: tuple[Kind, ...], given: frozenset[str], ascending: bool, sqlite: bool
) -> Select[Any]:
    """The question of this form, built once; its values are bound by the names of `given`."""
    owner: ColumnElement[UUID] = _STATEMENT.c.tenant
    if sqlite and kinds:  # without the plus its planner walks the tenant's whole index first
        owner = literal_column("+xapi_statement.tenant", owner.type)
    query = select(*_COLUMNS).where(owner == bindparam("tenant"), _STATEMENT.c.voided_by.is_(None))
    sid = _STATEMENT.c.sid
    if kinds:
        tables = [Reference.__table__.alias() for _ in kinds]
        sid = tables[0].c.sid
        source: FromClause = tables[0]
        for table in tables[1:]:
            source = source.join(table, table.c.sid == sid)
        query = query.select_from(source.join(_STATEMENT, _STATEMENT.c.sid == sid))
        for place, (table, kind) in enumerate(zip(tables, kinds, strict=True)):
            query = query.where(
                table.c.kind == int(kind), table.c.hash == bindparam(f"hash{place}")
            )
    if "authority" in given:
        query = query.where(_STATEMENT.c.authority == bindparam("authority"))
    if "since" in given:
        query = query.where(sid > bindparam("since"))
    if "until" in given:
        query = query.where(sid <= bindparam("until"))
    if "after" in given:
        query = query.where(sid > bindparam("after"))
    if "before" in given:
        query = query.where(sid < bindparam("before"))
    if "through" in given:
        query = query.where(sid < bindparam("through"))
    return query.order_by(sid.asc() if ascending else sid.desc()).limit(bindparam("limit"))


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
