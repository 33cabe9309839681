"""The launch itself: each step of PyLTI1p3's MessageLaunch, made strict.

Touches what it is handed: logins, keys, deployments. Writes nothing but an admitted deployment.
Serves LTI 1.3 core 5.1 and 1EdTech Security Framework 1.1, 5.1.3. No step of PyLTI1p3's own is left
to run: it consumes no nonce, accepts foreign audiences and tokens of any age, and coerces claims.
"""

import hmac
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pylti1p3.message_launch import MessageLaunch

from lti_tool.launch import token
from lti_tool.launch.claims import DEPLOYMENT_ID, LaunchClaims, Place, read
from lti_tool.launch.codes import LaunchRefused
from lti_tool.launch.logins import LoginCookies, Logins, PendingLogin
from lti_tool.launch.platform_conf import AdmittedDeployment, PlatformConf
from lti_tool.launch.requests import CheckedRequest
from lti_tool.launch.roles import Roles
from lti_tool.launch.roles import parse as parse_roles
from lti_tool.launch.states import target_digest
from lti_tool.platforms.deployments import DeploymentInfo
from lti_tool.platforms.platform_keys import KeysUnavailable
from lti_tool.platforms.registrations import RegistrationInfo
from rubrics.words import CourseRole

LEEWAY_SECONDS = 60
OLDEST_SECONDS = 600
"""How long ago a token may have been issued: as long as a login lives."""
RESOURCE_LINK, DEEP_LINKING = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"
SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"
_SERVED = (RESOURCE_LINK, DEEP_LINKING, SUBMISSION_REVIEW)
_LONGEST_NONCE = 512
_LONGEST_ID = 255


class Keys(Protocol):
    """What is needed of PlatformKeys."""

    def key_for(self, registration: RegistrationInfo, kid: str) -> RSAPublicKey | None:
        """The key of this kid."""


@dataclass(frozen=True, slots=True)
class AcceptedLaunch:
    """A launch that is genuine; its login is still to be consumed."""

    login: PendingLogin
    deployment: DeploymentInfo
    claims: LaunchClaims
    subject: str
    context: Place
    roles: Roles


