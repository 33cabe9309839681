"""The registration request itself, and what the LMS's answer says.

Touches the network through the guarded client. Serves LTI Dynamic Registration 1.0, 3.5.2 and 3.6,
for a new registration and for the update of one (Moodle's reg-update), which look the same.
"""

import json
from dataclasses import dataclass
from typing import Any

from foundation.http import HttpClient, HttpFailed, HttpRefused, HttpResponse
from lti_tool.lms.answers import plain, words_of
from lti_tool.registration.codes import RegistrationRefused
from lti_tool.registration.configuration import Configuration, Invitation
from lti_tool.registration.request import TOOL, registration


@dataclass(frozen=True, slots=True)
class Granted:
    """What the LMS gave; `deployment_id` is None where it comes with the first launch (Canvas)."""

    client_id: str
    deployment_id: str | None


def ask(
    http: HttpClient, configuration: Configuration, invitation: Invitation, base_url: str
) -> Granted:
    """Register this tool at the LMS. Raises RegistrationRefused."""
    body = json.dumps(registration(configuration, base_url)).encode()
    try:
        answer = http.request(
            "POST",
            configuration.registration_endpoint,
            headers={**invitation.headers, "Content-Type": "application/json"},
            body=body,
            private_hosts=configuration.private_hosts,
            max_bytes=200_000,
        )
    except HttpRefused as error:
        raise RegistrationRefused("registration.address", error.message) from error
    except HttpFailed as error:
        raise RegistrationRefused("registration.lms.failed", error.message) from error
    _require_success(answer)
    return _granted(answer)


def _require_success(answer: HttpResponse) -> None:
    if answer.status in (200, 201):
        return
    said = plain(f"{answer.status} {words_of(answer)}")
    if answer.status in (401, 403):
        raise RegistrationRefused("registration.lms.token", said)
    if 400 <= answer.status < 500:
        raise RegistrationRefused("registration.lms.refused", said)
    raise RegistrationRefused("registration.lms.failed", said)


def _granted(answer: HttpResponse) -> Granted:
    try:
        document = answer.json()
    except HttpFailed as error:
        raise RegistrationRefused("registration.answer", error.message) from error
    found = document if isinstance(document, dict) else {}
    client_id = _identifier(found.get("client_id"))
    if client_id is None:
        raise RegistrationRefused("registration.answer", "client_id")
    tool = found.get(TOOL)
    deployment = tool.get("deployment_id") if isinstance(tool, dict) else None
    return Granted(client_id, _identifier(deployment))


def _identifier(value: Any) -> str | None:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    good = isinstance(text, str) and 0 < len(text) <= 255 and text.isprintable()
    return text if good and text == text.strip() else None
