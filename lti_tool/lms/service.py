"""One call to a service of an LMS: own host, right token, and a new token once if it is refused.

Touches the network through the guarded client. Serves what AGS 2.0 and NRPS 2.0 share; what an
answer means is for the caller to say.
"""

import time
from collections.abc import Callable, Collection
from copy import copy
from typing import Self

from foundation.http import HttpClient, HttpFailed, HttpRefused, HttpResponse
from lti_tool.lms.answers import LmsRefused, LmsUnavailable
from lti_tool.lms.hosts import require_own
from lti_tool.lms.tokens import TokenClient
from lti_tool.outgoing import on_behalf_of
from lti_tool.platforms.quirks.answers import Quirks
from lti_tool.platforms.quirks.choose import quirks_of
from lti_tool.platforms.registrations import RegistrationInfo


class LmsService:
    """The services of one registration, for one task that must end within `seconds`."""

    def __init__(
        self,
        http: HttpClient,
        tokens: TokenClient,
        registration: RegistrationInfo,
        scopes: Collection[str],
        *,
        seconds: float = 35.0,
        max_bytes: int = 1_000_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.registration = registration
        self._http = http
        self._tokens = tokens
        self._scopes = tuple(scopes)
        self._max_bytes = max_bytes
        self._monotonic = monotonic
        self._ends = monotonic() + seconds

    @property
    def quirks(self) -> Quirks:
        """What is peculiar to this LMS."""
        return quirks_of(self.registration.product_family, self.registration.issuer)

    def with_scopes(self, scopes: Collection[str]) -> Self:
        """The same services within the same task, with tokens for other scopes."""
        other = copy(self)
        other._scopes = tuple(scopes)
        return other

    def ask(
        self, method: str, url: str, *, accept: str = "", content_type: str = "", body: bytes = b""
    ) -> HttpResponse:
        """An answer of any status. Raises LmsRefused (a foreign host) or LmsUnavailable."""
        require_own(self.registration, url)
        headers = {"Content-Type": content_type} if content_type else {}
        headers["Accept"] = accept or "*/*"
        try:
            with on_behalf_of(self.registration.id):
                answer = self._authorised(method, url, headers, body)
                if answer.status == 401:
                    answer = self._authorised(method, url, headers, body)
        except HttpFailed as error:
            raise LmsUnavailable(error.code, error.message, everybody=True) from error
        except HttpRefused as error:
            if error.code != "http.address":
                raise LmsRefused(error.code, error.message) from error
            # Names may point to the wrong place for a while, and registrations are mended.
            raise LmsUnavailable(error.code, error.message, everybody=True) from error
        return answer

    def _authorised(
        self, method: str, url: str, headers: dict[str, str], body: bytes
    ) -> HttpResponse:
        if self._monotonic() > self._ends:
            raise HttpFailed("http.timeout", "the LMS took too long")
        token = self._tokens.token(self.registration, self._scopes)
        answer = self._http.request(
            method,
            url,
            headers={**headers, "Authorization": f"Bearer {token}"},
            body=body if method != "GET" else None,
            private_hosts=self.registration.private_hosts,
            max_bytes=self._max_bytes,
        )
        if answer.status == 401:
            self._tokens.drop(self.registration, self._scopes, token)
        return answer
