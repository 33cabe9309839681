"""The gradebook services of one registration: a call that succeeded, and the pages of a list.

Touches the network through the guarded client. Serves AGS 2.0, section 3.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from foundation.http import HttpFailed, HttpResponse
from lti_tool.lms.answers import LmsRefused, LmsUnavailable, require_success
from lti_tool.lms.links import next_page
from lti_tool.lms.service import LmsService

MOST_PAGES = 100
"""Of one list: beyond, it is refused, so that what was not read never passes for missing."""


class Gradebook(LmsService):
    """A gradebook, for one task."""

    def call(
        self, method: str, url: str, *, accept: str = "", content_type: str = "", body: bytes = b""
    ) -> HttpResponse:
        """A successful answer. Raises LmsRefused, LmsUnavailable or LmsConflict."""
        answer = self.ask(method, url, accept=accept, content_type=content_type, body=body)
        require_success(answer, self.quirks.quota_header)
        return answer

    def pages(self, url: str, *, accept: str) -> Iterator[list[Any]]:
        """The pages of a list, to its end. Raises as `call`.

        LmsRefused also where there is no end (ags.loop, ags.too-many). A page that names itself as
        the next one is the last.
        """
        seen: set[str] = set()
        while url:
            if len(seen) >= MOST_PAGES:
                raise LmsRefused("ags.too-many", f"the LMS's list has over {MOST_PAGES} pages")
            seen.add(url)
            answer = self.call("GET", url, accept=accept)
            try:
                page = answer.json()
            except HttpFailed as error:
                raise LmsUnavailable(error.code, error.message) from error
            if not isinstance(page, list):
                raise LmsUnavailable("ags.list", "the LMS did not answer with a list")
            yield page
            following = next_page(answer)
            if following in seen - {url}:
                raise LmsRefused("ags.loop", "the pages of the LMS's list go round in a circle")
            url = "" if following == url else following


def below(url: str, name: str, query: str = "") -> str:
    """The address of a line item's `name` service: in its path, before its query."""
    parts = urlsplit(url)
    asked = "&".join(filter(None, (parts.query, query)))
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path}{name}", asked, ""))
