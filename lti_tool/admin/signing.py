"""Pages of the keys that this tool signs with."""

from flask import Response, render_template, request
from flask_babel import gettext

from foundation import clock
from lti_tool.admin import overview
from lti_tool.admin.gate import actor, ask, go_to
from lti_tool.platforms import key_rotation
from lti_tool.services import services


def keys() -> str:
    """The published keys, and what becomes of each."""
    notices = {
        "made": gettext("There is a new key. It is published now and signs in a day."),
        "leaked": gettext("All other keys are deleted; the new one signs from now on."),
    }
    return render_template(
        "admin/keys.html",
        keys=ask(overview.keys, clock.now()),
        address=f"{services().settings.base_url}/lti/jwks",
        notice=notices.get(request.args.get("done", ""), ""),
    )


def rotate_keys() -> str | Response:
    """Ask how, then make a new key."""
    if request.method != "POST":
        return render_template("admin/rotate_keys.html")
    leaked = request.form.get("how") == "leaked"
    key_rotation.rotate(services().db, services().seal, clock.now(), actor=actor(), leaked=leaked)
    return go_to("keys", done="leaked" if leaked else "made")
