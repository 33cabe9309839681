"""What the worker does every hour beside its work: keys turned over, log-ins and old records swept.

Any number of processes may do it; what is due is done once.
"""

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.admin import limits, sessions
from lti_tool.platforms import key_rotation
from lti_tool.privacy import keeping
from lti_tool.services import Services

IDLE = 3600.0
_TROUBLE = 60.0
_log = structlog.get_logger("twofold")


def run(services: Services, stop: threading.Event, idle: float = IDLE) -> None:
    """Do what is due, until `stop` is set."""
    while not stop.is_set():
        stop.wait(idle if step(services) else _TROUBLE)


def step(services: Services) -> bool:
    """Do what is due now; whether all of it could be done. What fails stops nothing else."""
    done = [_tried(name, job, services) for name, job in _JOBS.items()]
    return all(done)


def _tried(name: str, job: Callable[[Services], None], services: Services) -> bool:
    try:
        job(services)
    except SQLAlchemyError as error:
        _log.error("upkeep.database", job=name, kind=type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the thread
        _log.error("upkeep.unexpected", job=name, kind=type(error).__name__)
    else:
        return True
    return False


def _turn_keys(services: Services) -> None:
    if key_rotation.step(services.db, services.seal, clock.now()):
        _log.info("keys.made")


def _sweep(services: Services) -> None:
    with services.db.writing(EVERY_TENANT) as session:
        limits.sweep(session, clock.now())
        sessions.sweep(session, clock.now())


def _keep(services: Services) -> None:
    if keeping.step(services.db):
        _log.info("retention.applied")


_JOBS: dict[str, Callable[[Services], None]] = {
    "keys": _turn_keys,
    "sweep": _sweep,
    "retention": _keep,
}
