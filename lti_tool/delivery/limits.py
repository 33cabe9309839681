"""What an LMS has said of its limits to one process, so that all of them leave it alone.

Touches lms_limit: one row for each LMS that ever had a limit, written when it says so and never
for a grade.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT, Database, insert_into
from lti_tool.delivery.tables import LmsLimit

FIRST_PAUSE = 1.0
"""Seconds, where an LMS does not say how long."""
_LIMITS = ("ags.429", "ags.403", "nrps.429", "nrps.403")


def is_limit(code: str) -> bool:
    """Whether an LMS that could not be used said "too many"."""
    return code in _LIMITS


def note(db: Database, registration_id: UUID, code: str, wait: float | None, pause: float) -> None:
    """Have every process leave the LMS alone for `pause` seconds, where it asked for a pause.

    `code` and `wait` are the LMS's answer: a limit, or how many seconds it wants to be left alone.
    """
    if not (is_limit(code) or wait):
        return
    until = clock.now() + timedelta(seconds=pause)
    with db.writing(EVERY_TENANT) as session:
        session.execute(
            insert_into(session, LmsLimit)
            .values(registration_id=registration_id, until=until)
            .on_conflict_do_update(
                index_elements=["registration_id"],
                set_={"until": case((LmsLimit.until > until, LmsLimit.until), else_=until)},
            )
        )


def is_open(registration_id: Any, moment: datetime) -> ColumnElement[bool]:
    """A condition: the registration's LMS may be called at this moment."""
    closed = select(LmsLimit.registration_id).where(
        LmsLimit.registration_id == registration_id, LmsLimit.until > moment
    )
    return ~closed.exists()


def closed_until(session: Session, registration_id: UUID, moment: datetime) -> datetime | None:
    """Until when the LMS wants to be left alone; None where it may be called."""
    limit = session.get(LmsLimit, registration_id)
    return None if limit is None or limit.until <= moment else limit.until
