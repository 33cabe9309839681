"""How SQLite stores: the writer holds the only write lock, so sids are simply counted on.

Commit order is the order of sids: whoever has seen one sid has seen all before it.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from foundation import clock
from xapi.statements import times
from xapi.statements.prepare import Prepared
from xapi.store import keys
from xapi.store.descriptions import Row
from xapi.store.tables import Statement


def insert(
    connection: Connection, tenant: UUID, new: Sequence[Prepared], said: Sequence[Row]
) -> dict[UUID, int]:
    """Store those whose id is free, and what they say; returns the sid of each that was stored."""
    wanted = [one.id for one in new]
    taken = set(
        connection.scalars(
            select(Statement.id).where(Statement.tenant == tenant, Statement.id.in_(wanted))
        )
    )
    fresh = [one for one in new if one.id not in taken]
    if not fresh:
        return {}
    last = connection.scalar(select(func.max(Statement.sid))) or 0
    first = max(last + 1, times.since_1970(clock.now()))
    stored = {one.id: sid for sid, one in enumerate(fresh, first)}
    connection.exec_driver_sql(
        "INSERT INTO xapi_statement (sid, tenant, id, body, hash, moment, authority)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (stored[one.id], tenant.hex, one.id.hex, one.body, one.hash, one.moment,
             keys.key(tenant, one.authority))
            for one in fresh
        ],
    )  # fmt: skip
    connection.exec_driver_sql(
        "INSERT INTO xapi_reference (kind, hash, sid) VALUES (?, ?, ?)",
        [
            (int(kind), keys.key(tenant, text), stored[one.id])
            for one in fresh
            for kind, text in one.mentions
        ],
    )
    described = [
        (key, digest, tenant.hex, stored[new[place].id], text)
        for key, digest, place, text in said
        if new[place].id in stored
    ]
    if described:
        connection.exec_driver_sql(
            "INSERT OR IGNORE INTO xapi_description (key, hash, tenant, sid, text)"
            " VALUES (?, ?, ?, ?, ?)",
            described,
        )
    return stored
