"""The login initiation: from what the LMS asks to the redirect that sends the browser back to it.

Reads registrations and writes nothing: what is begun travels in the state (states.py). Serves
1EdTech Security Framework 1.1, 5.1.1.1 and 5.1.1.2, on PyLTI1p3's OIDCLogin.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, make_response, redirect
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.redirect import Redirect

from lti_tool.access.origins import origin_of
from lti_tool.launch import storage
from lti_tool.launch.codes import LaunchRefused
from lti_tool.launch.logins import LoginCookies, Logins
from lti_tool.launch.platform_conf import KnownRegistration, PlatformConf
from lti_tool.launch.requests import CheckedRequest
from lti_tool.launch.states import frame_in


class _SeeOther(Redirect[Response]):
    def __init__(self, location: str, browser: LoginCookies) -> None:
        self._location = location
        self._browser = browser

    def do_redirect(self) -> Response:
        response = make_response(redirect(self._location, 302))
        self._browser.put(response)
        return response


class _KeepFirst(_SeeOther):
    """Goes on by way of a page that lets the LMS keep the secret too (storage.py)."""

    def do_redirect(self) -> Response:
        state = self._browser.begun()
        response = storage.keeping_page(state, self._browser.secret(state), self._location)
        self._browser.put(response)
        return response


class StrictLogin(OIDCLogin[CheckedRequest, PlatformConf, Logins, LoginCookies, Response]):
    """PyLTI1p3's login with our own checks, randomness, storage and cookie."""

    _registration: KnownRegistration

    def __init__(
        self,
        request: CheckedRequest,
        conf: PlatformConf,
        logins: Logins,
        browser: LoginCookies,
        base_url: str,
        *,
        framed: bool,
    ) -> None:
        super().__init__(request, conf, logins, browser)
        self._base_url = base_url
        self._framed = framed

    def validate_oidc_login(self) -> KnownRegistration:
        """Find the registration and check the target. Raises LaunchRefused."""
        for name in ("iss", "login_hint", "target_link_uri"):
            if not self._get_request_param(name):
                raise LaunchRefused("launch.parameter.missing", name)
        target = self._get_request_param("target_link_uri")
        if origin_of(target) != origin_of(self._base_url) or urlsplit(target).fragment:
            raise LaunchRefused("login.target.foreign")
        registration = self._tool_config.find_registration_by_params(
            self._get_request_param("iss"), self._get_request_param("client_id")
        )
        return registration

    def get_redirect(self, url: str) -> Redirect[Response]:
        """The answer to the browser, with the cookie that binds the login to it."""
        if frame_in(self._cookie_service.begun()) is not None:
            return _KeepFirst(url, self._cookie_service)
        return _SeeOther(url, self._cookie_service)

    def _get_uuid(self) -> str:
        known = self._registration.known
        named = self._get_request_param("lti_storage_target")
        frame = storage.frame_for(named, known, framed=self._framed)
        target = self._get_request_param("target_link_uri")
        return self._session_service.new_state(known.id, target, frame)

    def _generate_nonce(self) -> str:
        return self._session_service.nonce(self._cookie_service.begun())

    def _prepare_redirect_url(self, launch_url: str) -> str:
        url: Any = super()._prepare_redirect_url(launch_url)
        address = self._registration.known.auth_login_url
        if "?" in address:
            url = f"{address}&{url[len(address) + 1 :]}"
        return str(url)
