"""What is logged: one JSON line an event on stderr, without tokens, names, e-mails or handles.

A request's line carries its route's pattern, never its path, since handles and tickets are in it.
"""

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request

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
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def init_app(app: Flask) -> None:
    """Log every request but those for health and static files."""

    @app.before_request
    def start() -> None:
        g.started = time.monotonic()

    @app.after_request
    def end(response: Response) -> Response:
        rule = request.url_rule
        if rule is None or not rule.rule.startswith(("/health/", "/static/")):
            _log.info(
                "request",
                method=request.method,
                route=rule.rule if rule else "none",
                status=response.status_code,
                ms=round((time.monotonic() - g.started) * 1000, 1),
            )
        return response
