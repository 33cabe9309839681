"""Removing statements for good, with all that hangs on them.

References, what they point at, bytes that nobody else has, descriptions of what nobody mentions
any more, what targets said of them; and what other statements were found by only through them. What
stays is the id, where a forwarding target may have to hear of a voiding.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import bindparam, delete, exists, select
from sqlalchemy.orm import Session, aliased

from foundation.db import beneath
from xapi.privacy import attachments
from xapi.statements import references
from xapi.statements.references import Kind, Mention
from xapi.store import keys, links
from xapi.store.tables import Attached, Description, Reference, Statement, Target
from xapi.transfer import gone
from xapi.transfer.tables import ForwardRefusal, ForwardTarget

_DESCRIBED = tuple(map(int, (Kind.AGENT, Kind.RELATED_AGENT, Kind.ACTIVITY, Kind.RELATED_ACTIVITY)))
_QUIETLY = {"synchronize_session": False}
_AT_ONCE = 10_000
_FARTHEST = 2 * links.MAX_CHAIN
"""So many StatementRefs at most lie between a statement and what it is found by: whatever comes
between others joins what is as far above it as MAX_CHAIN with what is as far below."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """An old statement, and what is needed to find its other rows."""

    sid: int
    id: UUID
    mentions: frozenset[Mention]
    target: UUID | None
    voids: bool


def page(session: Session, tenant: UUID, limit: int, last: int, most: int) -> list[Expiring]:
    """The next statements of a tenant that were stored before `limit` (µs), from a sid on."""
    rows = session.execute(
        select(Statement.sid, Statement.id, Statement.body)
        .where(Statement.tenant == tenant, Statement.sid < limit, Statement.sid > last)
        .order_by(Statement.sid)
        .limit(most)
    )
    return [_read(row.sid, row.id, row.body) for row in rows]


def remove(session: Session, tenant: UUID, limit: int, some: Sequence[Expiring]) -> tuple[int, int]:
    """Remove these but for voidings of what stays; how many statements and attachments went.

    Call it with the tenant's writers kept out (wiping.alone).
    """
    staying = _staying(session, tenant, limit, some)
    doomed = [one for one in some if not (one.voids and one.target in staying)]
    if not doomed:
        return 0, 0
    sids, ids = [one.sid for one in doomed], [one.id for one in doomed]
    known: _Known = {one.id: one for one in doomed}
    stale = _references(session, doomed, tenant, known)
    stale |= _found_through(session, tenant, doomed, known)
    _forget(session, stale)
    for one in doomed:
        if one.target is not None:
            session.execute(
                delete(Target).where(
                    Target.tenant == tenant, Target.target == one.target, Target.sid == one.sid
                )
            )
    digests = set(session.scalars(select(Attached.sha2).where(Attached.sid.in_(sids))))
    session.execute(delete(Attached).where(Attached.sid.in_(sids)).execution_options(**_QUIETLY))
    session.execute(delete(Statement).where(Statement.sid.in_(sids)).execution_options(**_QUIETLY))
    gone.note(session, tenant, map(_for_targets, doomed))
    own = select(ForwardTarget.id).where(ForwardTarget.tenant == tenant)
    session.execute(
        delete(ForwardRefusal)
        .where(ForwardRefusal.statement_id.in_(ids), ForwardRefusal.target_id.in_(own))
        .execution_options(**_QUIETLY)
    )
    _forget_descriptions(session, {key for kind, key, _ in stale if kind in _DESCRIBED})
    return len(doomed), attachments.forget_unused(session, tenant, digests)


_Stale = set[tuple[int, bytes, int]]
"""Rows of the reference table: kind, hash, sid."""
_Known = dict[UUID, Expiring | None]
"""Statements that were read already: very many may point at one, and each asks for it."""


def _read(sid: int, identity: UUID, body: str) -> Expiring:
    statement = orjson.loads(body)
    return Expiring(
        sid,
        identity,
        references.mentions(statement, statement["authority"]),
        references.target(statement),
        references.voids(statement),
    )


def _for_targets(one: Expiring) -> gone.Removed:
    verb = next(text for kind, text in one.mentions if kind is Kind.VERB)
    about = (Kind.ACTIVITY, Kind.RELATED_ACTIVITY)
    return gone.Removed(one.id, verb, frozenset(t for kind, t in one.mentions if kind in about))


def _staying(session: Session, tenant: UUID, limit: int, some: Sequence[Expiring]) -> set[UUID]:
    targets = {one.target for one in some if one.voids}
    return set(
        session.scalars(
            select(Statement.id).where(
                Statement.tenant == tenant, Statement.id.in_(targets), Statement.sid >= limit
            )
        )
    )


def _references(
    session: Session, doomed: Sequence[Expiring], tenant: UUID, known: _Known
) -> _Stale:
    """Every reference of these, also what they are found by through their targets."""
    ring = keys.Keyring(tenant)
    return {
        (int(kind), ring[text], one.sid)
        for one in doomed
        for kind, text in one.mentions | _below(session, tenant, one.target, frozenset(), known)
    }


def _found_through(
    session: Session, tenant: UUID, doomed: Sequence[Expiring], known: _Known
) -> _Stale:
    """What statements that stay are found by only because they point at these."""
    without = frozenset(one.id for one in doomed)
    ring = keys.Keyring(tenant)
    stale: _Stale = set()
    for one in _referrers(session, tenant, without):
        before = _below(session, tenant, one.target, frozenset(), known)
        after = _below(session, tenant, one.target, without, known) | one.mentions
        stale |= {(int(kind), ring[text], one.sid) for kind, text in before - after}
    return stale


def _referrers(session: Session, tenant: UUID, doomed: Collection[UUID]) -> Iterator[Expiring]:
    """The statements that stay and point at these, or at what points at these."""
    found: dict[UUID, int] = {}
    level = list(doomed)
    for _ in range(_FARTHEST):
        rows = links.pointing_at(beneath(session), tenant, level)
        level = [identity for _, _, identity, _ in rows if identity not in found]
        found |= {identity: sid for _, sid, identity, _ in rows}
        if not level:
            break
    sids = [sid for identity, sid in found.items() if identity not in doomed]
    columns = select(Statement.sid, Statement.id, Statement.body)
    for start in range(0, len(sids), _AT_ONCE):
        some = sids[start : start + _AT_ONCE]
        for row in session.execute(columns.where(Statement.sid.in_(some))):
            yield _read(row.sid, row.id, row.body)


def _below(
    session: Session,
    tenant: UUID,
    target: UUID | None,
    without: Collection[UUID],
    known: _Known,
) -> frozenset[Mention]:
    """What is mentioned by what a statement points at, and by what that points at, and so on."""
    found: frozenset[Mention] = frozenset()
    seen: set[UUID] = set()
    while target is not None and target not in seen and target not in without:
        if len(seen) == _FARTHEST:
            break
        seen.add(target)
        one = _one(session, tenant, target, known)
        if one is None:
            break
        found |= one.mentions
        target = one.target
    return found


def _one(session: Session, tenant: UUID, identity: UUID, known: _Known) -> Expiring | None:
    if identity not in known:
        row = session.execute(
            select(Statement.sid, Statement.id, Statement.body).where(
                Statement.tenant == tenant, Statement.id == identity
            )
        ).one_or_none()
        known[identity] = None if row is None else _read(*row)
    return known[identity]


def _forget(session: Session, stale: _Stale) -> None:
    """Delete reference rows by their whole key: the table has no other way to them."""
    if not stale:
        return
    table = Reference.__table__
    beneath(session).execute(
        delete(Reference).where(
            table.c.kind == bindparam("a_kind"),
            table.c.hash == bindparam("a_hash"),
            table.c.sid == bindparam("a_sid"),
        ),
        [{"a_kind": kind, "a_hash": key, "a_sid": sid} for kind, key, sid in sorted(stale)],
    )


def _forget_descriptions(session: Session, described: Collection[bytes]) -> None:
    still = aliased(Reference)
    waiting = sorted(described)
    for start in range(0, len(waiting), _AT_ONCE):
        session.execute(
            delete(Description)
            .where(
                Description.key.in_(waiting[start : start + _AT_ONCE]),
                ~exists(
                    select(still.sid).where(
                        still.kind.in_(_DESCRIBED), still.hash == Description.key
                    )
                ),
            )
            .execution_options(**_QUIETLY)
        )
