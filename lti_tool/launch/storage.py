"""LTI platform storage: where the browser keeps no cookie, the LMS keeps the login's secret for us.

Touches nothing but its arguments and the page it renders. Serves LTI Client Side postMessages 0.1,
LTI postMessage Storage 0.1 and OIDC Login with LTI Client Side postMessages 0.1. The messages are
sent by static/storage.js, to the origin of the authorisation address and to no other.
"""

import re

from flask import Response, make_response, render_template

from lti_tool.access.origins import origin_of
from lti_tool.launch import token
from lti_tool.launch.codes import LaunchRefused
from lti_tool.launch.logins import LoginCookies
from lti_tool.launch.requests import CheckedRequest
from lti_tool.launch.states import frame_in
from lti_tool.platforms.quirks.choose import quirks_of
from lti_tool.platforms.registrations import RegistrationInfo

_FRAME = re.compile(r"_parent|[A-Za-z][A-Za-z0-9_.:-]{0,99}")
_FAILURES = {
    "none": "launch.cookie.missing",
    "frame": "launch.storage.frame",
    "silent": "launch.storage.silent",
    "empty": "launch.storage.empty",
}


def frame_for(named: str, registration: RegistrationInfo, *, framed: bool) -> str | None:
    """The frame that stores: its name, empty where the page must ask for it, None where none does.

    `named` is lti_storage_target; `framed`: the browser says that the login is in a frame, where it
    may keep no cookie. Raises LaunchRefused where it is no frame's name.
    """
    if named:
        if not _FRAME.fullmatch(named):
            raise LaunchRefused("launch.parameter.malformed", "lti_storage_target")
        return named
    # Some keep data, and name the frame only when the page asks (lti.capabilities).
    stores = quirks_of(registration.product_family, registration.issuer).stores_for_tools
    return "" if stores or (stores is None and framed) else None


def is_needed(answered: CheckedRequest, browser: LoginCookies) -> bool:
    """Whether a launch has no cookie of its login, and the LMS may hold the secret."""
    state = answered.get_param("state")
    return frame_in(state) is not None and not browser.get_cookie(state)


def keeping_page(state: str, secret: str, address: str) -> Response:
    """The page that lets the LMS keep the secret, then goes on to the authorisation address."""
    body = render_template(
        "launch/keep.html",
        frame=frame_in(state),
        origin=origin_of(address),
        key=_key(state),
        secret=secret,
        address=address,
    )
    return make_response(body)


def asking_page(answered: CheckedRequest, registration: RegistrationInfo) -> Response:
    """The page that asks the LMS for the secret and sends the launch once more, with it.

    Raises LaunchRefused where the page was there already and got no answer.
    """
    failure = answered.get_param("storage_failure")
    if failure:
        raise LaunchRefused(_FAILURES.get(failure, "launch.parameter.malformed"))
    id_token = answered.get_param("id_token")
    token.parse(id_token)
    state = answered.get_param("state")
    body = render_template(
        "launch/ask.html",
        frame=frame_in(state),
        origin=origin_of(registration.auth_login_url),
        key=_key(state),
        state=state,
        id_token=id_token,
    )
    return make_response(body)


def _key(state: str) -> str:
    return f"state_{state}"
