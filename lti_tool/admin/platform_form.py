"""The form in which an LMS is registered by hand: what was typed, and what is wrong with it.

Touches nothing but what it is given. What a person typed is kept, so that a mistake can be mended
without typing it all again.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from lti_tool.onboarding import PlatformValues
from lti_tool.platforms.registrations import RegistrationInfo, further_hosts, is_private
from lti_tool.platforms.tables import DeploymentPolicy
from rubrics.errors import Refused

_ADDRESSES = ("auth_login_url", "auth_token_url", "key_set_url")
_FIELD_OF_TEXT = {
    "issuer": "issuer",
    "client id": "client_id",
    "deployment id": "deployments",
    "audience": "auth_audience",
}
_FIELD_OF_CODE = {
    "platform.deployment.taken": "deployments",
    "platform.host": "hosts",
    "platform.frame": "frames",
    "platform.frame.many": "frames",
}


class TypedPlatform(PlatformValues, total=False):
    """What an administrator types: onboard's arguments, and what is listed of the LMS."""

    hosts: Collection[str]
    frame_origins: Collection[str]


@dataclass(frozen=True)
class PlatformForm:
    """The fields as typed; `deployments`, `hosts` and `frames` have a line for each.

    Without a `policy`, a known LMS keeps its own, and a new one has the usual one of its issuer.
    """

    name: str = ""
    issuer: str = ""
    client_id: str = ""
    auth_login_url: str = ""
    auth_token_url: str = ""
    auth_audience: str = ""
    key_set_url: str = ""
    deployments: str = ""
    tenant: str = ""
    policy: str = ""
    private: bool = False
    hosts: str = ""
    frames: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    def values(self) -> TypedPlatform | None:
        """What to register; None with `errors` filled where something is missing."""
        for name in ("issuer", "client_id", *_ADDRESSES):
            if not getattr(self, name):
                self.errors[name] = gettext("This is missing. Copy it from the LMS.")
        if self.errors:
            return None
        values = TypedPlatform(
            # Every field shows what is known: one that was emptied is not to stay as it is.
            name=self.name or self.issuer,
            issuer=self.issuer,
            client_id=self.client_id,
            auth_login_url=self.auth_login_url,
            auth_token_url=self.auth_token_url,
            auth_audience=self.auth_audience,
            key_set_url=self.key_set_url,
            deployment_ids=_lines(self.deployments),
            tenant_name=self.tenant or None,
            private=self.private,
            hosts=_lines(self.hosts),
            frame_origins=_lines(self.frames),
        )
        if self.policy:
            values["policy"] = policy_of(self.policy)
        return values

    def blame(self, refusal: Refused, message: str) -> None:
        """Put a refusal beside the field that it is about."""
        about: dict[str, Any] = dict(refusal.values)
        if refusal.code in _FIELD_OF_CODE:
            self.errors[_FIELD_OF_CODE[refusal.code]] = message
            return
        typed = {name: getattr(self, name) for name in _ADDRESSES}
        blamed = [name for name, value in typed.items() if value == about.get("address")]
        for name in blamed or [_FIELD_OF_TEXT.get(str(about.get("what")), "issuer")]:
            self.errors[name] = message


def from_request(posted: MultiDict[str, str]) -> PlatformForm:
    """The form as it was sent."""
    names = (
        "name", "issuer", "client_id", *_ADDRESSES, "auth_audience", "deployments", "tenant",
        "policy", "hosts", "frames",
    )  # fmt: skip
    typed: dict[str, Any] = {name: posted.get(name, "").strip() for name in names}
    return PlatformForm(**typed, private="private" in posted)


def from_registration(known: RegistrationInfo) -> PlatformForm:
    """The form of an LMS that is registered."""
    return PlatformForm(
        name=known.name,
        issuer=known.issuer,
        client_id=known.client_id,
        auth_login_url=known.auth_login_url,
        auth_token_url=known.auth_token_url,
        auth_audience=known.auth_audience or "",
        key_set_url=known.key_set_url,
        policy=known.policy.value,
        private=is_private(known),
        hosts="\n".join(further_hosts(known)),
        frames="\n".join(known.frame_origins),
    )


def _lines(typed: str) -> list[str]:
    return [line.strip() for line in typed.split("\n") if line.strip()]


def policy_of(typed: str) -> DeploymentPolicy:
    """The policy that a form names; the first one where it names none of ours."""
    known = {each.value for each in DeploymentPolicy}
    return DeploymentPolicy(typed) if typed in known else DeploymentPolicy.FIRST
