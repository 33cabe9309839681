"""What is logged: one JSON line an event on stderr, without tokens, names, e-mails or handles.

A request's line carries its route's pattern, never its path, since handles and tickets are in it.
Every line of a request carries its id; the answer has it as X-Request-ID, an error page shows it.
"""

import logging
import re
import secrets
import sys
import time
import traceback

import structlog
from flask import Flask, Response, g, request

from lti_tool import metrics

REQUEST_ID = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9-]{8,64}")
_UNLOGGED = ("/health/", "/static/", "/metrics")
_log = structlog.get_logger("twofold")


def configure(level: str) -> None:
    """Set up logging for this process."""
    logging.basicConfig(stream=sys.stderr, level=level.upper(), format="%(message)s")
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_frames),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _frames(exc_info: structlog.typing.ExcInfo) -> str:
    """Where an exception and its causes come from; their messages may quote what people typed."""
    error: BaseException | None = exc_info[1]
    told: list[str] = []
    while error is not None:
        told.append(type(error).__name__ + "\n" + "".join(traceback.format_tb(error.__traceback__)))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(told)


def reference() -> str:
    """The id of the request that is being answered."""
    if "request_id" not in g:
        given = request.headers.get(REQUEST_ID, "")
        g.request_id = given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(8)
    found: str = g.request_id
    return found


def init_app(app: Flask) -> None:
    """Give every request its id, log it (but for health and static files), and count it."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=reference())

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.started
        route = request.url_rule.rule if request.url_rule else "none"
        response.headers[REQUEST_ID] = reference()
        metrics.requested(request.method, route, response.status_code, seconds)
        if not route.startswith(_UNLOGGED):
            _log.info(
                "request",
                method=request.method,
                route=route,
                status=response.status_code,
                ms=round(seconds * 1000, 1),
            )
        return response
