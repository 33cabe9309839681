"""How our cookies are set: the one shape that an iframe keeps with third-party cookies blocked.

Touches responses. `__Host-` with Secure is accepted on http loopback hosts too (measured in
Chromium), so that the demo runs with the cookies of production.
"""

from flask import Response

SESSION = "__Host-twofold"


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


def drop(response: Response, name: str) -> None:
    """Make the browser forget a cookie that `put` set."""
    put(response, name, "", 0)
