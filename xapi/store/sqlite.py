"""How SQLite stores: the writer holds the only write lock, so sids are simply counted on.

Commit order is the order of sids: whoever has seen one sid has seen all before it.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Connection

from foundation import clock
from xapi.statements import times
from xapi.store.order import Order


def insert(connection: Connection, wanted: Order) -> tuple[dict[UUID, int], bool]:
    """Store those whose id is free, and what they say.

    Returns the sid of each that was stored, and whether a statement may point at one of them.
    """
    tenant = wanted.tenant.hex
    new = list(wanted.new.values())
    last = connection.exec_driver_sql("SELECT max(sid) FROM xapi_statement").scalar() or 0
    first = max(last + 1, times.since_1970(clock.now()))
    inserted = connection.exec_driver_sql(
        "INSERT OR IGNORE INTO xapi_statement (sid, tenant, id, body, hash, moment, authority)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (sid, tenant, one.id.hex, one.body, one.hash, one.moment, authority)
            for sid, one, authority in zip(count(first), new, wanted.authorities, strict=False)
        ],
    )
    sids = {place: first + place for place in range(len(new))}
    if inserted.rowcount < len(new):  # some ids were taken
        rows = connection.exec_driver_sql("SELECT sid FROM xapi_statement WHERE sid >= ?", (first,))
        held = {row[0] for row in rows}
        sids = {place: sid for place, sid in sids.items() if sid in held}
    if not sids:
        return {}, False
    connection.exec_driver_sql(
        "INSERT INTO xapi_reference (kind, hash, sid) VALUES (?, ?, ?)",
        [(kind, key, sids[place]) for kind, key, place in wanted.mentions if place in sids],
    )
    described = [
        (key, digest, tenant, sids[place], text)
        for key, digest, place, text in wanted.said
        if place in sids
    ]
    if described:
        connection.exec_driver_sql(
            "INSERT OR IGNORE INTO xapi_description (key, hash, tenant, sid, text)"
            " VALUES (?, ?, ?, ?, ?)",
            described,
        )
    return {new[place].id: sid for place, sid in sids.items()}, True


def rows(connection: Connection, question: str, given: Mapping[str, Any]) -> list[Any]:
    """The rows of a question that changes nothing, asked of the driver itself."""
    driver: Any = connection.connection.driver_connection
    found: list[Any] = driver.execute(question, given).fetchall()
    return found


def referrers(
    connection: Connection, tenant: UUID, ids: Sequence[UUID]
) -> list[tuple[UUID, int, UUID, bool]]:
    """The statements that point at these: (the one pointed at, sid, id, whether it voids)."""
    rows = connection.exec_driver_sql(
        "SELECT xapi_target.target, xapi_target.sid, xapi_statement.id, xapi_target.voids"
        " FROM xapi_target JOIN xapi_statement ON xapi_statement.sid = xapi_target.sid"
        " WHERE xapi_target.tenant = ?"
        " AND xapi_target.target IN (SELECT value FROM json_each(?))",
        (tenant.hex, json.dumps([each.hex for each in ids])),
    )
    return [(UUID(row[0]), row[1], UUID(row[2]), bool(row[3])) for row in rows]


def refer(connection: Connection, rows: Sequence[tuple[int, bytes, int]]) -> None:
    """Let statements be found by these (kind, key, sid), where they are not yet."""
    connection.exec_driver_sql(
        "INSERT OR IGNORE INTO xapi_reference (kind, hash, sid) VALUES (?, ?, ?)", list(rows)
    )
