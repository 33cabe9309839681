"""What follows from statements that point at statements: voiding, and filters through them.

xAPI 1.0.3 Data 2.3.2 and Communication 2.1.3, IEEE 9274.1.1 4.2.5: a voided statement is hidden,
also where it arrives after its voiding; a statement whose object is a StatementRef is found by
whatever its target is found by, and so on. Such statements are rare: nothing else pays for this.
What one arrival costs is linear in the statements that point at it; how many may is not bounded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from xapi.statements import parse, references
from xapi.statements.prepare import Prepared
from xapi.statements.references import Mention
from xapi.store import keys, postgresql, sqlite
from xapi.store.tables import Statement, Target

MAX_CHAIN = 32
"""How many StatementRefs a filter follows: a bound on what one hostile chain can cost."""
_AT_ONCE = 20_000
"""Rows of the reference table that go in together."""


@dataclass(frozen=True, slots=True)
class _Node:
    sid: int
    mentions: frozenset[Mention]
    target: UUID | None
    voids: bool


@dataclass(frozen=True, slots=True)
class _Referrer:
    sid: int
    id: UUID
    voids: bool


def connect(
    connection: Connection,
    tenant: UUID,
    fresh: Sequence[tuple[int, Prepared]],
    *,
    pointed_at: bool,
) -> None:
    """Draw the consequences of statements that were just stored, given as (sid, statement).

    `pointed_at` says whether there may be statements that point at these.
    """
    pointing = [(sid, one) for sid, one in fresh if one.target is not None]
    if not pointing and not pointed_at:
        return
    if pointing:
        connection.execute(
            insert(Target),
            [
                {"tenant": tenant, "target": one.target, "sid": sid, "voids": one.voids}
                for sid, one in pointing
            ],
        )
    referrers = _referrers_of(connection, tenant, [one.id for _, one in fresh])
    if not pointing and not referrers:
        return
    nodes: dict[UUID, _Node | None] = {
        one.id: _Node(sid, one.mentions, one.target, one.voids) for sid, one in fresh
    }
    gains: dict[int, set[Mention]] = {}
    for sid, one in fresh:
        below = _below(connection, tenant, nodes, one)
        if one.target is not None:
            gains.setdefault(sid, set()).update(below)
        _void(connection, tenant, nodes, sid, one, referrers)
        for above in _above(one.id, referrers):
            gains.setdefault(above, set()).update(below, one.mentions)
    _pass_on(connection, tenant, gains)


def pointing_at(
    connection: Connection, tenant: UUID, ids: Sequence[UUID]
) -> list[tuple[UUID, int, UUID, bool]]:
    """What points at these, however many: (the one pointed at, sid, id, whether it voids)."""
    if connection.dialect.name == "sqlite":
        return sqlite.referrers(connection, tenant, ids)
    return postgresql.referrers(connection, tenant, ids)


def _referrers_of(
    connection: Connection, tenant: UUID, ids: list[UUID]
) -> dict[UUID, list[_Referrer]]:
    """Everything that points at these ids, and at what points at them: by what is pointed at."""
    found: dict[UUID, list[_Referrer]] = {}
    for _ in range(MAX_CHAIN):
        level = pointing_at(connection, tenant, ids)
        for target, sid, identity, voids in level:
            found.setdefault(target, []).append(_Referrer(sid, identity, voids))
        ids = [identity for _, _, identity, _ in level if identity not in found]
        if not ids:
            break
    return found


def _above(identity: UUID, referrers: dict[UUID, list[_Referrer]]) -> Iterator[int]:
    seen = {identity}
    waiting = [identity]
    while waiting:
        for one in referrers.get(waiting.pop(), ()):
            if one.id not in seen:
                seen.add(one.id)
                waiting.append(one.id)
                yield one.sid


def _below(
    connection: Connection, tenant: UUID, nodes: dict[UUID, _Node | None], start: Prepared
) -> set[Mention]:
    found: set[Mention] = set()
    seen = {start.id}
    target = start.target
    while target is not None and target not in seen and len(seen) <= MAX_CHAIN:
        seen.add(target)
        node = _node(connection, tenant, nodes, target)
        if node is None:
            break
        found |= node.mentions
        target = node.target
    return found


def _node(
    connection: Connection, tenant: UUID, nodes: dict[UUID, _Node | None], identity: UUID
) -> _Node | None:
    if identity not in nodes:
        row = connection.execute(
            select(Statement.sid, Statement.body).where(
                Statement.tenant == tenant, Statement.id == identity
            )
        ).one_or_none()
        nodes[identity] = None
        if row is not None:
            statement = parse.value(row.body)
            nodes[identity] = _Node(
                row.sid,
                references.mentions(statement, statement["authority"]),
                references.target(statement),
                references.voids(statement),
            )
    return nodes[identity]


def _void(
    connection: Connection,
    tenant: UUID,
    nodes: dict[UUID, _Node | None],
    sid: int,
    one: Prepared,
    referrers: dict[UUID, list[_Referrer]],
) -> None:
    """Void what this statement voids, and this statement where it was voided before it came."""
    voided: list[tuple[int, int]] = []
    if one.voids and one.target is not None:
        node = _node(connection, tenant, nodes, one.target)
        if node is not None and not node.voids:
            voided.append((node.sid, sid))
    if not one.voids:
        by = [referrer.sid for referrer in referrers.get(one.id, ()) if referrer.voids]
        if by:
            voided.append((sid, min(by)))
    for target, voider in voided:
        connection.execute(
            update(Statement)
            .where(Statement.sid == target, Statement.voided_by.is_(None))
            .values(voided_by=voider)
        )


def _pass_on(connection: Connection, tenant: UUID, gains: dict[int, set[Mention]]) -> None:
    """Let statements be found by what they have gained, some at a time: there may be very many."""
    add = (sqlite if connection.dialect.name == "sqlite" else postgresql).refer
    ring = keys.Keyring(tenant)
    found_by: dict[tuple[int, bytes], list[int]] = {}
    for sid in sorted(gains):
        for kind, text in gains[sid]:
            found_by.setdefault((int(kind), ring[text]), []).append(sid)
    rows = ((kind, key, sid) for (kind, key), sids in sorted(found_by.items()) for sid in sids)
    while some := list(islice(rows, _AT_ONCE)):  # in the order of the table's key
        add(connection, some)