class StrictLaunch(MessageLaunch[CheckedRequest, PlatformConf, Logins, LoginCookies]):
    """One id_token on its way in. `accepted()` runs all steps."""

    _login: PendingLogin
    _parsed: token.Token | None = None
    _token: token.Token
    _claims: LaunchClaims
    _deployment: AdmittedDeployment
    _accepted: AcceptedLaunch

    def __init__(
        self,
        request: CheckedRequest,
        conf: PlatformConf,
        logins: Logins,
        browser: LoginCookies,
        keys: Keys,
        at: datetime,
    ) -> None:
        # PyLTI1p3 would open an HTTP session for each launch; ours are fetched by `keys`.
        super().__init__(request, conf, logins, browser, requests_session=keys)
        self._keys = keys
        self._at = at.timestamp()

    def accepted(self) -> AcceptedLaunch:
        """Check everything. Raises LaunchRefused, with the way back where the platform said one."""
        try:
            self.validate()
        except LaunchRefused as refused:
            # They are there once the platform's signature of them is verified.
            found: LaunchClaims | None = getattr(self, "_claims", None)
            refused.way_back = found.return_url if found else None
            raise
        return self._accepted

    def _get_request_param(self, key: str) -> str:
        return self._request.get_param(key)

    def validate_state(self) -> Self:
        """The state is of a login that this browser began."""
        state = self._required("state")
        self._login = self._session_service.pending(state, self._named_deployment())
        return self

    def validate_jwt_format(self) -> Self:
        """The id_token is a JWS by RS256 with a kid."""
        self._token = self._parsed or token.parse(self._required("id_token"))
        self._jwt = {"header": {"kid": self._token.kid}, "body": self._token.claims}
        return self

    def validate_nonce(self) -> Self:
        """The nonce is the one of this very login."""
        nonce = self._token.claims.get("nonce")
        if not isinstance(nonce, str) or len(nonce) > _LONGEST_NONCE or not nonce.isascii():
            raise LaunchRefused("launch.nonce")
        if not hmac.compare_digest(nonce, self._login.nonce):
            raise LaunchRefused("launch.nonce")
        return self

    def validate_registration(self) -> Self:
        """Issuer and audience are those of the registration that the login began with.

        We trust no other audience, so any further one is refused (Security Framework 5.1.3).
        """
        registration, body = self._login.registration, self._token.claims
        if body.get("iss") != registration.issuer:
            raise LaunchRefused("launch.issuer")
        audience = body.get("aud")
        if audience not in (registration.client_id, [registration.client_id]):
            raise LaunchRefused("launch.audience", "aud")
        if "azp" in body and body["azp"] != registration.client_id:
            raise LaunchRefused("launch.audience", "azp")
        return self

    def validate_jwt_signature(self) -> Self:
        """The platform signed it, lately; and what it signed has the right types."""
        try:
            key = self._keys.key_for(self._login.registration, self._token.kid)
        except KeysUnavailable as error:
            raise LaunchRefused("launch.keys.unreachable", error.code) from error
        if key is None:
            raise LaunchRefused("launch.key.unknown")
        token.verify(self._token, key)
        self._claims = read(self._token.claims)
        self._check_times()
        return self

    def validate_deployment(self) -> Self:
        """The deployment is known, or the registration's policy admits it."""
        known, named = self._login.deployment, self._claims.deployment_id
        if known is not None and known.deployment_id == named:
            self._deployment = AdmittedDeployment(known)
        else:
            self._deployment = self._tool_config.admit(self._login.registration, named)
        return self

    def validate_message(self) -> Self:
        """The message is one that we serve, for the address asked for, of somebody in a course."""
        found = self._claims
        if found.message_type not in _SERVED:
            raise LaunchRefused("launch.message.unknown")
        self._check_target(found)
        if found.subject is None:
            raise LaunchRefused("launch.anonymous")
        if found.context is None:
            raise LaunchRefused("launch.context.missing")
        if found.message_type != DEEP_LINKING and found.resource_link is None:
            raise LaunchRefused("launch.claim", "resource_link")
        if found.message_type == SUBMISSION_REVIEW and found.for_user is None:
            raise LaunchRefused("launch.claim", "for_user")
        if found.message_type == DEEP_LINKING and found.deep_linking is None:
            raise LaunchRefused("launch.claim", "deep_linking_settings")
        self._accepted = AcceptedLaunch(
            login=self._login,
            deployment=self._deployment.known,
            claims=found,
            subject=found.subject,
            context=found.context,
            roles=self._roles(found),
        )
        return self

    def save_launch_data(self) -> Self:
        """Nothing to keep: what a launch leads to is written in one transaction (enter.py)."""
        return self

    def _named_deployment(self) -> str:
        """What to look up along with the login; it counts once the signature was verified."""
        with suppress(LaunchRefused):
            self._parsed = token.parse(self._get_request_param("id_token"))
            named = self._parsed.claims.get(DEPLOYMENT_ID)
            if isinstance(named, str) and len(named) <= _LONGEST_ID and named.isprintable():
                return named
        return ""

    def _required(self, name: str) -> str:
        value = self._get_request_param(name)
        if not value:
            raise LaunchRefused("launch.parameter.missing", name)
        return value

    def _check_times(self) -> None:
        found = self._claims
        if found.expires <= self._at - LEEWAY_SECONDS:
            raise LaunchRefused("launch.expired", "exp")
        if found.issued < self._at - OLDEST_SECONDS - LEEWAY_SECONDS:
            raise LaunchRefused("launch.expired", "iat")
        if found.issued > self._at + LEEWAY_SECONDS:
            raise LaunchRefused("launch.early", "iat")
        if found.not_before is not None and found.not_before > self._at + LEEWAY_SECONDS:
            raise LaunchRefused("launch.early", "nbf")

    def _check_target(self, found: LaunchClaims) -> None:
        # Deep Linking 2.0 does not ask for the claim in its request.
        may_be_absent = found.message_type == DEEP_LINKING
        if found.target_link_uri is None and may_be_absent:
            return
        if target_digest(found.target_link_uri or "") != self._login.target_digest:
            raise LaunchRefused("launch.target")

    def _roles(self, found: LaunchClaims) -> Roles:
        parsed = parse_roles(found.roles)
        if parsed.role is CourseRole.NONE:
            raise LaunchRefused("launch.role.none")
        if found.message_type == DEEP_LINKING and parsed.role is not CourseRole.INSTRUCTOR:
            raise LaunchRefused("launch.deep_linking.role")
        return parsed
