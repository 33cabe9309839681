"""How our cookies are set: one shape for pages in an LMS's frame, one for pages that nobody frames.

Touches responses. `__Host-` with Secure is accepted on http loopback hosts too (measured in
Chromium), so that the demo runs with the cookies of production.
"""

from flask import Response

SESSION = "__Host-twofold"
WAY_BACK = "__Host-twofold-back"
ADMINISTRATOR = "__Host-twofold-admin"
ADMINISTRATOR_FORM = "__Host-twofold-admin-form"
"""Binds the log-in form to its browser, before there is a session."""


def put(response: Response, name: str, value: str, seconds: int) -> None:
    """Set a cookie that scripts cannot read, in the partition of the page that frames us."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
    )


def put_strict(response: Response, name: str, value: str, seconds: int) -> None:
    """Set a cookie that scripts cannot read and no other site's page makes the browser send."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="Strict"
    )


def drop_strict(response: Response, name: str) -> None:
    """Make the browser forget a cookie that `put_strict` set."""
    put_strict(response, name, "", 0)


def drop(response: Response, name: str) -> None:
    """Make the browser forget a cookie that `put` set."""
    put(response, name, "", 0)
