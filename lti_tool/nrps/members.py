"""One page of a class list as the LMS wrote it: strict where it decides, lenient in what it shows.

Touches nothing but its arguments. Serves NRPS 2.0, sections 2.2 and 2.3. Moodle escapes names for
HTML here, and names roles shortly ("Learner"); who is not active does not count as listed.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lti_tool.groups.said import said_of_member
from lti_tool.launch.roles import parse
from rubrics.actions.people import LONGEST_SUBJECT
from rubrics.actions.roster import Member
from rubrics.words import CourseRole

MOST_ROLES = 100
_STATUS_URI = "http://purl.imsglobal.org/vocab/lis/v2/membership/status#"
_ACTIVE, _GONE = "active", ("inactive", "deleted")
_STRONGEST_LAST = tuple(CourseRole)


class Unreadable(Exception):
    """The answer is no page of a class list. `code` is searchable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Page:
    """The active members of one page; `size` counts all that it names."""

    members: tuple[Member, ...]
    size: int


def page_of(document: Any) -> Page:
    """The page in a parsed JSON answer. Raises Unreadable (nrps.answer, nrps.member)."""
    found = document.get("members") if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise Unreadable("nrps.answer", "the answer has no list of members")
    members = (_member(entry) for entry in found)
    return Page(tuple(member for member in members if member is not None), len(found))


def merged(first: Member, second: Member) -> Member:
    """Two entries of one person: an LMS may list somebody once a section. The stronger role."""
    stronger = max(first, second, key=lambda member: _STRONGEST_LAST.index(member.role))
    return replace(stronger, said=first.said | second.said)


def _member(entry: Any) -> Member | None:
    """None for whoever is not active, and for pretended learners."""
    if not isinstance(entry, dict):
        raise Unreadable("nrps.member", "a member is not an object")
    subject = entry.get("user_id")
    if (
        not isinstance(subject, str)
        or not 0 < len(subject) <= LONGEST_SUBJECT
        or any(each == "\0" or "\ud800" <= each <= "\udfff" for each in subject)
    ):
        raise Unreadable("nrps.member", "a member has no usable user_id")
    named = entry.get("roles")
    if (
        not isinstance(named, list)
        or len(named) > MOST_ROLES
        or not all(isinstance(role, str) for role in named)
    ):
        raise Unreadable("nrps.member", "a member's roles are not a list of words")
    active = _is_active(entry.get("status"))
    roles = parse(named)
    if not active or roles.test_student:
        return None
    return Member(
        subject=subject,
        role=roles.role,
        name=_text(entry, "name"),
        given_name=_text(entry, "given_name"),
        family_name=_text(entry, "family_name"),
        email=_text(entry, "email"),
        said=said_of_member(entry),
    )


def _is_active(status: Any) -> bool:
    """A member without a status is active (2.2)."""
    if status is None:
        return True
    word = status.removeprefix(_STATUS_URI).lower() if isinstance(status, str) else ""
    if word not in (_ACTIVE, *_GONE):
        raise Unreadable("nrps.member", "a member's status is none of Active, Inactive, Deleted")
    return word == _ACTIVE


def _text(entry: Mapping[str, Any], name: str) -> str | None:
    """What people read; whatever is no text, or cannot be stored, is as good as not said."""
    value = entry.get(name)
    if not isinstance(value, str) or len(value) > 10_000:
        return None
    text = html.unescape(value)
    return "".join(each for each in text if each.isprintable() or each.isspace()) or None
