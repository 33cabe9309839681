"""A new window for a page in a frame, and the page for everybody who may not open a page."""

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.access import cookies, headers, way_back
from lti_tool.access.here import here
from lti_tool.access.permissions import Permission, requires
from lti_tool.access.refusals import AccessRefused, page
from lti_tool.access.window import TICKET_SECONDS, issue, redeem
from lti_tool.services import services

blueprint = Blueprint("access", __name__)
_LONGEST_PAGE = 300
"""Characters of an address; of a longer one base.html sends the path alone."""


@blueprint.post("/l/<handle>/window")
@requires(Permission.OPEN)
def window() -> Response:
    """A one-use link to the same page in a window of its own; as JSON where that is asked for."""
    shown = _shown_page()
    with services().db.writing(here().tenant_id) as session:
        ticket = issue(session, here(), clock.now(), shown)
    back = way_back.to_take_along(here().handle)
    address = url_for("access.new_window", ticket=ticket, back=back)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(url=address)
    stay = url_for("start.start", handle=here().handle) + (shown or "")
    body = render_template("access/window.html", address=address, seconds=TICKET_SECONDS, stay=stay)
    return make_response(body)


@blueprint.get("/lti/window/<ticket>")
def new_window(ticket: str) -> Response:
    """Use a ticket up: the session begins in this window, and its page opens."""
    if request.method != "GET":
        raise AccessRefused("access.method")
    hours = int(services().settings.session_hours)
    with services().db.writing(EVERY_TENANT) as session:
        opened = redeem(session, ticket, request.cookies.get(cookies.SESSION), clock.now(), hours)
    address = url_for("start.start", handle=opened.handle) + (opened.page or "")
    response = make_response(redirect(address, 303))
    cookies.put(response, cookies.SESSION, opened.session_secret, hours * 3600)
    way_back.keep(response, opened.handle, request.args.get("back"), hours * 3600)
    return response


def _shown_page() -> str | None:
    """What the frame shows, if it is a page of this handle that can be opened once more."""
    shown, root = request.form.get("page", ""), url_for("start.start", handle=here().handle)
    if not shown.startswith(root) or len(shown) > _LONGEST_PAGE or not shown.isprintable():
        return None
    try:
        current_app.url_map.bind(request.host).match(shown.partition("?")[0], method="GET")
    except HTTPException:
        return None
    return shown.removeprefix(root)


@blueprint.app_errorhandler(AccessRefused)
def refused(error: AccessRefused) -> Response:
    """The page that explains."""
    if "/l/" not in request.path:
        headers.frame_by_any_lms(loopback=services().settings.origin_is_loopback)
    return page(error)
