"""/lti/login, /lti/launch and /lti/jwks: the addresses that administrators paste into an LMS."""

from datetime import datetime

import structlog
from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool import metrics
from lti_tool.access import cookies, headers, way_back
from lti_tool.access.here import find
from lti_tool.access.refusals import page
from lti_tool.access.window import TICKET_SECONDS, issue
from lti_tool.launch import requests, storage
from lti_tool.launch.codes import LaunchRefused
from lti_tool.launch.enter import Entered, enter
from lti_tool.launch.login import StrictLogin
from lti_tool.launch.logins import LoginCookies, Logins, cookie_name, tidy
from lti_tool.launch.message import StrictLaunch
from lti_tool.launch.platform_conf import PlatformConf
from lti_tool.launch.states import States
from lti_tool.services import Services, services

blueprint = Blueprint("launch", __name__)

_EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""So that a wrong one gets our page."""
_LOGGED_OUT = ("login_required", "interaction_required", "launch_no_longer_valid")
_FRAMES = ("iframe", "frame")
"""What browsers say of a request for a page in a frame (Fetch Metadata)."""
_log = structlog.get_logger("twofold")


@blueprint.route("/lti/login", methods=_EVERY_METHOD)
def login() -> Response:
    """Login initiation: send the browser to the platform, with a state that remembers it."""
    _demand(("GET", "POST"))
    found, at = services(), clock.now()
    asked = requests.checked(request, requests.LOGIN)
    headers.frame_by_any_lms(loopback=found.settings.origin_is_loopback)
    states = States(found.settings.secret_key)
    browser = LoginCookies(states, request.cookies.to_dict())
    return StrictLogin(
        asked,
        PlatformConf(found.db, at),
        Logins(asked, found.db, states, browser, at),
        browser,
        found.settings.base_url,
        framed=request.headers.get("Sec-Fetch-Dest") in _FRAMES,
    ).redirect(f"{found.settings.base_url}/lti/launch")


@blueprint.route("/lti/launch", methods=_EVERY_METHOD)
def launch() -> Response:
    """The platform's answer: check it, enter the course, open the handle's page."""
    # Some platforms put an error into the address, and nothing can be launched with one.
    if request.method != "GET" or not request.args.get("error"):
        _demand(("POST",))
    found, at = services(), clock.now()
    answered = requests.checked(request, requests.LAUNCH)
    _check_error(answered.get_param("error"))
    states = States(found.settings.secret_key)
    # A proof comes from our own page that asked the LMS for it; browsers say so where they can.
    asked_here = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    proof = answered.get_param("storage_proof") if asked_here else ""
    browser = LoginCookies(states, request.cookies.to_dict(), proof)
    logins = Logins(answered, found.db, states, browser, at)
    if storage.is_needed(answered, browser):
        headers.frame_by_any_lms(loopback=found.settings.origin_is_loopback)
        registration = logins.begun_at(answered.get_param("state"))
        return storage.asking_page(answered, registration)
    accepted = StrictLaunch(
        answered,
        PlatformConf(found.db, at),
        logins,
        browser,
        found.platform_keys,
        at,
    ).accepted()
    entered = enter(found, accepted, request.cookies.get(cookies.SESSION), at)
    tidy(found.db, at)
    metrics.launched()
    _log.info(
        "launched",
        registration=str(accepted.login.registration.id),
        message=accepted.claims.message_type,
        role=accepted.roles.role.value,
    )
    back = way_back.sealed(entered.handle, accepted.claims.return_url)
    if not browser.is_kept(accepted.login.state):
        return _window_only(found, entered, back, at)
    address = url_for(entered.endpoint or "start.start", handle=entered.handle)
    response = make_response(redirect(address, 303))
    hours = int(found.settings.session_hours)
    cookies.put(response, cookies.SESSION, entered.session_secret, hours * 3600)
    way_back.keep(response, entered.handle, back, hours * 3600)
    cookies.drop(response, cookie_name(accepted.login.state))
    return response


def _window_only(found: Services, entered: Entered, back: str | None, at: datetime) -> Response:
    """The frame keeps no cookie, so nothing is shown in it but the way into a new window."""
    with found.db.reading(EVERY_TENANT) as session:
        present = find(session, entered.handle, entered.session_secret, at)
    headers.frame_by(present.frame_origins)
    with found.db.writing(present.tenant_id) as session:
        ticket = issue(session, present, at)
    address = url_for("access.new_window", ticket=ticket, back=back)
    return make_response(
        render_template("launch/window.html", address=address, seconds=TICKET_SECONDS)
    )


@blueprint.get("/lti/jwks")
def jwks() -> Response:
    """Our public keys."""
    response = jsonify(services().tool_keys.jwks())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@blueprint.errorhandler(LaunchRefused)
def refused(error: LaunchRefused) -> Response:
    """The page that explains; the LMS may frame it, since it carries no session and no data."""
    headers.frame_by_any_lms(loopback=services().settings.origin_is_loopback)
    metrics.launched(error.code)
    response = page(error)
    if error.code == "launch.method":
        response.headers["Allow"] = error.detail
    return response


def _demand(methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        raise LaunchRefused("launch.method", ", ".join(methods))


def _check_error(error: str) -> None:
    """What the platform answers instead of an id_token (OpenID Connect core 3.1.2.6)."""
    if error in _LOGGED_OUT:
        raise LaunchRefused("launch.platform.login", error)
    if error:
        known_shape = error.replace("_", "").isalnum() and error.isascii() and len(error) <= 60
        raise LaunchRefused("launch.platform.refused", error if known_shape else "")
