"""Step 0015: a direct mention is not kept as a related one too, and comes back on the way down."""

from alembic import command
from sqlalchemy import text

from foundation.db import EVERY_TENANT, Database
from lti_tool import schema
from tests.migrations.test_steps import empty

__all__ = ["empty"]

ACTOR, OTHER = b"a" * 16, b"b" * 16
BEFORE = {
    (1, ACTOR, 7), (2, ACTOR, 7), (2, OTHER, 7), (3, OTHER, 7), (4, ACTOR, 7), (5, ACTOR, 7),
    (5, ACTOR, 8), (6, ACTOR, 7),
}  # fmt: skip
AFTER = BEFORE - {(2, ACTOR, 7), (5, ACTOR, 7)}


def references(database: Database) -> set[tuple[int, bytes, int]]:
    with database.reading(EVERY_TENANT) as session:
        rows = session.execute(text("SELECT kind, hash, sid FROM xapi_reference"))
        return {(kind, bytes(key), sid) for kind, key, sid in rows}


def test_only_second_mentions_go_and_they_come_back(empty: Database) -> None:
    schema.upgrade(empty, "0014")
    with empty.writing(EVERY_TENANT) as session:
        session.connection().execute(
            text("INSERT INTO xapi_reference (kind, hash, sid) VALUES (:kind, :hash, :sid)"),
            [{"kind": kind, "hash": key, "sid": sid} for kind, key, sid in sorted(BEFORE)],
        )
    schema.upgrade(empty, "0015")
    assert references(empty) == AFTER
    config = schema.alembic_config()
    with empty.migrating() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0014")
    assert references(empty) == BEFORE
