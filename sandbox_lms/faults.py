"""Faults on demand, so that tests can see how a tool bears them; new keys; the list of kept scores.

Touches memory only, and reads score_log; odd_answers.py has those that spoil an answer. Exists only
where the LMS was started with --allow-faults. Serves no specification; 403-limit is Canvas's rate
limit.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Response, abort, current_app, g, jsonify, request

from sandbox_lms.keys import PlatformKey
from sandbox_lms.odd_answers import ODD, cut_connection, members, slow
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
_REASONS = {
    "401": "Unauthorized",
    "404": "Not Found",
    "412": "Precondition Failed",
    "422": "Unprocessable Content",
    "429": "Too Many Requests",
    "500": "Internal Server Error",
    "503": "Service Unavailable",
}
_JSON = "application/json; charset=utf-8"
_ANSWERS = {
    **{
        code: (int(code), f'{{"status": {code}, "reason": "{reason}"}}', _JSON)
        for code, reason in _REASONS.items()
    },
    "409": (409, "[]", _JSON),
    "403-limit": (403, "403 Forbidden (Rate Limit Exceeded)", _JSON),
    "redirect": (302, "", _JSON),
    "html": (200, "<!doctype html><title>Log in</title><p>Who are you?", "text/html"),
    "empty": (200, "", _JSON),
}
_SPOILING = {*ODD, "slow", "members", "drop-after-commit"}
_MODES = {*_ANSWERS, *_SPOILING, "hang"}

blueprint = Blueprint("faults", __name__)


@dataclass
class Fault:
    """What happens to the next `times` requests of one endpoint."""

    mode: str
    times: int = 1
    retry_after: int | str | None = None
    seconds: float = 30
    value: Any = None


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
        value=asked.get("value"),
    )
    _faults().add(endpoint, fault)
    return jsonify(planned=endpoint, mode=fault.mode, times=fault.times), 201


@blueprint.delete("/_faults")
def forget() -> tuple[str, int]:
    _faults().clear()
    return "", 204


@blueprint.post("/_keys")
def turn_over() -> tuple[Response, int]:
    """Sign with a new key from now on; `keep` leaves the former ones in the key set."""
    key = cast(PlatformKey, current_app.extensions["sandbox_key"])
    return jsonify(kid=key.rotate(keep=bool(request.get_json().get("keep", True)))), 201


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
    if fault.mode in _SPOILING:
        g.odd = fault
        return None
    if fault.mode == "hang":
        time.sleep(fault.seconds)
        cut_connection(request.environ.get("werkzeug.socket"))
        return Response(status=504)
    status, body, media_type = _ANSWERS[fault.mode]
    answer = Response(body, status, content_type=media_type)
    if fault.mode == "redirect":
        answer.headers["Location"] = "https://elsewhere.example/log-in"
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


@blueprint.after_app_request
def go_wrong(answer: Response) -> Response:
    fault: Fault | None = g.get("odd")
    if fault is None:
        return answer
    if fault.mode in ODD:
        return ODD[fault.mode](answer)
    if fault.mode == "slow":
        return slow(answer, fault.seconds)
    if fault.mode == "members":
        return members(answer, fault.value)
    cut_connection(request.environ.get("werkzeug.socket"))
    return answer
