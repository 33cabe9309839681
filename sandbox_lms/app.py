"""Puts the sandbox LMS together: the store, the key, the parts, and the headers of every answer.

Touches only what it composes. Serves LTI 1.3 Core, AGS 2.0, NRPS 2.0, Course Groups 1.0 and Deep
Linking 2.0 through the modules named after them.
"""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from sandbox_lms import (
    ags,
    deep_linking,
    faults,
    gradebook,
    groups,
    nrps,
    oidc,
    pages,
    platform_storage,
    scores,
    services,
    tokens,
)
from sandbox_lms.config import Config
from sandbox_lms.judge import Refused
from sandbox_lms.keys import PlatformKey, ToolKeys
from sandbox_lms.store import Store, every, one, store

_LARGEST_BODY = 1024 * 1024
_SERVICE_PATHS = ("/ags/", "/nrps/", "/groups/", "/token")


def create_app(config: Config) -> Flask:
    """The LMS as a Flask application; creates its database where there is none."""
    app = Flask("sandbox_lms")
    kept = Store(config.database)
    app.config["SANDBOX"] = config
    app.config["SECRET_KEY"] = _session_secret(kept)
    app.config["SESSION_COOKIE_NAME"] = "sandbox_lms"
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["sandbox_store"] = kept
    app.extensions["sandbox_key"] = PlatformKey(kept)
    app.extensions["sandbox_tool_keys"] = ToolKeys()
    services_of_lti = (oidc, tokens, ags, scores, nrps, groups, deep_linking)
    for part in (*services_of_lti, gradebook, platform_storage, pages):
        app.register_blueprint(part.blueprint)
    if config.allow_faults:
        app.extensions["sandbox_faults"] = faults.Faults()
        app.register_blueprint(faults.blueprint)
    app.register_error_handler(HTTPException, _http_error)
    app.after_request(_headers)
    return app


def _session_secret(kept: Store) -> str:
    with kept.writing() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO meta (name, value) VALUES ('session_secret', ?)",
            (secrets.token_hex(32),),
        )
        row = one(connection, "SELECT value FROM meta WHERE name = 'session_secret'")
    if row is None:
        raise LookupError("the session secret was not stored")
    return str(row["value"])


def _http_error(error: HTTPException) -> Response | tuple[str, int]:
    status = error.code or 500
    if request.path.startswith(_SERVICE_PATHS):
        return services.refuse(
            Refused(
                status,
                f"service-{status}",
                f"{error.name}: no service answers {request.method} at this address.",
            )
        )
    return render_template("error.html", status=status, name=error.name), status


def _headers(answer: Response) -> Response:
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    if answer.mimetype == "text/html":
        tools = _tool_origins()
        answer.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
            f" frame-src 'self' {tools}; form-action 'self' {tools};"
            " frame-ancestors 'self'; base-uri 'none'"
        )
        answer.headers["X-Frame-Options"] = "SAMEORIGIN"
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _tool_origins() -> str:
    with store().reading() as connection:
        rows = every(
            connection, "SELECT login_url AS url FROM tool UNION SELECT uri FROM redirect_uri"
        )
    parts = [urlsplit(row["url"]) for row in rows]
    return " ".join(sorted({f"{part.scheme}://{part.netloc}" for part in parts}))
