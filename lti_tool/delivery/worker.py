"""The worker: takes grades that are due, delivers them, writes down how it went, for ever.

Several may run, in this process and in others. Touches the outbox and, through sending.py, the
LMSs; a post is never made inside a transaction.
"""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from lti_tool import metrics
from lti_tool.delivery.lanes import Lanes
from lti_tool.delivery.leases import LEASE, settle, take, waiting_registrations
from lti_tool.delivery.sending import Delivered, Job, Later, Outcome, send
from lti_tool.services import Services

THREADS = 4
IDLE = 0.5
"""Seconds between two looks at an empty outbox."""
_TROUBLE = 2.0
_log = structlog.get_logger("twofold")


def run(services: Services, stop: threading.Event, *, lease: timedelta = LEASE) -> None:
    """Deliver until `stop` is set, then finish what was begun."""
    lanes = Lanes()
    free = threading.Semaphore(THREADS)

    def ended(future: Future[None]) -> None:
        free.release()
        if (error := future.exception()) is not None:
            _log.error("delivery.unexpected", kind=type(error).__name__, exc_info=error)

    with ThreadPoolExecutor(THREADS, thread_name_prefix="delivery") as pool:
        while not stop.is_set():
            if not free.acquire(timeout=IDLE):
                continue
            job, pause = None, IDLE
            try:
                job = _take(services, lanes, lease)
            except SQLAlchemyError as error:
                _log.error("delivery.database", kind=type(error).__name__)
                pause = _TROUBLE
            if job is None:
                free.release()
                stop.wait(pause)
            else:
                pool.submit(_deliver, services, lanes, job).add_done_callback(ended)


def step(services: Services, lanes: Lanes | None = None, *, lease: timedelta = LEASE) -> bool:
    """Deliver one grade that is due, if there is one; whether there was."""
    lanes = lanes or Lanes()
    job = _take(services, lanes, lease)
    if job is None:
        return False
    _deliver(services, lanes, job)
    return True


def _take(services: Services, lanes: Lanes, lease: timedelta) -> Job | None:
    registration_id = lanes.enter(waiting_registrations(services.db))
    if registration_id is None:
        return None
    job = None
    try:
        job = take(services.db, registration_id, lease)
    finally:
        if job is None:
            lanes.leave(registration_id)
    return job


def _deliver(services: Services, lanes: Lanes, job: Job) -> None:
    registration_id = job.registration.id
    try:
        outcome = _sent(services, job)
        if isinstance(outcome, Later) and outcome.everybody:
            lanes.in_trouble(registration_id, outcome.wait)
        else:
            lanes.answered(registration_id)
        metrics.delivered(type(outcome).__name__.lower())
        _report(registration_id, job, outcome, kept=settle(services.db, job, outcome))
    except SQLAlchemyError as error:
        # The lease runs out, and the next worker looks before it posts.
        _log.error("delivery.database", kind=type(error).__name__, delivery=str(job.id))
    finally:
        lanes.leave(registration_id)


def _sent(services: Services, job: Job) -> Outcome:
    try:
        return send(services.http, services.tokens, job)
    except Exception as error:  # noqa: BLE001
        # One grade that cannot be handled must not stop the others, nor be forgotten.
        _log.exception("delivery.unexpected", kind=type(error).__name__, delivery=str(job.id))
        return Later("delivery.unexpected", "an error in this tool; see its log", uncertain=True)


def _report(registration_id: UUID, job: Job, outcome: Outcome, *, kept: bool) -> None:
    _log.info(
        "delivery",
        delivery=str(job.id),
        registration=str(registration_id),
        outcome=type(outcome).__name__.lower(),
        code="" if isinstance(outcome, Delivered) else outcome.code,
        lease_lost=not kept,
    )
