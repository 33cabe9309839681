"""Faults on demand, so that tests can see how a tool bears them; and the list of kept scores.

Touches memory only, and reads score_log. Exists only where the LMS was started with
--allow-faults. Serves no specification; 403-limit is Canvas's rate limit.
"""

import socket
import threading
import time
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Response, abort, current_app, g, jsonify, request

from sandbox_lms.store import every, store

_ENDPOINTS = {
    "scores.post_score": "scores",
    "ags.results": "results",
    "ags.list_line_items": "lineitems",
    "ags.create_line_item": "lineitems",
    "ags.read_line_item": "lineitems",
    "ags.replace_line_item": "lineitems",
    "ags.delete_line_item": "lineitems",
    "tokens.token": "token",
    "nrps.memberships": "nrps",
    "oidc.jwks": "jwks",
}
_ANSWERS = {
    "500": (500, '{"status": 500, "reason": "Internal Server Error"}'),
    "409": (409, "[]"),
    "429": (429, '{"status": 429, "reason": "Too Many Requests"}'),
    "403-limit": (403, "403 Forbidden (Rate Limit Exceeded)"),
    "404": (404, '{"status": 404, "reason": "Not Found"}'),
}
_MODES = {*_ANSWERS, "hang", "drop-after-commit"}

blueprint = Blueprint("faults", __name__)


@dataclass
class Fault:
    """What happens to the next `times` requests of one endpoint."""

    mode: str
    times: int
    retry_after: int | None
    seconds: float


class Faults:
    """The faults that are still to happen, by endpoint."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Fault]] = {}

    def add(self, endpoint: str, fault: Fault) -> None:
        with self._lock:
            self._waiting.setdefault(endpoint, []).append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, endpoint: str) -> Fault | None:
        """The fault for this request, counted down; None where there is none."""
        with self._lock:
            waiting = self._waiting.get(endpoint)
            if not waiting:
                return None
            fault = waiting[0]
            fault.times -= 1
            if fault.times <= 0:
                waiting.pop(0)
            return fault


def _faults() -> Faults:
    return cast(Faults, current_app.extensions["sandbox_faults"])


@blueprint.post("/_faults")
def plan() -> tuple[Response, int]:
    asked: dict[str, Any] = request.get_json()
    endpoint, mode = str(asked.get("endpoint")), str(asked.get("mode"))
    if endpoint not in _ENDPOINTS.values() or mode not in _MODES:
        abort(400)
    fault = Fault(
        mode=mode,
        times=int(asked.get("times", 1)),
        retry_after=asked.get("retry_after"),
        seconds=float(asked.get("seconds", 30)),
    )
    _faults().add(endpoint, fault)
    return jsonify(planned=endpoint, mode=fault.mode, times=fault.times), 201


@blueprint.delete("/_faults")
def forget() -> tuple[str, int]:
    _faults().clear()
    return "", 204


@blueprint.get("/_log")
def log() -> Response:
    """Every score that was kept, oldest first; `posts` counts them for that person and column."""
    with store().reading() as connection:
        rows = every(connection, "SELECT * FROM score_log ORDER BY number")
    posts: dict[tuple[int, str], int] = {}
    scores = []
    for row in rows:
        key = (row["line_item_id"], row["person_id"])
        posts[key] = posts.get(key, 0) + 1
        scores.append(
            {
                "user": row["person_id"],
                "line_item": row["line_item_id"],
                "client_id": row["client_id"],
                "score": row["score_given"],
                "maximum": row["score_maximum"],
                "comment": row["comment"],
                "timestamp": row["timestamp"],
                "activity_progress": row["activity_progress"],
                "grading_progress": row["grading_progress"],
                "received": row["received"],
                "posts": posts[key],
            }
        )
    return jsonify(scores=scores, count=len(scores))


@blueprint.before_app_request
def happen() -> Response | None:
    fault = _faults().take(_ENDPOINTS.get(request.endpoint or "", ""))
    if fault is None:
        return None
    if fault.mode == "drop-after-commit":
        g.drop_answer = True
        return None
    if fault.mode == "hang":
        time.sleep(fault.seconds)
        _cut_connection()
        return Response(status=504)
    status, body = _ANSWERS[fault.mode]
    answer = Response(body, status, content_type="application/json; charset=utf-8")
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


@blueprint.after_app_request
def drop(answer: Response) -> Response:
    if g.get("drop_answer"):
        _cut_connection()
    return answer


def _cut_connection() -> None:
    """Close the connection, so that the caller sees no answer at all."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
