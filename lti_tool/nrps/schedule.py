"""The schedule: reads class lists that are due, one after the other, for ever.

Runs beside the delivery of grades, in as many processes as there are. An LMS in trouble is left
alone for a moment, so that the others' lists do not wait for it.
"""

import threading

import structlog

from lti_tool.delivery.lanes import Lanes
from lti_tool.nrps.leases import due, take
from lti_tool.nrps.refresh import refresh
from lti_tool.services import Services

IDLE = 5.0
"""Seconds between two looks at what is due."""
_log = structlog.get_logger("twofold")


def run(services: Services, stop: threading.Event, idle: float = IDLE) -> None:
    """Read what is due until `stop` is set."""
    lanes = Lanes()
    while not stop.is_set():
        try:
            found = step(services, lanes)
        except Exception as error:  # noqa: BLE001
            # One list, or a database that is away, must not end the schedule.
            _log.exception("roster.unexpected", kind=type(error).__name__)
            found = False
        if not found:
            stop.wait(idle)


def step(services: Services, lanes: Lanes | None = None) -> bool:
    """Read one list that is due, if there is one; whether there was."""
    lanes = lanes or Lanes()
    waiting = due(services.db)
    registration_id = lanes.enter({each for each, _ in waiting})
    if registration_id is None:
        return False
    try:
        context_pk = next(context for each, context in waiting if each == registration_id)
        reading = take(services.db, context_pk)
        if reading is None:
            return True
        failure = refresh(services, reading)
        if failure is not None and failure.everybody:
            lanes.in_trouble(registration_id, failure.wait)
        else:
            lanes.answered(registration_id)
        return True
    finally:
        lanes.leave(registration_id)
