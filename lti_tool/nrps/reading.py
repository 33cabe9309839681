"""Reading a whole class list: every page of it, or nothing.

Touches the network through the guarded client, and nothing else. Serves NRPS 2.0, sections 2.1
and 2.4. No `limit` is sent: Moodle lists in no particular order, so that pages could miss somebody,
and sends everybody at once when it is not asked to page.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from foundation.http import HttpClient, HttpFailed, HttpResponse
from lti_tool.lms.answers import LmsRefused, LmsUnavailable, is_limit, retry_after, words_of
from lti_tool.lms.links import next_page
from lti_tool.lms.service import LmsService
from lti_tool.lms.tokens import TokenClient
from lti_tool.nrps.members import Page, Unreadable, merged, page_of
from lti_tool.platforms.quirks.answers import Quirks
from lti_tool.platforms.registrations import RegistrationInfo
from rubrics.actions.roster import Member

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MOST_PAGES = 300
MOST_MEMBERS = 20_000
MOST_BYTES = 8_000_000
"""Of one page: Moodle's of 20,000 people."""
SECONDS = 60.0
_LATER = (408, 425, 429)


class NotRead(Exception):
    """The list was not read to its end, so nothing may follow from it. `code` is searchable.

    `later`: it may succeed by itself. `everybody`: it concerns the LMS, not this course.
    """

    def __init__(
        self,
        code: str,
        reason: str,
        *,
        later: bool = False,
        wait: float | None = None,
        everybody: bool = False,
    ) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.later = later
        self.wait = wait
        self.everybody = everybody


def read_roster(
    http: HttpClient,
    tokens: TokenClient,
    registration: RegistrationInfo,
    url: str,
    *,
    seconds: float = SECONDS,
) -> tuple[Member, ...]:
    """Every active member at the memberships address `url`, each once. Raises NotRead."""
    return read_list(service_for(http, tokens, registration, seconds=seconds), url, {})


def service_for(
    http: HttpClient,
    tokens: TokenClient,
    registration: RegistrationInfo,
    *,
    seconds: float = SECONDS,
) -> LmsService:
    """The service of class lists, for all that is read at once."""
    return LmsService(http, tokens, registration, (SCOPE,), seconds=seconds, max_bytes=MOST_BYTES)


def read_list(service: LmsService, url: str, asked: Mapping[str, str]) -> tuple[Member, ...]:
    """Every active member, each once, of all pages for which `asked` is asked. Raises NotRead.

    Some LMSs drop what was asked from the address of the next page: it is asked again.
    """
    url = with_query(url, asked)
    members: dict[str, Member] = {}
    seen: set[str] = set()
    size = 0
    while url:
        if url in seen:
            raise NotRead("nrps.loop", "the pages of the class list go round in a circle")
        seen.add(url)
        answer = _ask(service, url)
        page = _page(answer)
        size += page.size
        if len(seen) > MOST_PAGES or size > MOST_MEMBERS:
            raise NotRead("nrps.too-many", f"the class list has over {MOST_MEMBERS} members")
        for member in page.members:
            known = members.get(member.subject)
            members[member.subject] = member if known is None else merged(known, member)
        following = next_page(answer)
        url = with_query(following, asked) if following else ""
    if not members:
        raise NotRead("nrps.empty", "the class list has no active member", later=True)
    return tuple(members.values())


def with_query(url: str, asked: Mapping[str, str]) -> str:
    """The address asking for more, beside the query that it has; what it asks already stays."""
    parts = urlsplit(url)
    there = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    added = urlencode({name: value for name, value in asked.items() if name not in there})
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, added)))))


def _ask(service: LmsService, url: str) -> HttpResponse:
    try:
        answer = service.ask("GET", url, accept=MEDIA_TYPE)
    except LmsRefused as error:
        if not error.code.startswith("ags."):
            raise NotRead(error.code, error.reason) from error
        code = error.code.replace("ags.", "nrps.")
        raise NotRead(code, "the list's address does not belong to this LMS") from error
    except LmsUnavailable as error:
        raise NotRead(
            error.code, error.reason, later=True, wait=error.wait, everybody=error.everybody
        ) from error
    if not 200 <= answer.status < 300:
        raise _not_read(answer, service.quirks)
    return answer


def _not_read(answer: HttpResponse, quirks: Quirks) -> NotRead:
    status, words = answer.status, f"{answer.status} {words_of(answer)}".strip()
    limited = is_limit(answer, quirks.quota_header)
    if status in _LATER or status >= 500 or status < 400 or limited:
        return NotRead(
            f"nrps.{status}", words, later=True, wait=retry_after(answer), everybody=True
        )
    if status in (401, 403):
        return NotRead("nrps.forbidden", words)
    if status in (404, 410):
        return NotRead("nrps.gone", words)
    return NotRead("nrps.refused", words)


def _page(answer: HttpResponse) -> Page:
    try:
        return page_of(answer.json())
    except HttpFailed as error:
        raise NotRead("nrps.answer", "the LMS did not answer with JSON", later=True) from error
    except Unreadable as error:
        raise NotRead(error.code, error.message) from error
