"""The worker: takes what is due, delivers it, writes down how it went, for ever.

Several may run, in this process and in others. Touches the outbox and, through sending.py and
arranging.py, the LMSs; a call is never made inside a transaction.
"""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from lti_tool import metrics
from lti_tool.delivery import limits
from lti_tool.delivery.arranging import arrange
from lti_tool.delivery.column_leases import settle_column
from lti_tool.delivery.jobs import Arranged, ColumnJob, Delivered, Job, Later, Outcome
from lti_tool.delivery.lanes import LONGEST_PAUSE, MOST_DOUBTFUL, PLACES, Lanes
from lti_tool.delivery.leases import (
    LEASE,
    LONGEST_AWAY,
    LONGEST_BACK_OFF,
    back_off,
    settle,
    take,
    waiting_lanes,
)
from lti_tool.delivery.sending import send
from lti_tool.services import Services

THREADS = 2 * (PLACES + MOST_DOUBTFUL)
"""So that some twenty LMSs may begin to hang at the same moment and all places be free again."""
IDLE = 0.5
"""Seconds between two looks at an empty outbox."""
_TROUBLE = 2.0
_log = structlog.get_logger("twofold")


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things take: seconds, and the time of a lease."""

    lease: timedelta = LEASE
    longest_back_off: float = LONGEST_BACK_OFF
    longest_pause: float = LONGEST_PAUSE


USUAL = Timing()


def run(services: Services, stop: threading.Event, timing: Timing = USUAL) -> None:
    """Deliver until `stop` is set, then finish what was begun."""
    lanes = Lanes(longest_pause=timing.longest_pause)
    free = threading.Semaphore(THREADS)
    place_is_free = threading.Event()

    def ended(future: Future[None]) -> None:
        free.release()
        place_is_free.set()
        if (error := future.exception()) is not None:
            _log.error("delivery.unexpected", kind=type(error).__name__, exc_info=error)

    with ThreadPoolExecutor(THREADS, thread_name_prefix="delivery") as pool:
        while not stop.is_set():
            if not free.acquire(timeout=IDLE):
                continue
            job, pause = None, None
            place_is_free.clear()
            try:
                job = _take(services, lanes, timing)
            except SQLAlchemyError as error:
                _log.error("delivery.database", kind=type(error).__name__)
                pause = _TROUBLE
            if job is None:
                free.release()
                if pause is None:
                    place_is_free.wait(lanes.opens_in(IDLE))
                else:
                    stop.wait(pause)
            else:
                pool.submit(_deliver, services, lanes, job, timing).add_done_callback(ended)


def step(services: Services, lanes: Lanes | None = None, timing: Timing = USUAL) -> bool:
    """Do one thing that is due, if there is one; whether there was."""
    lanes = lanes or Lanes()
    job = _take(services, lanes, timing)
    if job is None:
        return False
    _deliver(services, lanes, job, timing)
    return True


def _take(services: Services, lanes: Lanes, timing: Timing) -> Job | ColumnJob | None:
    """A job of the lane whose turn it is; where that has none after all, of the next."""
    waiting = waiting_lanes(services.db)
    while (registration_id := lanes.enter({each.registration_id for each in waiting})) is not None:
        job = None
        try:
            mine = {
                each.tenant_id: each for each in waiting if each.registration_id == registration_id
            }
            lane = mine[lanes.turn(registration_id, mine)]
            job = take(services.db, lane, timing.lease)
        finally:
            if job is None:
                lanes.leave(registration_id)
        if job is not None:
            return job
        waiting.remove(lane)
    return None


def _deliver(services: Services, lanes: Lanes, job: Job | ColumnJob, timing: Timing) -> None:
    registration_id = job.registration.id
    try:
        outcome = _done(services, job)
        if isinstance(outcome, Later) and outcome.everybody:
            limited = limits.is_limit(outcome.code)
            pause = lanes.in_trouble(registration_id, outcome.wait, limited=limited)
            limits.note(services.db, registration_id, outcome.code, outcome.wait, pause)
        else:
            lanes.answered(registration_id)
        kept = _settled(services, job, outcome, timing)
        if isinstance(job, Job):
            metrics.delivered(type(outcome).__name__.lower())
        _log.info(
            "delivery" if isinstance(job, Job) else "delivery.column",
            delivery=str(job.id),
            registration=str(registration_id),
            outcome=type(outcome).__name__.lower(),
            code="" if isinstance(outcome, Delivered | Arranged) else outcome.code,
            lease_lost=not kept,
        )
    except SQLAlchemyError as error:
        # The lease runs out, and the next worker looks before it posts.
        _log.error("delivery.database", kind=type(error).__name__, delivery=str(job.id))
    finally:
        lanes.leave(registration_id)


def _done(services: Services, job: Job | ColumnJob) -> Outcome | Arranged:
    try:
        if isinstance(job, Job):
            return send(services.http, services.tokens, job)
        return arrange(services.http, services.tokens, job)
    except Exception as error:  # noqa: BLE001
        # One grade that cannot be handled must not stop the others, nor be forgotten.
        _log.exception("delivery.unexpected", kind=type(error).__name__, delivery=str(job.id))
        return Later("delivery.unexpected", "an error in this tool; see its log", uncertain=True)


def _settled(
    services: Services, job: Job | ColumnJob, outcome: Outcome | Arranged, timing: Timing
) -> bool:
    longest = timing.longest_back_off
    if isinstance(outcome, Later) and outcome.everybody:
        longest = min(longest, LONGEST_AWAY)
    if isinstance(job, ColumnJob):
        assert not isinstance(outcome, Delivered)  # noqa: S101 - arrange() gives none
        pause = partial(back_off, longest=longest)
        return settle_column(services.db, job, outcome, back_off=pause)
    assert not isinstance(outcome, Arranged)  # noqa: S101 - send() gives none
    return settle(services.db, job, outcome, longest=longest)
