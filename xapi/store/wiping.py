"""What removing needs of each engine: no writer beside it, and nothing left on the disk.

SQLite leaves what was deleted in free pages and in its write-ahead log unless told otherwise;
PostgreSQL leaves it to its vacuum.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from foundation.db import Database, beneath
from xapi.store import keys
from xapi.store.tables import Base


def overwriting(session: Session) -> None:
    """Overwrite what this transaction deletes; first thing in it."""
    connection = beneath(session)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def alone(session: Session, tenant: UUID) -> None:
    """Keep the tenant's other writers of statements out until commit, and overwrite.

    First thing in a transaction that removes from the store, before any row is locked. Whoever
    stores holds the same lock, shared (postgresql.INSTALL); SQLite has but one writer.
    """
    overwriting(session)
    connection = beneath(session)
    if connection.dialect.name != "sqlite":
        taken = text("SELECT pg_advisory_xact_lock(7020003, :tenant)")
        connection.execute(taken, {"tenant": keys.lock(tenant)})


def settle(database: Database, also: Sequence[str] = ()) -> None:
    """Bring what was overwritten to the disk: empty SQLite's log, vacuum PostgreSQL's tables.

    `also`: tables outside of the store. Does what it can at once: where others are reading, the
    log is emptied by a later checkpoint.
    """
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                return
            for table in (*(table.name for table in Base.metadata.sorted_tables), *also):
                connection.exec_driver_sql(f'VACUUM "{table}"')
        except OperationalError:
            return
