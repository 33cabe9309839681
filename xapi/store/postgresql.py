"""What PostgreSQL has beyond the common tables, and how it stores: sids, xid, one INSERT.

The DDL runs after the tables exist (`create_all` does it by itself; a migration repeats the text).
`xapi_sid` hands out sids inside the INSERT: a transaction id first, so that a follower sees the
transaction, then the sid under a lock that is held for microseconds.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.engine import Connection

from xapi.store import keys
from xapi.store.order import Order
from xapi.store.tables import Base

INSTALL = (
    "ALTER TABLE xapi_statement ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()",
    "CREATE INDEX ix_xapi_statement_xid_sid ON xapi_statement (xid, sid)",
    "CREATE SEQUENCE xapi_sid_sequence AS bigint MINVALUE 0 START 0",
    """
CREATE FUNCTION xapi_sid(tenant_lock integer, alone boolean, many integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  first bigint;
BEGIN
  PERFORM pg_current_xact_id();
  IF alone THEN
    PERFORM pg_advisory_xact_lock(7020003, tenant_lock);
  ELSE
    PERFORM pg_advisory_xact_lock_shared(7020003, tenant_lock);
  END IF;
  BEGIN
    PERFORM pg_advisory_lock(7020002);
    SELECT greatest(last_value + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
      INTO first FROM xapi_sid_sequence;
    PERFORM setval('xapi_sid_sequence', first + many - 1);
    PERFORM pg_advisory_unlock(7020002);
  EXCEPTION WHEN query_canceled OR OTHERS THEN
    PERFORM pg_advisory_unlock(7020002);
    RAISE;
  END;
  RETURN first;
END
$$
""",
    """
CREATE FUNCTION xapi_pointed_at(owner uuid, ids uuid[], after bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM xapi_target WHERE tenant = owner AND target = ANY(ids));
END
$$
""",
)
"""Run once, after the tables were created. `alone` keeps a tenant's other writers out until commit:
for statements that point at others, so that neither of a pair misses the other. What is volatile
looks with a snapshot of its own, taken after that lock was waited for (`after` makes it follow)."""

UNINSTALL = (
    "DROP FUNCTION xapi_pointed_at",
    "DROP FUNCTION xapi_sid",
    "DROP SEQUENCE xapi_sid_sequence",
)
"""Run after the tables were dropped."""

UNMAPPED = frozenset({"xid", "ix_xapi_statement_xid_sid"})
"""What a comparison of models and database must overlook."""


@event.listens_for(Base.metadata, "after_create")
def _install(_metadata: object, connection: Connection, **_arguments: object) -> None:
    if connection.dialect.name != "postgresql":
        return
    if connection.execute(text("SELECT to_regclass('xapi_sid_sequence')")).scalar() is None:
        for statement in INSTALL:
            connection.execute(text(statement))


def together(
    connection: Connection, first: str, second: str, given: Mapping[str, Any]
) -> tuple[Any, list[Any]]:
    """A value and some rows: two questions, sent in one go and in one transaction.

    One wait for the server instead of up to four, which is a good part of the time of a short
    answer.
    """
    driver: Any = connection.connection.driver_connection
    with driver.pipeline():
        value, rows = driver.execute(first), driver.execute(second, given)
    return value.fetchone()[0], rows.fetchall()


_INSERT = """
WITH base AS MATERIALIZED (SELECT xapi_sid(%(lock)s, %(alone)s, %(many)s) AS sid),
fresh AS (
  INSERT INTO xapi_statement (sid, tenant, id, body, hash, moment, authority)
  SELECT base.sid + given.place - 1, %(tenant)s, given.id, given.body, given.hash, given.moment,
         given.authority
  FROM base, unnest(%(ids)b::uuid[], %(bodies)b::text[], %(hashes)b::bytea[],
                    %(moments)b::bigint[], %(authorities)b::bytea[])
       WITH ORDINALITY AS given (id, body, hash, moment, authority, place)
  ORDER BY given.id
  ON CONFLICT (tenant, id) DO NOTHING
  RETURNING sid, id
), mentioned AS (
  INSERT INTO xapi_reference (kind, hash, sid)
  SELECT mention.kind, mention.hash, fresh.sid
  FROM unnest(%(kinds)b::smallint[], %(keys)b::bytea[], %(owners)b::int[])
       AS mention (kind, hash, owner)
  JOIN fresh ON fresh.id = (%(ids)b::uuid[])[mention.owner]
), described AS (
  INSERT INTO xapi_description (key, hash, tenant, sid, text)
  SELECT said.key, said.hash, %(tenant)s, fresh.sid, said.text
  FROM unnest(%(abouts)b::bytea[], %(digests)b::bytea[], %(sayers)b::int[], %(texts)b::text[])
       AS said (key, hash, owner, text)
  JOIN fresh ON fresh.id = (%(ids)b::uuid[])[said.owner]
  ORDER BY said.key, said.hash
  ON CONFLICT DO NOTHING
)
SELECT id, sid, NULL AS pointed_at FROM fresh
UNION ALL
SELECT NULL, NULL, xapi_pointed_at(%(tenant)s, %(ids)b, base.sid) FROM base
"""


def insert(connection: Connection, wanted: Order) -> tuple[dict[UUID, int], bool]:
    """Store those whose id is free, and what they say.

    Returns the sid of each that was stored, and whether any statement points at one of them.

    Rows go in by id, so that two batches with the same ids queue instead of deadlocking; their
    sids keep the order of the batch. Descriptions go in by key, after all statements.
    """
    new = list(wanted.new.values())
    rows = connection.exec_driver_sql(
        _INSERT,
        {
            "lock": keys.lock(wanted.tenant),
            "alone": any(one.target for one in new),
            "many": len(new),
            "tenant": wanted.tenant,
            "ids": [one.id for one in new],
            "bodies": [one.body for one in new],
            "hashes": [one.hash for one in new],
            "moments": [one.moment for one in new],
            "authorities": wanted.authorities,
            "kinds": [kind for kind, _, _ in wanted.mentions],
            "keys": [key for _, key, _ in wanted.mentions],
            "owners": [place + 1 for _, _, place in wanted.mentions],
            "abouts": [key for key, _, _, _ in wanted.said],
            "digests": [digest for _, digest, _, _ in wanted.said],
            "sayers": [place + 1 for _, _, place, _ in wanted.said],
            "texts": [text for _, _, _, text in wanted.said],
        },
    )
    stored, pointed_at = {}, False
    for identity, sid, found in rows:
        if identity is None:
            pointed_at = found
        else:
            stored[identity] = sid
    return stored, pointed_at


_REFERRERS = """
SELECT xapi_target.target, xapi_target.sid, xapi_statement.id, xapi_target.voids
FROM xapi_target JOIN xapi_statement ON xapi_statement.sid = xapi_target.sid
WHERE xapi_target.tenant = %(tenant)s AND xapi_target.target = ANY(%(ids)b)
"""


def referrers(
    connection: Connection, tenant: UUID, ids: Sequence[UUID]
) -> list[tuple[UUID, int, UUID, bool]]:
    """The statements that point at these: (the one pointed at, sid, id, whether it voids)."""
    rows = connection.exec_driver_sql(_REFERRERS, {"tenant": tenant, "ids": list(ids)})
    return [(row[0], row[1], row[2], row[3]) for row in rows]


_REFER = """
INSERT INTO xapi_reference (kind, hash, sid)
SELECT * FROM unnest(%(kinds)b::smallint[], %(keys)b::bytea[], %(sids)b::bigint[])
ON CONFLICT DO NOTHING
"""


def refer(connection: Connection, rows: Sequence[tuple[int, bytes, int]]) -> None:
    """Let statements be found by these (kind, key, sid), where they are not yet."""
    kinds, hashes, sids = (list(column) for column in zip(*rows, strict=True))
    connection.exec_driver_sql(_REFER, {"kinds": kinds, "keys": hashes, "sids": sids})
