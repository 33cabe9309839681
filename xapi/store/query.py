"""Finding statements: by id, and lists by filter; keyset on sid, never an offset.

xAPI 1.0.3 Communication 2.1.3, IEEE 9274.1.1 4.1.6.1. Every function names its tenant. Lists start
from the most selective mention and walk its index in the order of the answer.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    bindparam,
    exists,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.orm import Session

from foundation.db import beneath
from xapi.statements import splice
from xapi.statements.references import Kind
from xapi.store import consistent, keys, postgresql, sqlite
from xapi.store.tables import Reference, Statement

MAX_LIMIT = 1000
"""The longest page, and the one that limit=0 asks for."""


Wanted = tuple[Kind, Kind | None]
"""The kind of mention that a filter asks for, and the one that it takes too: a related one."""


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


class Listed(NamedTuple):
    """A stored statement of a page."""

    sid: int
    body: str
    moment: int | None

    @property
    def id(self) -> UUID:
        """Read from the text when it is asked for: for every row of a page it would cost much."""
        return UUID(orjson.loads(self.body)["id"])

    def text(self) -> str:
        """The statement as JSON, with `stored`."""
        return splice.as_returned(self.body, self.sid, self.moment)


@dataclass(frozen=True, slots=True)
class Page:
    """Some statements in order, and the cursor of those after them (None: there are none)."""

    found: list[Listed]
    more: int | None
    consistent_through: int
    """Microseconds since 1970, taken before the read."""


Question = Select[Any] | CompoundSelect[Any]
Q = TypeVar("Q", Select[Any], CompoundSelect[Any])

_STATEMENT = Statement.__table__
_SID = _STATEMENT.c.sid
_COLUMNS = (_SID, _STATEMENT.c.id, _STATEMENT.c.body, _STATEMENT.c.moment)
_TEXT = (_STATEMENT.c.body, _STATEMENT.c.moment)
_first = Reference.__table__.alias("first")
_THROUGH = literal_column("current_setting('twofold.through')::bigint", BigInteger())
"""What consistent.POSTGRESQL left in the transaction."""
_POSTGRESQL = psycopg.dialect()  # type: ignore[no-untyped-call]
_SQLITE = pysqlite.dialect(paramstyle="named")


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
    limit = min(limit or MAX_LIMIT, MAX_LIMIT)
    connection = beneath(session)
    on_sqlite = connection.dialect.name == "sqlite"
    mentions = _mentions(filters)
    follows = filters.ascending or filters.since is not None
    wanted: dict[str, Any] = {
        "authority": filters.authority and keys.key(tenant, filters.authority),
        "since": filters.since,
        "until": filters.until,
        "after" if filters.ascending else "before": cursor,
    }
    given = {
        "tenant": tenant,
        "limit": limit + 1,
        **{f"hash{place}": keys.key(tenant, text) for place, (_, text) in enumerate(mentions)},
        **{name: value for name, value in wanted.items() if value is not None},
    }
    asked = _Form(
        tuple(one for one, _ in mentions), frozenset(given), filters.ascending, follows, on_sqlite
    )
    question, always = _spelled(asked)
    if on_sqlite:
        through = consistent.through(session)
        bound = {**always, **given, "tenant": tenant.hex}
        rows = sqlite.rows(connection, question, bound)
    else:
        bound = {**always, **given}
        noted, rows = postgresql.together(connection, consistent.POSTGRESQL, question, bound)
        through = int(noted)
    found = [Listed._make(row) for row in rows]
    more = found[limit - 1].sid if len(found) > limit else None
    return Page(found[:limit], more, through)


class _Form(NamedTuple):
    """What a question looks like, without its values; they are bound by the names of `given`."""

    wanted: tuple[Wanted, ...]
    given: frozenset[str]
    ascending: bool
    follows: bool
    sqlite: bool


@lru_cache(maxsize=256)
def _spelled(form: _Form) -> tuple[str, dict[str, Any]]:
    """The question as the driver takes it, spelled once, and the values that are always bound."""
    compiled = _query(form).compile(dialect=_SQLITE if form.sqlite else _POSTGRESQL)
    return str(compiled), {name: x for name, x in compiled.params.items() if name not in form.given}


@lru_cache(maxsize=256)
def _query(form: _Form) -> Question:
    """The question of this form, built once."""
    if not form.wanted:
        return _ordered(_arm((), form), _SID, form.ascending)
    direct, otherwise = form.wanted[0]
    first = _arm(form.wanted, form)
    if otherwise is None:
        return _ordered(first, _first.c.sid, form.ascending)
    # Two walks in the order of the answer, merged; never sorted (see the tests of the plans).
    second = _arm(((otherwise, None), *form.wanted[1:]), form)
    second = second.where(~_mentioned((direct, None), 0, _first.c.sid))
    if form.sqlite:
        both = union_all(first, second)
    else:
        arms = (_ordered(arm, _first.c.sid, form.ascending).subquery() for arm in (first, second))
        both = union_all(*(select(arm) for arm in arms))
    return _ordered(both, both.selected_columns.sid, form.ascending)


def _ordered(query: Q, sid: ColumnElement[int], ascending: bool) -> Q:
    return query.order_by(sid.asc() if ascending else sid.desc()).limit(bindparam("limit"))


def _arm(wanted: tuple[Wanted, ...], form: _Form) -> Select[Any]:
    """The statements that the first of these mentions finds directly, and the others anyhow."""
    given = form.given
    owner: ColumnElement[UUID] = _STATEMENT.c.tenant
    if form.sqlite and wanted:  # without the plus its planner walks the tenant's whole index first
        owner = literal_column("+xapi_statement.tenant", owner.type)
    sid: ColumnElement[int] = _first.c.sid if wanted else _SID
    query = select(sid.label("sid"), *_TEXT)
    query = query.where(owner == bindparam("tenant"), _STATEMENT.c.voided_by.is_(None))
    if wanted:
        query = query.select_from(_first.join(_STATEMENT, sid == _SID)).where(
            _first.c.kind == _literal(wanted[0][0]), _first.c.hash == bindparam("hash0")
        )
        for place, one in enumerate(wanted[1:], 1):
            query = query.where(_mentioned(one, place, sid))
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
    if form.follows and not form.sqlite:
        query = query.where(sid < _THROUGH)
    return query


def _mentioned(wanted: Wanted, place: int, sid: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the statement also mentions what is bound as `hash<place>`."""
    table = Reference.__table__.alias()
    kinds = [_literal(kind) for kind in wanted if kind is not None]
    return exists(
        select(table.c.sid).where(
            table.c.kind.in_(kinds), table.c.hash == bindparam(f"hash{place}"), table.c.sid == sid
        )
    )


def _literal(kind: Kind) -> ColumnElement[int]:
    return literal_column(str(int(kind)), Integer())


def _mentions(filters: Filters) -> list[tuple[Wanted, str]]:
    """The filters as mentions, the one that is likely to be rarest first."""
    found: list[tuple[Wanted, str]] = []
    if filters.registration is not None:
        found.append(((Kind.REGISTRATION, None), str(filters.registration)))
    if filters.agent is not None:
        also = Kind.RELATED_AGENT if filters.related_agents else None
        found.append(((Kind.AGENT, also), filters.agent))
    if filters.activity is not None:
        also = Kind.RELATED_ACTIVITY if filters.related_activities else None
        found.append(((Kind.ACTIVITY, also), filters.activity))
    if filters.verb is not None:
        found.append(((Kind.VERB, None), filters.verb))
    if not found and filters.authority is not None:
        found.append(((Kind.AGENT, Kind.RELATED_AGENT), filters.authority))
    return found
