"""The names of a course's groups, from the LMS.

Touches the network through the guarded client. Serves LTI Course Groups Service 1.0: groups and,
where they are offered, the sets that they belong to. Who is in a group the class list says.
"""

from collections.abc import Mapping
from typing import Any

from foundation.http import HttpFailed, HttpResponse
from lti_tool.groups.said import key_of, name_of
from lti_tool.lms.answers import LmsRefused, LmsUnavailable
from lti_tool.lms.links import next_page
from lti_tool.lms.service import LmsService
from rubrics.actions.course_groups import GroupName
from rubrics.words import GroupKind

SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
GROUPS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
SETS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json"
MOST_PAGES = 100
MOST_GROUPS = 10_000


class NoNames(Exception):
    """The names could not be read. `code` is searchable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def group_names(service: LmsService, groups_url: str, sets_url: str) -> dict[str, GroupName]:
    """The course's groups by what the LMS knows them by. Raises NoNames.

    The names of the sets are an addition: without them the groups stand alone.
    """
    service = service.with_scopes((SCOPE,))
    groups = _all(service, groups_url, "groups", GROUPS_TYPE)
    try:
        sets = _all(service, sets_url, "sets", SETS_TYPE) if sets_url else []
    except NoNames:
        sets = []
    set_names = {key_of(each.get("id")): name_of(each.get("name")) for each in sets}
    return {
        key: GroupName(
            GroupKind.GROUP,
            key,
            name_of(each.get("name")),
            set_names.get(key_of(each.get("set_id")), ""),
        )
        for each in groups
        if (key := key_of(each.get("id")))
    }


def _all(service: LmsService, url: str, name: str, media_type: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    seen: set[str] = set()
    while url:
        if url in seen or len(seen) == MOST_PAGES or len(found) > MOST_GROUPS:
            raise NoNames("groups.too-many")
        seen.add(url)
        answer = _ask(service, url, media_type)
        found += _page(answer, name)
        url = next_page(answer)
    return found


def _ask(service: LmsService, url: str, media_type: str) -> HttpResponse:
    try:
        answer = service.ask("GET", url, accept=media_type)
    except (LmsRefused, LmsUnavailable) as error:
        raise NoNames(error.code) from error
    if not 200 <= answer.status < 300:
        raise NoNames(f"groups.{answer.status}")
    return answer


def _page(answer: HttpResponse, name: str) -> list[Mapping[str, Any]]:
    try:
        document = answer.json()
    except HttpFailed as error:
        raise NoNames("groups.answer") from error
    listed = document.get(name) if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise NoNames("groups.answer")
    return [each for each in listed if isinstance(each, dict)]
