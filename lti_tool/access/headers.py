"""The security headers of every response, and how a view says who may frame it.

Touches responses and flask.g. No inline script or style anywhere: 'self' is all there is.
"""

from collections.abc import Iterable

from flask import Flask, Response, g

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; base-uri 'none'"
)
_LOOPBACK_FRAMES = ("http://localhost:*", "http://127.0.0.1:*")
_PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
)

_ALWAYS = (
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Permissions-Policy", _PERMISSIONS),
    ("Cache-Control", "no-store"),
)


def frame_by(origins: Iterable[str]) -> None:
    """Let these origins (and our own pages) frame this response; by default nobody may."""
    g.frame_ancestors = " ".join(("'self'", *origins))


def frame_by_any_lms(*, loopback: bool) -> None:
    """Let any https page frame this response: only for pages with no session and no data.

    `loopback`: any http page of this machine too.
    """
    frame_by(("https:", *(_LOOPBACK_FRAMES if loopback else ())))


def send_forms_to(origins: Iterable[str]) -> None:
    """Let forms of this response be sent to these origins, beside our own."""
    g.form_targets = " ".join(("'self'", *origins))


def init_app(app: Flask) -> None:
    """Add the headers to every response; what a view has set itself stays."""

    @app.after_request
    def secure(response: Response) -> Response:
        forms, frames = g.get("form_targets", "'self'"), g.get("frame_ancestors", "'none'")
        policy = f"{_POLICY}; form-action {forms}; frame-ancestors {frames}"
        for name, value in (("Content-Security-Policy", policy), *_ALWAYS):
            response.headers.setdefault(name, value)
        return response
