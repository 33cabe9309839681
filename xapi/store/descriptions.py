"""What is known of activities and agents: distinct descriptions, read together when asked for.

Storing adds a row only for a description that is new, so unchanged ones cost one look into an
index; nothing is ever updated, so writers do not wait for each other. Rows go in sorted.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from xapi.statements import describe, spelling
from xapi.statements.prepare import Prepared
from xapi.store import keys
from xapi.store.tables import Description

MOST = 500
"""How many descriptions of one thing are read together; an arbitrary choice where there are more,
so that a client whose definitions never repeat cannot make the reading dear."""

Row = tuple[bytes, bytes, int, str]
"""Key, hash, the place of the statement among those given, text."""


def rows(ring: keys.Keyring, new: Sequence[Prepared]) -> list[Row]:
    """What statements describe, each description once, in the order in which to insert."""
    found: dict[tuple[str, str], int] = {}
    for place, one in enumerate(new):
        for description in one.descriptions:
            found.setdefault(description, place)
    return sorted(
        (ring[about], digest(text), place, text) for (about, text), place in found.items()
    )


def digest(text: str) -> bytes:
    """Sixteen bytes by which a description is known beside what it is of."""
    return blake2b(text.encode(), digest_size=16).digest()


def definitions(
    session: Session, tenant: UUID, activities: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """The canonical definition of each activity that has one; numbers keep their spelling."""
    found = {}
    for activity in activities:
        said = _said(session, keys.key(tenant, activity))
        if said:
            found[activity] = describe.definition(said)
    return found


def names(session: Session, tenant: UUID, agent: str) -> list[str]:
    """Every name of an agent, given by its canonical identifier, the first one first."""
    return _said(session, keys.key(tenant, agent))


def _said(session: Session, key: bytes) -> list[Any]:
    """What was said about a thing, the oldest first."""
    query = select(Description.sid, Description.text).where(Description.key == key)
    rows = session.execute(query.order_by(Description.hash).limit(MOST)).all()
    return [spelling.read(row.text) for row in sorted(rows, key=lambda row: row.sid)]
