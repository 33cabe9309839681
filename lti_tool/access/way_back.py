"""The way back to the LMS from a window of our own: kept sealed by the browser, and nowhere else.

Touches the request's cookies and responses. Serves LTI 1.3 core 5.3.6 (launch_presentation,
return_url). Moodle's address carries a session key, so it is neither stored nor logged here; in a
frame the LMS stands around our page, and no way back is needed.
"""

from flask import Response, g, request

from foundation.secrets import SealBroken, digest
from lti_tool.access import cookies
from lti_tool.access.here import here_or_none
from lti_tool.services import services


def keep(response: Response, handle: str, address: str | None, seconds: int) -> None:
    """Let the browser keep where this launch says people go back to, if it filled the window.

    Of several launches the last one's way back is kept.
    """
    if address and request.headers.get("Sec-Fetch-Dest") == "document":
        sealed = services().seal.seal(f"{digest(handle)} {address}".encode())
        cookies.put(response, cookies.WAY_BACK, sealed, seconds)


def of_window() -> str | None:
    """Where the launch of this page goes back to, as far as this browser keeps it."""
    present, sealed = here_or_none(), request.cookies.get(cookies.WAY_BACK)
    if present is None or not sealed:
        return None
    if "way_back" not in g:
        try:
            kept = services().seal.open(sealed).decode()
        except SealBroken:
            kept = ""
        of, _, address = kept.partition(" ")
        g.way_back = address if of == digest(present.handle) else None
    found: str | None = g.way_back
    return found
