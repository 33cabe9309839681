"""What is counted: figures of this process, which Prometheus reads at /metrics (metrics_page.py).

Labels come from closed lists (route patterns, codes, words), never from what a person, a tenant or
an LMS is called. Where PROMETHEUS_MULTIPROC_DIR is set, as `twofold serve` does, all processes
count into files of one folder, and any of them answers for all.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from shutil import rmtree
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import Connection, event

from foundation.db import Database
from xapi.store.write import STORED

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_PREFIX = "twofold-metrics-"

_own = CollectorRegistry()
_requests = Counter(
    "twofold_http_requests", "Requests.", ("method", "route", "status"), registry=_own
)
_request_seconds = Histogram(
    "twofold_http_request_seconds",
    "Time from a request to its answer.",
    ("method", "route"),
    buckets=_SECONDS,
    registry=_own,
)
_launches = Counter(
    "twofold_launches", 'Logins and launches: "accepted", or the code.', ("outcome",), registry=_own
)
_statements = Counter("twofold_statements_stored", "Statements stored.", registry=_own)
_deliveries = Counter(
    "twofold_grade_deliveries", "Tries at delivering a grade.", ("outcome",), registry=_own
)
_rosters = Counter("twofold_roster_readings", "Class lists read.", ("outcome",), registry=_own)
_outgoing = Counter(
    "twofold_outgoing_requests", "Calls to LMSs and others.", ("network", "outcome"), registry=_own
)
_outgoing_seconds = Histogram(
    "twofold_outgoing_request_seconds",
    "Time that a call to an LMS or another took.",
    ("network",),
    buckets=_SECONDS,
    registry=_own,
)
_connections = Gauge(
    "twofold_database_connections_in_use",
    "Database connections in use.",
    registry=_own,
    multiprocess_mode="livesum",
)


def registry() -> CollectorRegistry:
    """The figures of all processes of this installation on this machine, or of this one alone."""
    if FOLDER not in os.environ:
        return _own
    every = CollectorRegistry()
    MultiProcessCollector(every)  # type: ignore[no-untyped-call]
    return every


@lru_cache(maxsize=2000)
def _of_request(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    method = method if method in _METHODS else "other"
    return _requests.labels(method, route, str(status)), _request_seconds.labels(method, route)


def requested(method: str, route: str, status: int, seconds: float) -> None:
    """A request was answered; `route` is the pattern, never the path."""
    count, histogram = _of_request(method, route, status)
    count.inc()
    histogram.observe(seconds)


def launched(outcome: str = "accepted") -> None:
    """A launch was accepted, or refused with a code."""
    _launches.labels(outcome).inc()


def delivered(outcome: str) -> None:
    """One try at a grade ended."""
    _deliveries.labels(outcome).inc()


def roster_read(outcome: str) -> None:
    """One reading of a class list ended."""
    _rosters.labels(outcome).inc()


def called_out(network: str, outcome: str, seconds: float) -> None:
    """A call to somebody else ended: in which kind of network, and how."""
    _outgoing.labels(network, outcome).inc()
    _outgoing_seconds.labels(network).observe(seconds)


def watch(db: Database) -> None:
    """Count the connections in use, and the statements of every transaction that commits."""

    def taken(*_: Any) -> None:
        _connections.inc()

    def given_back(*_: Any) -> None:
        _connections.dec()

    def committed(connection: Connection) -> None:
        if stored := connection.info.pop(STORED, 0):
            _statements.inc(stored)

    def undone(connection: Connection) -> None:
        # What a lost connection had stored is forgotten with it.
        if not connection.invalidated:
            connection.info.pop(STORED, None)

    event.listen(db.engine, "checkout", taken)
    event.listen(db.engine, "checkin", given_back)
    event.listen(db.engine, "commit", committed)
    event.listen(db.engine, "rollback", undone)


@contextmanager
def shared_folder() -> Iterator[str]:
    """A folder for the figures of several processes, removed at the end.

    What a killed server left is removed first. One that the environment names is used as it is.
    """
    if FOLDER in os.environ:
        yield os.environ[FOLDER]
        return
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not _runs(int(owner)):
            rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as folder:
        yield folder


def _runs(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
