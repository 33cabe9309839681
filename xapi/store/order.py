"""What is to be stored, with all that can be computed before a transaction is open; pure.

The keys of what statements mention and describe are hashes; on SQLite nobody else can write while
a transaction that computes them is open.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from xapi.statements.prepare import Prepared
from xapi.store import descriptions, keys
from xapi.store.descriptions import Row


@dataclass(frozen=True, slots=True)
class Order:
    """Statements of one tenant, and the rows that go with them."""

    tenant: UUID
    prepared: Sequence[Prepared]
    new: dict[UUID, Prepared]
    """The first with each id, in their order; `place` below counts in it."""
    authorities: list[bytes]
    """The key of the authority of each of `new`."""
    mentions: list[tuple[int, bytes, int]]
    """What they mention: kind, key, place."""
    said: list[Row]
    """What they describe; nothing where their credential may not."""


def order(tenant: UUID, prepared: Sequence[Prepared], *, describes: bool = True) -> Order:
    """Prepare to store these for a tenant."""
    firsts: dict[UUID, Prepared] = {}
    for one in prepared:
        firsts.setdefault(one.id, one)
    new = list(firsts.values())
    ring = keys.Keyring(tenant)
    return Order(
        tenant=tenant,
        prepared=prepared,
        new=firsts,
        authorities=[ring[one.authority] for one in new],
        mentions=[
            (int(kind), ring[text], place)
            for place, one in enumerate(new)
            for kind, text in one.mentions
        ],
        said=descriptions.rows(ring, new) if describes else [],
    )


def joined(several: Sequence[Order]) -> Order:
    """One order for all of these, of one tenant, in their sequence."""
    if len(several) == 1:
        return several[0]
    whole = Order(several[0].tenant, [], {}, [], [], [])
    prepared: list[Prepared] = []
    for one in several:
        places: dict[int, int] = {}  # where each that is new stands in the whole
        for place, (identity, statement) in enumerate(one.new.items()):
            if identity not in whole.new:
                places[place] = len(whole.new)
                whole.new[identity] = statement
                whole.authorities.append(one.authorities[place])
        prepared += one.prepared
        whole.mentions.extend(
            (kind, key, places[place]) for kind, key, place in one.mentions if place in places
        )
        whole.said.extend(
            (key, digest, places[place], text)
            for key, digest, place, text in one.said
            if place in places
        )
    return replace(whole, prepared=prepared)
