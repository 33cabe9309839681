"""One call to a gradebook service: own host, right token, and a new token once if it is refused.

Touches the network through the guarded client. Serves AGS 2.0, section 3; also reads its paged
lists, whose Link headers Moodle writes with curly quotes and &amp;.
"""

import html
import re
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from lti_tool.ags.answers import LmsRefused, LmsUnavailable, require_success
from lti_tool.ags.hosts import require_own
from lti_tool.ags.tokens import TokenClient
from lti_tool.http import HttpClient, HttpFailed, HttpRefused, HttpResponse
from lti_tool.platforms.registrations import RegistrationInfo

MOST_PAGES = 20
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r"rel\s*=[^a-z;]*([a-z]+)", re.IGNORECASE)


class Gradebook:
    """The services of one registration, for one task that must end within `seconds`."""

    def __init__(
        self,
        http: HttpClient,
        tokens: TokenClient,
        registration: RegistrationInfo,
        scopes: Collection[str],
        *,
        seconds: float = 35.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.registration = registration
        self._http = http
        self._tokens = tokens
        self._scopes = tuple(scopes)
        self._monotonic = monotonic
        self._ends = monotonic() + seconds

    def call(
        self, method: str, url: str, *, accept: str = "", content_type: str = "", body: bytes = b""
    ) -> HttpResponse:
        """A successful answer. Raises LmsRefused, LmsUnavailable or LmsConflict."""
        require_own(self.registration, url)
        headers = {"Content-Type": content_type} if content_type else {}
        headers["Accept"] = accept or "*/*"
        try:
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
        require_success(answer)
        return answer

    def pages(self, url: str, *, accept: str) -> Iterator[list[Any]]:
        """The pages of a list. Raises as `call`; ends after MOST_PAGES, or where they go round."""
        seen: set[str] = set()
        while url and url not in seen and len(seen) < MOST_PAGES:
            seen.add(url)
            answer = self.call("GET", url, accept=accept)
            try:
                page = answer.json()
            except HttpFailed as error:
                raise LmsUnavailable(error.code, error.message) from error
            if not isinstance(page, list):
                raise LmsUnavailable("ags.list", "the LMS did not answer with a list")
            yield page
            url = next_page(answer)

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
        )
        if answer.status == 401:
            self._tokens.drop(self.registration, self._scopes, token)
        return answer


def below(url: str, name: str, query: str = "") -> str:
    """The address of a line item's `name` service: in its path, before its query."""
    parts = urlsplit(url)
    asked = "&".join(filter(None, (parts.query, query)))
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path}{name}", asked, ""))


def next_page(answer: HttpResponse) -> str:
    """The address that rel=next names, case kept; "" on the last page."""
    for target, parameters in _LINK.findall(answer.headers.get("Link", "")):
        relation = _REL.search(parameters)
        if relation is not None and relation[1].lower() == "next":
            return urljoin(answer.url, html.unescape(target.strip()))
    return ""
