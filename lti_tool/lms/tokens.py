"""Access tokens of the LMSs: asked for with a signed assertion, kept until shortly before they end.

Touches the network through the guarded client. Serves 1EdTech Security Framework 1.1, 4.1 (RFC
7523). A token is kept for one registration, token URL and set of scopes, and for no other: schools
that share an issuer must never work with each other's.
"""

import re
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import jwt

from foundation import clock
from foundation.http import HttpClient, HttpFailed, HttpResponse
from foundation.secrets import new_token
from lti_tool.lms.answers import LmsUnavailable, plain, retry_after, words_of
from lti_tool.outgoing import on_behalf_of
from lti_tool.platforms.quirks.choose import quirks_of
from lti_tool.platforms.registrations import RegistrationInfo
from lti_tool.platforms.tool_keys import ToolKeys

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TOKEN = re.compile(r"[\x21-\x7e]{1,8000}")
_BACKDATED = 30
"""Seconds: Moodle refuses an assertion whose iat is ahead of its own clock."""
_ASSERTION_LIFE = 180
_MARGIN = 60.0
_LONGEST_LIFE = 3600.0
_ASSUMED_LIFE = 300.0

_Key = tuple[UUID, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Kept:
    token: str
    ends: float
    lacking: tuple[str, ...]


class TokenClient:
    """Tokens of all registrations; one per process, safe between threads."""

    def __init__(
        self,
        http: HttpClient,
        tool_keys: ToolKeys,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._tool_keys = tool_keys
        self._monotonic = monotonic
        self._kept: dict[_Key, _Kept] = {}
        self._locks: dict[_Key, threading.Lock] = {}
        self._lock = threading.Lock()

    def token(self, registration: RegistrationInfo, scopes: Collection[str]) -> str:
        """A token of this registration for these scopes.

        Raises LmsUnavailable where the LMS gives none, HttpFailed and HttpRefused as the client.
        """
        return self._get(registration, scopes).token

    def lacking(self, registration: RegistrationInfo, scopes: Collection[str]) -> tuple[str, ...]:
        """Which of these scopes the LMS left out of its token, as it says. Raises as `token`."""
        return self._get(registration, scopes).lacking

    def drop(self, registration: RegistrationInfo, scopes: Collection[str], token: str) -> None:
        """Forget a token that the LMS no longer takes; a newer one is left alone."""
        key = _key(registration, scopes)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.token == token:
                del self._kept[key]

    def forget(self, registration: RegistrationInfo) -> None:
        """Forget every token of a registration: its LMS may grant something else by now."""
        with self._lock:
            for key in [each for each in list(self._kept) if each[0] == registration.id]:
                del self._kept[key]

    def _get(self, registration: RegistrationInfo, scopes: Collection[str]) -> _Kept:
        key = _key(registration, scopes)
        with self._lock:
            own = self._locks.setdefault(key, threading.Lock())
        with own:
            kept = self._kept.get(key)
            if kept is not None and self._monotonic() < kept.ends:
                return kept
            with on_behalf_of(registration.id):
                fresh = self._ask(registration, key[2])
            self._kept[key] = fresh
            return fresh

    def _ask(self, registration: RegistrationInfo, scopes: tuple[str, ...]) -> _Kept:
        asked_at = self._monotonic()
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": self._assertion(registration),
            "scope": " ".join(scopes),
        }
        answer = self._http.request(
            "POST",
            registration.auth_token_url,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            body=urlencode(form).encode(),
            private_hosts=registration.private_hosts,
            max_bytes=50_000,
        )
        token, life, granted = _read(answer)
        lacking = () if granted is None else tuple(each for each in scopes if each not in granted)
        return _Kept(token, asked_at + life - _MARGIN, lacking)

    def _assertion(self, registration: RegistrationInfo) -> str:
        signing = self._tool_keys.signing()
        moment = int(clock.now().timestamp())
        claims = {
            "iss": registration.client_id,
            "sub": registration.client_id,
            "aud": _audience(registration),
            "iat": moment - _BACKDATED,
            "exp": moment + _ASSERTION_LIFE,
            "jti": new_token(),
        }
        return jwt.encode(claims, signing.key, algorithm="RS256", headers={"kid": signing.kid})


def _audience(registration: RegistrationInfo) -> str:
    quirks = quirks_of(registration.product_family, registration.issuer)
    return registration.auth_audience or quirks.assertion_audience or registration.auth_token_url


def _key(registration: RegistrationInfo, scopes: Collection[str]) -> _Key:
    return registration.id, registration.auth_token_url, tuple(sorted(set(scopes)))


def _read(answer: HttpResponse) -> tuple[str, float, list[str] | None]:
    """The token of an answer, its life in seconds, and its scopes where they are said.

    Where they are not, they are those that were asked for (RFC 6749, 5.1).
    """
    if answer.status not in (200, 201):
        raise LmsUnavailable(
            "token.refused",
            plain(f"the LMS gave no access token: {answer.status} {words_of(answer)}"),
            wait=retry_after(answer),
            everybody=True,
        )
    try:
        document = answer.json()
    except HttpFailed:
        document = None
    found = document if isinstance(document, dict) else {}
    token = found.get("access_token")
    bearer = str(found.get("token_type", "bearer")).lower() == "bearer"
    if not bearer or not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise LmsUnavailable(
            "token.answer", "the LMS's token endpoint did not answer with a token", everybody=True
        )
    scope = found.get("scope")
    granted = scope.split() if isinstance(scope, str) else None
    return token, _life(found.get("expires_in")), granted


def _life(expires_in: Any) -> float:
    if isinstance(expires_in, str) and expires_in.isascii() and expires_in.isdigit():
        expires_in = int(expires_in[:9])
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float):
        return _ASSUMED_LIFE
    return min(max(expires_in, 0.0), _LONGEST_LIFE)
