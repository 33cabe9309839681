"""Up to which moment everything stored is visible to a reader: X-Experience-API-Consistent-Through.

xAPI 1.0.3 Communication 2.1.3, IEEE 9274.1.1 4.1.6.1. Ask before reading, in a statement of its
own. On PostgreSQL it is also the horizon of readers who follow by `since`: a transaction that is
still open can only bring sids at or after it.
"""

import fcntl
import os

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import beneath
from xapi.statements import times
from xapi.store.tables import Statement

POSTGRESQL = """
SELECT set_config('twofold.through', through.now::text, true),
  set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)
FROM (
  SELECT (extract(epoch FROM least(statement_timestamp(), min(xact_start))) * 1e6)::bigint AS now
  FROM pg_stat_activity
  WHERE backend_xid IS NOT NULL AND datname = current_database()
) AS through
"""
"""Asks PostgreSQL, and leaves the answer in the transaction as `twofold.through`: a list that is
asked in the same breath can read it there. And the planner is asked, until the transaction ends,
to walk an index in the order of the answer; from statistics that are missing or old it would gather
and sort all."""
_POSTGRESQL = text(POSTGRESQL)


def through(session: Session) -> int:
    """Microseconds since 1970: all that was stored before can be read now."""
    if session.get_bind().dialect.name != "sqlite":
        return int(beneath(session).execute(_POSTGRESQL).scalar_one())
    now = times.since_1970(clock.now())
    if _nobody_writes(session):
        return now
    return int(session.execute(select(func.max(Statement.sid))).scalar() or 0)


def _nobody_writes(session: Session) -> bool:
    """Whether the file at which SQLite's writers queue (foundation.db) is free."""
    database = session.get_bind().engine.url.database or ""
    descriptor = os.open(os.path.abspath(database) + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
