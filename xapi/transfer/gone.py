"""Which of the statements that retention removed a target wanted: their voidings still go to it.

Touches the tables of forwarding. A voiding names nothing but the id of what it voids, so once that
is removed nobody could say any more whether a filter took it. An id and a target tell of nobody. A
target without a filter needs no such rows: it gets every voiding anyway.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.db import insert_into
from xapi.transfer.outgoing import Filter
from xapi.transfer.tables import ForwardGone, ForwardTarget


@dataclass(frozen=True, slots=True)
class Removed:
    """What a filter looks at in a statement that goes."""

    id: UUID
    verb: str
    activities: frozenset[str]


def note(session: Session, tenant: UUID, statements: Iterable[Removed]) -> None:
    """Remember for each target which of these its filter takes; in their removal's transaction."""
    every = list(statements)
    targets = select(ForwardTarget.id, ForwardTarget.verbs, ForwardTarget.activities)
    for target in session.execute(targets.where(ForwardTarget.tenant == tenant)):
        wanted = Filter(frozenset(target.verbs), frozenset(target.activities))
        rows = [
            {"target_id": target.id, "statement_id": one.id}
            for one in every
            if wanted.narrows and wanted.passes(one.verb, one.activities)
        ]
        if rows:
            gone = insert_into(session, ForwardGone).on_conflict_do_nothing()
            session.execute(gone, rows)


def wanted_of(session: Session, target: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Those of these ids that were removed and that the target's filter took."""
    if not ids:
        return set()
    query = select(ForwardGone.statement_id)
    query = query.where(ForwardGone.target_id == target, ForwardGone.statement_id.in_(ids))
    return set(session.scalars(query))
