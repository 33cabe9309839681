"""/metrics: the figures for Prometheus, for whoever has TWOFOLD_METRICS_TOKEN.

To everybody else the page does not exist. What waits in the outbox is asked of the database, at
most every few seconds, so that it is right whoever delivers.
"""

import hmac
import threading
import time
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool import metrics
from lti_tool.delivery.tables import DeliveryState, GradeDelivery
from lti_tool.services import services

blueprint = Blueprint("metrics", __name__)

KEPT_SECONDS = 5.0
_WAITING = (DeliveryState.WAITING, DeliveryState.RETRYING)


@blueprint.get("/metrics")
def figures() -> Response:
    """All figures as text, or 404."""
    found = services()
    wanted = found.settings.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not wanted or not hmac.compare_digest(given.encode(), wanted.encode()):
        abort(404)
    asked = CollectorRegistry()
    asked.register(current_app.extensions.setdefault("backlog", Backlog(found.db)))
    text = generate_latest(metrics.registry()) + generate_latest(asked)
    return Response(text, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


class Backlog(Collector):
    """How many grades wait, and how long the worker has been late with the first of them."""

    def __init__(self, db: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._read: tuple[dict[DeliveryState, int], float] | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges; only the first where the database cannot be asked."""
        with self._lock:
            if self._monotonic() - self._read_at >= KEPT_SECONDS:
                self._read, self._read_at = self._ask(), self._monotonic()
            found = self._read
        reachable = GaugeMetricFamily("twofold_database_reachable", "Whether it answers.")
        reachable.add_metric((), float(found is not None))
        yield reachable
        if found is None:
            return
        counts, late = found
        waiting = GaugeMetricFamily(
            "twofold_grade_backlog", "Grades that wait for their gradebook.", labels=("state",)
        )
        for state in _WAITING:
            waiting.add_metric((state.value,), counts.get(state, 0))
        yield waiting
        oldest = GaugeMetricFamily(
            "twofold_grade_backlog_oldest_seconds", "Since the first of them was due."
        )
        oldest.add_metric((), late)
        yield oldest

    def _ask(self) -> tuple[dict[DeliveryState, int], float] | None:
        columns = GradeDelivery.state, func.count(), func.min(GradeDelivery.next_try_at)
        rows = select(*columns).where(GradeDelivery.state.in_(_WAITING))
        try:
            with self._db.reading(EVERY_TENANT) as session:
                found = session.execute(rows.group_by(GradeDelivery.state)).all()
        except SQLAlchemyError:
            return None
        moment = clock.now()
        late = max((0.0, *((moment - due).total_seconds() for _, _, due in found if due)))
        return {state: count for state, count, _ in found}, late
