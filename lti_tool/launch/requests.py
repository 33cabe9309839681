"""The parameters of a login or a launch, taken from one source, each at most once and bounded.

Touches the Flask request. Serves 1EdTech Security Framework 1.1, 5.1.1.1: GET sends them in the
query, POST in a form; what else is sent is not looked at.
"""

from collections.abc import Mapping

from flask import Request as FlaskRequest
from pylti1p3.request import Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from lti_tool.launch.codes import LaunchRefused
from lti_tool.launch.token import LONGEST_TOKEN

LARGEST_BODY = 200_000
"""Bytes."""

LOGIN = {
    "iss": 500,
    "target_link_uri": 2000,
    "login_hint": 4000,
    "lti_message_hint": 8000,
    "client_id": 255,
    "lti_deployment_id": 255,
    "lti_storage_target": 100,
}
"""The parameters of a login and their longest values, in characters."""

LAUNCH = {
    "state": 255,
    "id_token": LONGEST_TOKEN,
    "error": 255,
    "storage_proof": 255,
    "storage_failure": 20,
}
"""The last two are our own page's (storage.py)."""


class CheckedRequest(Request):
    """Parameters that have been checked, as PyLTI1p3 asks for them."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.parameters = parameters

    def get_param(self, key: str) -> str:
        """The parameter, or empty."""
        return self.parameters.get(key, "")

    def is_secure(self) -> bool:
        """True: cookies are set as Secure everywhere (lti_tool/access/cookies.py)."""
        return True


def checked(request: FlaskRequest, known: Mapping[str, int]) -> CheckedRequest:
    """The known parameters of a GET or POST. Raises LaunchRefused (codes "launch.parameter.…")."""
    request.max_content_length = LARGEST_BODY
    try:
        source = request.args if request.method == "GET" else request.form
    except RequestEntityTooLarge as error:
        raise LaunchRefused("launch.request.large") from error
    if request.method == "POST":
        for name in known:
            if name in request.args:
                raise LaunchRefused("launch.parameter.malformed", f"{name} in the address")
    found = {name: _one(source, name, longest) for name, longest in known.items()}
    return CheckedRequest({name: value for name, value in found.items() if value})


def _one(source: MultiDict[str, str], name: str, longest: int) -> str:
    values = source.getlist(name)
    if len(values) > 1:
        raise LaunchRefused("launch.parameter.repeated", name)
    value = values[0] if values else ""
    if len(value) > longest or not value.isprintable():
        raise LaunchRefused("launch.parameter.malformed", name)
    return value
