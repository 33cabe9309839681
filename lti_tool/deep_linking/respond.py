"""The answer to a deep linking request: a signed message that the browser carries to the LMS.

Reads the registration; touches no other row. Serves LTI Deep Linking 2.0, section 4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt

from foundation import clock
from foundation.db import EVERY_TENANT
from foundation.http_target import HttpRefused, host_port
from foundation.secrets import new_token
from lti_tool.access.headers import send_forms_to
from lti_tool.access.here import Here
from lti_tool.access.origins import is_safe, origin_of
from lti_tool.deep_linking.items import RESOURCE_LINK, ActivityItem, content_item
from lti_tool.platforms.registrations import RegistrationInfo, registration_by_id
from lti_tool.services import Services
from rubrics.errors import Refused

_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
_BACKDATED = 30
_LIFE = 300
"""Seconds that the LMS has to take the answer."""


@dataclass(frozen=True, slots=True)
class ReturnForm:
    """What the page posts: JWT=`jwt` to `action`."""

    action: str
    jwt: str


def respond(
    services: Services, here: Here, items: Sequence[ActivityItem], message: str = ""
) -> ReturnForm:
    """Sign the answer of this deep linking launch, and let its page's form be sent to the LMS.

    Raises Refused where the launch asked for no content, or for none of this kind or number.
    """
    settings = here.deep_linking
    if settings is None:
        raise Refused(
            "deep-linking.not-asked",
            "The LMS did not ask for an activity. Begin again at “add activity” in your course.",
        )
    with services.db.reading(EVERY_TENANT) as session:
        registration = registration_by_id(session, UUID(str(settings["registration_id"])))
    if registration is None:
        raise Refused("deep-linking.registration", "This LMS is no longer registered here.")
    if items:
        check_kind(settings)
    if len(items) > 1 and not settings.get("accept_multiple"):
        raise Refused("deep-linking.multiple", "The LMS takes one activity at a time. Choose one.")
    action = _return_address(settings)
    claims = _claims(registration, settings, message)
    claims[f"{_DEEP_LINKING}content_items"] = [
        content_item(item, settings, registration, services.settings.base_url) for item in items
    ]
    key = services.tool_keys.signing()
    token = jwt.encode(claims, key.key, algorithm="RS256", headers={"kid": key.kid})
    send_forms_to([*filter(None, (origin_of(action),)), *here.frame_origins])
    return ReturnForm(action, token)


def check_kind(settings: Mapping[str, Any]) -> None:
    """Raise Refused where the LMS takes no link that launches: everything of ours is one."""
    if RESOURCE_LINK not in settings.get("accept_types", ()):
        raise Refused(
            "deep-linking.type",
            "The LMS did not ask for an activity here, but for content of another kind. Begin "
            "again at “add activity” in your course.",
        )


def _return_address(settings: Mapping[str, Any]) -> str:
    url = str(settings["return_url"])
    try:
        host_port(url)
    except HttpRefused as error:
        raise _unsafe(error.message) from error
    if not is_safe(url):
        raise _unsafe("it does not begin with https")
    return url


def _unsafe(reason: str) -> Refused:
    return Refused(
        "deep-linking.return",
        "The LMS gave a return address that cannot be used (%(reason)s). Nothing was added; tell "
        "the LMS's administrator.",
        reason=reason,
    )


def _claims(
    registration: RegistrationInfo, settings: Mapping[str, Any], message: str
) -> dict[str, Any]:
    moment = int(clock.now().timestamp())
    claims: dict[str, Any] = {
        "iss": registration.client_id,
        "aud": registration.issuer,
        "iat": moment - _BACKDATED,
        "exp": moment + _LIFE,
        "nonce": new_token(),
        f"{_LTI}message_type": "LtiDeepLinkingResponse",
        f"{_LTI}version": "1.3.0",
        f"{_LTI}deployment_id": settings["deployment_id"],
    }
    if settings.get("data") is not None:
        claims[f"{_DEEP_LINKING}data"] = settings["data"]
    if message:
        claims[f"{_DEEP_LINKING}msg"] = message
    return claims
