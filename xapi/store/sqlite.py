"""How SQLite stores: the writer holds the only write lock, so sids are simply counted on.

Commit order is the order of sids: whoever has seen one sid has seen all before it.
"""

import json
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.engine import Connection

from foundation import clock
from xapi.statements import times
from xapi.statements.prepare import Prepared
from xapi.store import keys
from xapi.store.descriptions import Row


def insert(
    connection: Connection, tenant: UUID, new: Sequence[Prepared], said: Sequence[Row]
) -> dict[UUID, int]:
    """Store those whose id is free, and what they say; returns the sid of each that was stored."""
    rows = connection.exec_driver_sql(
        "SELECT id FROM xapi_statement WHERE tenant = ? AND id IN (SELECT value FROM json_each(?))",
        (tenant.hex, _listed(one.id for one in new)),
    )
    taken = {row[0] for row in rows}
    fresh = [one for one in new if one.id.hex not in taken]
    if not fresh:
        return {}
    last = connection.exec_driver_sql("SELECT max(sid) FROM xapi_statement").scalar() or 0
    first = max(last + 1, times.since_1970(clock.now()))
    numbered = list(enumerate(fresh, first))
    ring = keys.Keyring(tenant)
    connection.exec_driver_sql(
        "INSERT INTO xapi_statement (sid, tenant, id, body, hash, moment, authority)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (sid, tenant.hex, one.id.hex, one.body, one.hash, one.moment,
             ring[one.authority])
            for sid, one in numbered
        ],
    )  # fmt: skip
    connection.exec_driver_sql(
        "INSERT INTO xapi_reference (kind, hash, sid) VALUES (?, ?, ?)",
        [(int(kind), ring[text], sid) for sid, one in numbered for kind, text in one.mentions],
    )
    stored = {one.id: sid for sid, one in numbered}
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


def referrers(
    connection: Connection, tenant: UUID, ids: Sequence[UUID]
) -> list[tuple[UUID, int, UUID, bool]]:
    """The statements that point at these: (the one pointed at, sid, id, whether it voids)."""
    rows = connection.exec_driver_sql(
        "SELECT xapi_target.target, xapi_target.sid, xapi_statement.id, xapi_target.voids"
        " FROM xapi_target JOIN xapi_statement ON xapi_statement.sid = xapi_target.sid"
        " WHERE xapi_target.tenant = ?"
        " AND xapi_target.target IN (SELECT value FROM json_each(?))",
        (tenant.hex, _listed(ids)),
    )
    return [(UUID(row[0]), row[1], UUID(row[2]), bool(row[3])) for row in rows]


def _listed(several: Iterable[UUID]) -> str:
    return json.dumps([each.hex for each in several])
