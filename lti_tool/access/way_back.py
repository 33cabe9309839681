"""The way back to the LMS from a window of our own: kept sealed by the browser, and nowhere else.

Touches the request's cookies and responses. Serves LTI 1.3 core 5.3.6 (launch_presentation,
return_url). Moodle's address carries a session key, so it is neither stored nor logged here: a
launch leaves it with the browser, sealed and bound to its handle, and the address of a new window
takes it along once. In a frame the LMS stands around our page, and no way back is shown.
"""

from flask import Response, request

from foundation.secrets import SealBroken, digest
from lti_tool.access import cookies
from lti_tool.access.here import here_or_none
from lti_tool.services import services


def sealed(handle: str, address: str | None) -> str | None:
    """Where the launch of this handle says people go back to, for a browser to keep."""
    return services().seal.seal(f"{digest(handle)} {address}".encode()) if address else None


def keep(response: Response, handle: str, kept: str | None, seconds: int) -> None:
    """Let the browser keep what `sealed` made; of several launches the last one's is kept."""
    if kept and _opened(kept, handle):
        cookies.put(response, cookies.WAY_BACK, kept, seconds)


def to_take_along(handle: str) -> str | None:
    """What this browser keeps for this handle, still sealed."""
    kept = request.cookies.get(cookies.WAY_BACK)
    return kept if kept and _opened(kept, handle) else None


def of_window() -> str | None:
    """Where the launch of this page goes back to, if the page fills a window."""
    present, kept = here_or_none(), request.cookies.get(cookies.WAY_BACK)
    if present is None or not kept or request.headers.get("Sec-Fetch-Dest") != "document":
        return None
    return _opened(kept, present.handle)


def _opened(kept: str, handle: str) -> str | None:
    try:
        of, _, address = services().seal.open(kept).decode().partition(" ")
    except SealBroken:
        return None
    return address if of == digest(handle) else None
