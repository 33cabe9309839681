"""Platform storage: keeps small values for tools whose frames keep no cookie, when switched on.

Touches the browser's session, where the choice stands; the values stay in the browser's page.
Serves LTI postMessage Storage 0.1 and OIDC Login with LTI Client Side postMessages 0.1.
"""

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from sandbox_lms.people import sign_in_first

FRAME = "lti_storage"
MODES = {
    "": "Off",
    "frame": "In a frame, named at each log-in",
    "parent": "In the page around the tool, named at each log-in",
    "asked": "In a frame, named only when the tool's page asks",
}

blueprint = Blueprint("platform_storage", __name__)


def mode() -> str:
    """One of MODES, for this browser."""
    return str(session.get("storage", ""))


def target() -> dict[str, str]:
    """What log-ins and launches say of the frame."""
    named = {"frame": FRAME, "parent": "_parent"}.get(mode())
    return {} if named is None else {"lti_storage_target": named}


@blueprint.app_context_processor
def _everywhere() -> dict[str, object]:
    return {"storage_mode": mode(), "storage_modes": MODES, "storage_frame": FRAME}


@blueprint.post("/storage")
@sign_in_first
def choose() -> ResponseReturnValue:
    """Switch it for this browser."""
    chosen = request.form.get("mode", "")
    if chosen not in MODES:
        abort(400)
    session["storage"] = chosen
    return redirect(url_for("pages.tool_settings"), 303)


@blueprint.get("/storage/frame")
def frame() -> str:
    """The document of the frame that keeps the values."""
    return render_template("storage_frame.html")
