"""Reading a class list now: for the schedule, and for an instructor who asks.

Touches the LMS outside of any transaction, then people and enrolments through `work`.
"""

import threading
from uuid import UUID

import structlog
from sqlalchemy import select

from lti_tool import metrics
from lti_tool.delivery import limits
from lti_tool.nrps.course_list import Listed, read_course
from lti_tool.nrps.leases import Reading, settle, take
from lti_tool.nrps.reading import NotRead
from lti_tool.platforms.tables import LtiContext
from lti_tool.services import Services
from lti_tool.work import work

PATIENCE = 15.0
"""Seconds that an instructor waits; a longer reading goes on without them."""
_log = structlog.get_logger("twofold")


def read_again(
    services: Services, tenant_id: UUID, course_id: UUID, patience: float = PATIENCE
) -> None:
    """Read the course's list, unless it is being read; returns when done or out of patience."""
    context_pk = _context(services, tenant_id, course_id)
    reading = None if context_pk is None else take(services.db, context_pk, asked=True)
    if reading is None:
        return
    thread = threading.Thread(
        target=_refresh_in_thread, args=(services, reading), name="roster", daemon=True
    )
    thread.start()
    thread.join(patience)


def refresh(services: Services, reading: Reading) -> NotRead | None:
    """Read a list that was taken, and settle it; what went wrong, if it did."""
    outcome = _read(services, reading)
    kept = work(services, reading.tenant_id, lambda session: settle(session, reading, outcome))
    failure = outcome if isinstance(outcome, NotRead) else None
    if failure is not None:
        pause = failure.wait or limits.FIRST_PAUSE
        limits.note(services.db, reading.registration.id, failure.code, failure.wait, pause)
    metrics.roster_read("read" if failure is None else "later" if failure.later else "failed")
    _log.info(
        "roster",
        context=str(reading.context_pk),
        registration=str(reading.registration.id),
        code=failure.code if failure else "",
        members=0 if isinstance(outcome, NotRead) else len(outcome.members),
        lease_lost=not kept,
    )
    return failure


def _read(services: Services, reading: Reading) -> Listed | NotRead:
    try:
        return read_course(services.http, services.tokens, reading.registration, reading.source)
    except NotRead as error:
        return error
    except Exception as error:  # noqa: BLE001
        # One list that cannot be handled must not stop the others, nor be asked for ever again.
        _log.exception("roster.unexpected", kind=type(error).__name__)
        return NotRead("nrps.unexpected", "an error in this tool; see its log", later=True)


def _refresh_in_thread(services: Services, reading: Reading) -> None:
    try:
        refresh(services, reading)
    except Exception as error:  # noqa: BLE001
        # The lease runs out, and the list is read again.
        _log.exception("roster.unexpected", kind=type(error).__name__)


def _context(services: Services, tenant_id: UUID, course_id: UUID) -> UUID | None:
    with services.db.reading(tenant_id) as session:
        found: UUID | None = session.scalar(
            select(LtiContext.id)
            .where(LtiContext.course_id == course_id, LtiContext.memberships_url.is_not(None))
            .order_by(LtiContext.created_at, LtiContext.id)
            .limit(1)
        )
        return found
