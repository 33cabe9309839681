"""A course's class list with all that the LMS offers beside it: links, sections, groups.

Touches the network through the guarded client. Serves NRPS 2.0, section 3 (the list of one link,
asked by `rlid`, with what a launch would say of each member), and Course Groups Service 1.0. Only
the list itself must succeed; all else is an addition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from foundation.http import HttpClient
from lti_tool.groups.service import NoNames, group_names
from lti_tool.lms.service import LmsService
from lti_tool.lms.tokens import TokenClient
from lti_tool.nrps.reading import NotRead, read_list, service_for
from lti_tool.platforms.registrations import RegistrationInfo
from rubrics.actions.course_groups import GroupName, Said
from rubrics.actions.roster import Member
from rubrics.words import GroupKind

_REFUSED = ("nrps.forbidden", "nrps.gone", "nrps.refused")
_GROUPS = {"groups": "true"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a course's list is. "" for what the LMS does not offer."""

    url: str
    link_id: str = ""
    """A resource link of the course, as the LMS knows it."""
    links_say_groups: bool = False
    """Launches from this course said sections or groups: so do lists of its links."""
    groups_url: str = ""
    group_sets_url: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """Who was listed; `whole` unless only those who may open one link were."""

    members: tuple[Member, ...]
    whole: bool = True


def read_course(
    http: HttpClient, tokens: TokenClient, registration: RegistrationInfo, source: Source
) -> Listed:
    """Everybody on the list, with the sections and groups that are said. Raises NotRead."""
    service = service_for(http, tokens, registration)
    try:
        members = _of_course(service, source)
    except NotRead as refusal:
        if not source.link_id or refusal.code not in _REFUSED:
            raise
        return Listed(_with_names(service, source, _of_link(service, source, refusal)), False)
    if source.link_id and source.links_say_groups:
        members = _with_messages(service, source, members)
    return Listed(_with_names(service, source, members))


def _of_course(service: LmsService, source: Source) -> tuple[Member, ...]:
    if source.groups_url:
        try:
            return _all_said(read_list(service, source.url, _GROUPS))
        except NotRead as refusal:
            # Some answer a parameter that they do not know with 403, 404 or 500.
            if refusal.code not in _REFUSED and not refusal.code.startswith("nrps.5"):
                raise
    return read_list(service, source.url, {})


def _of_link(service: LmsService, source: Source, refusal: NotRead) -> tuple[Member, ...]:
    """Those who may open the link; where that is refused too, the course's refusal counts."""
    asked = {"rlid": source.link_id, **(_GROUPS if source.groups_url else {})}
    try:
        return _all_said(read_list(service, source.url, asked))
    except NotRead as error:
        if error.later:
            raise
        raise refusal from error


def _with_messages(
    service: LmsService, source: Source, members: tuple[Member, ...]
) -> tuple[Member, ...]:
    try:
        listed = read_list(service, source.url, {"rlid": source.link_id})
    except NotRead:
        return members
    said = {member.subject: member.said for member in listed}
    return tuple(
        replace(member, said=member.said | said.get(member.subject, Said())) for member in members
    )


def _all_said(members: Sequence[Member]) -> tuple[Member, ...]:
    """Where the list names groups, whoever has none beside them is in none."""
    kinds = frozenset({GroupKind.GROUP})
    if not any(kinds <= member.said.kinds for member in members):
        return tuple(members)
    return tuple(replace(member, said=member.said | Said(kinds)) for member in members)


def _with_names(
    service: LmsService, source: Source, members: tuple[Member, ...]
) -> tuple[Member, ...]:
    known = {each.key for member in members for each in member.said.groups if _is_group(each)}
    if not known or not source.groups_url:
        return members
    try:
        names = group_names(service, source.groups_url, source.group_sets_url)
    except NoNames:
        return members
    return tuple(replace(member, said=_named(member.said, names)) for member in members)


def _named(said: Said, names: Mapping[str, GroupName]) -> Said:
    groups = (names.get(each.key, each) if _is_group(each) else each for each in said.groups)
    return replace(said, groups=tuple(groups))


def _is_group(each: GroupName) -> bool:
    return each.kind is GroupKind.GROUP
