"""/lti/login, /lti/launch and /lti/jwks: the addresses that administrators paste into an LMS."""

import structlog
from flask import Blueprint, Response, jsonify, make_response, redirect, request, url_for

from foundation import clock
from lti_tool.access import cookies, headers
from lti_tool.access.refusals import page
from lti_tool.launch import requests
from lti_tool.launch.codes import LaunchRefused
from lti_tool.launch.enter import enter
from lti_tool.launch.login import StrictLogin
from lti_tool.launch.logins import LoginCookies, Logins, cookie_name
from lti_tool.launch.message import StrictLaunch
from lti_tool.launch.platform_conf import PlatformConf
from lti_tool.services import services

blueprint = Blueprint("launch", __name__)

_EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""So that a wrong one gets our page."""
_LOGGED_OUT = ("login_required", "interaction_required", "launch_no_longer_valid")
_log = structlog.get_logger("twofold")


@blueprint.route("/lti/login", methods=_EVERY_METHOD)
def login() -> Response:
    """Login initiation: remember it and send the browser to the platform."""
    _demand(("GET", "POST"))
    found, at = services(), clock.now()
    asked = requests.checked(request, requests.LOGIN)
    browser = LoginCookies(request.cookies.to_dict())
    return StrictLogin(
        asked,
        PlatformConf(found.db, at),
        Logins(asked, found.db, browser, at),
        browser,
        found.settings.base_url,
    ).redirect(f"{found.settings.base_url}/lti/launch")


@blueprint.route("/lti/launch", methods=_EVERY_METHOD)
def launch() -> Response:
    """The platform's answer: check it, enter the course, open the handle's page."""
    _demand(("POST",))
    found, at = services(), clock.now()
    answered = requests.checked(request, requests.LAUNCH)
    _check_error(answered.get_param("error"))
    browser = LoginCookies(request.cookies.to_dict())
    accepted = StrictLaunch(
        answered,
        PlatformConf(found.db, at),
        Logins(answered, found.db, browser, at),
        browser,
        found.platform_keys,
        at,
    ).accepted()
    entered = enter(found, accepted, request.cookies.get(cookies.SESSION), at)
    _log.info(
        "launched",
        registration=str(accepted.login.registration.id),
        message=accepted.claims.message_type,
        role=accepted.roles.role.value,
    )
    response = make_response(redirect(url_for("start.start", handle=entered.handle), 303))
    hours = int(found.settings.session_hours)
    cookies.put(response, cookies.SESSION, entered.session_secret, hours * 3600)
    cookies.drop(response, cookie_name(accepted.login.state))
    return response


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
