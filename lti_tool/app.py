"""Puts the web application together: its parts, their addresses, and what errors look like."""

import os
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, Response, jsonify, render_template, request
from flask_babel import Babel, gettext
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

import lti_tool.access.views
import lti_tool.admin.views
import lti_tool.instructor.views
import lti_tool.launch.views
import lti_tool.learner.views
import lti_tool.mentor.views
import lti_tool.records.profile
import lti_tool.registration.views
import lti_tool.start
from lti_tool import display, health, logs, metrics_page
from lti_tool.access import csrf, headers
from lti_tool.asking import said
from lti_tool.files import FileMissing
from lti_tool.records.tenants import Tenants
from lti_tool.schema import require_head
from lti_tool.services import EXTENSION, Services, build
from lti_tool.settings import from_environment
from rubrics.errors import Refused
from xapi.resources.blueprint import blueprint as records_blueprint

_FORM_OVERHEAD = 1_000_000
_log = structlog.get_logger("twofold")


def application() -> Flask:
    """The application of a server process, from TWOFOLD_*."""
    settings = from_environment(os.environ)
    logs.configure(settings.log_level)
    services = build(settings)
    require_head(services.db)
    return create_app(services)


def create_app(services: Services) -> Flask:
    """The application around its services."""
    app = Flask(__name__)
    app.extensions[EXTENSION] = services
    app.config.update(
        SECRET_KEY=services.settings.secret_key,
        MAX_CONTENT_LENGTH=int(services.settings.max_file_bytes) + _FORM_OVERHEAD,
        MAX_FORM_MEMORY_SIZE=_FORM_OVERHEAD,
        BABEL_TRANSLATION_DIRECTORIES="translations",
    )
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=0)  # type: ignore[method-assign]
    Babel(app, locale_selector=display.current_locale)
    display.init_app(app)
    headers.init_app(app)
    csrf.init_app(app)
    logs.init_app(app)
    for blueprint in (
        lti_tool.launch.views.blueprint,
        lti_tool.registration.views.blueprint,
        lti_tool.access.views.blueprint,
        lti_tool.start.blueprint,
        lti_tool.instructor.views.blueprint,
        lti_tool.learner.views.blueprint,
        lti_tool.mentor.views.blueprint,
        lti_tool.admin.views.blueprint,
        health.blueprint,
        lti_tool.records.profile.blueprint,
        metrics_page.blueprint,
    ):
        app.register_blueprint(blueprint)
    lrs = records_blueprint(
        services.db,
        iri_base=services.installation.iri_base,
        is_tenant=Tenants(services.db).know,
    )
    app.register_blueprint(lrs, url_prefix="/xapi")
    app.register_blueprint(lrs, url_prefix="/xapi/tenants/<uuid:store>", name="xapi_tenant")
    _register_errors(app)
    return app


def _register_errors(app: Flask) -> None:
    handlers: dict[Any, Callable[[Any], Any]] = {
        Refused: _refused,
        FileMissing: _file_missing,
        HTTPException: _http_error,
        Exception: _unexpected,
    }
    for exception, handler in handlers.items():
        app.register_error_handler(exception, handler)


def _refused(error: Refused) -> tuple[str, int]:
    return _page(400, error.code, said(error))


def _file_missing(_error: FileMissing) -> tuple[str, int]:
    _log.error("file missing")
    message = gettext("The bytes of this file are not here any more. Tell your administrator.")
    return _page(410, "file.missing", message)


def _http_error(error: HTTPException) -> Response | tuple[str | Response, int]:
    status = error.code or 500
    if status < 400 and error.response is not None:
        return error.get_response()  # type: ignore[return-value]
    return _page(status, f"http.{status}", "")


def _unexpected(error: Exception) -> tuple[str | Response, int]:
    reference = logs.reference()
    _log.exception("unexpected", reference=reference, kind=type(error).__name__)
    if request.path.startswith("/xapi/"):
        message = f"This is our fault. The log has it under {reference}."
        fault = {"code": "unexpected", "path": "$", "message": message, "spec": "RFC 9110, 15.6.1"}
        return jsonify(error=fault), 500
    return _page(500, "http.500", "")


def _page(status: int, code: str, message: str) -> tuple[str, int]:
    page = render_template(
        "error.html", status=status, code=code, message=message, reference=logs.reference()
    )
    return page, status
