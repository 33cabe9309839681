"""Which sections and groups somebody is in, as an LMS says it of them: bounded, never refused.

Touches nothing but its arguments. The same custom parameters come with a launch and, per member,
with a link's class list (NRPS 2.0, section 3.2). Canvas says names and ids of sections in the same
order, Moodle ids of groups; $CourseSection.sourcedId and the LIS claim are of LTI 1.3 core,
$Membership.course.groupIds and `group_enrollments` in class lists of Course Groups Service 1.0.
"""

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

from rubrics.actions.course_groups import LONGEST_KEY, LONGEST_NAME, UNSAID, GroupName, Said
from rubrics.actions.people import shown
from rubrics.words import GroupKind

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
SECTION_NAMES, SECTION_IDS = "section_names", "section_ids"
SECTION_ID, GROUP_IDS = "section_sourcedid", "group_ids"
CUSTOM = (SECTION_NAMES, SECTION_IDS, SECTION_ID, GROUP_IDS)
"""The custom parameters that say it."""
OF_CANVAS = frozenset({"com.instructure.User.sectionNames", "Canvas.course.sectionIds"})
"""Variables of every Canvas, also where it is not asked which it has."""
MOST = 200
"""Groups of one person and kind; of more, the first."""
LONGEST_VALUE = 100_000


def wanted(variables: frozenset[str]) -> dict[str, str]:
    """Custom parameters for an LMS that has these variables; the best there are for each kind."""
    asked: dict[str, str] = {}
    if "com.instructure.User.sectionNames" in variables:
        asked[SECTION_NAMES] = "com.instructure.User.sectionNames"
        asked[SECTION_IDS] = "Canvas.course.sectionIds"
    elif "CourseSection.sourcedId" in variables:
        asked[SECTION_ID] = "CourseSection.sourcedId"
    for variable in ("Membership.course.groupIds", "Moodle.Person.userGroupIds"):
        if variable in variables:
            asked.setdefault(GROUP_IDS, variable)
    return asked


def said_in(custom: Any, lis: Any = None) -> Said:
    """What custom parameters say, or else the LIS claim's section; a literal $Variable is nothing.

    A parameter that was filled in with nothing says that the person is in none.
    """
    values = custom if isinstance(custom, Mapping) else {}
    section = lis.get("course_section_sourcedid") if isinstance(lis, Mapping) else None
    sections = _sections(values.get(SECTION_NAMES), values.get(SECTION_IDS))
    if sections is None:
        sections = _one(values.get(SECTION_ID)) or _one(section)
    said = UNSAID if sections is None else _of(GroupKind.SECTION, sections)
    groups = _ids(values.get(GROUP_IDS))
    return said if groups is None else said | _of(GroupKind.GROUP, [(each, "") for each in groups])


def said_of_member(entry: Mapping[str, Any]) -> Said:
    """What a member of a class list is said to be in."""
    said = UNSAID
    messages = entry.get("message")
    for message in messages[:5] if isinstance(messages, list) else ():
        if isinstance(message, dict):
            said |= said_in(message.get(f"{LTI}custom"), message.get(f"{LTI}lis"))
    named = entry.get("group_enrollments")
    if not isinstance(named, list):
        return said
    ids = [each.get("group_id") for each in named[:MOST] if isinstance(each, dict)]
    keys = [key for key in map(key_of, ids) if key]
    return said | _of(GroupKind.GROUP, [(each, "") for each in keys])


def key_of(value: Any) -> str:
    """What an LMS knows a group by, as it can be kept; "" for what cannot."""
    if isinstance(value, int) and not isinstance(value, bool):
        # A number of 5,000 digits is no id, and costs much to write.
        value = str(value) if -(10**18) < value < 10**18 else ""
    text = value.strip() if isinstance(value, str) else ""
    usable = 0 < len(text) <= LONGEST_KEY and text.isprintable() and not text.startswith("$")
    return text if usable else ""


def name_of(value: Any) -> str:
    """A name on one line, cut where it is too long; "" for what is no text.

    Moodle escapes names for HTML.
    """
    text = html.unescape(value) if isinstance(value, str) and len(value) <= LONGEST_VALUE else ""
    clean = "".join(each if each.isprintable() else " " for each in text)
    return shown(clean, LONGEST_NAME) or ""


def _of(kind: GroupKind, places: Sequence[tuple[str, str]]) -> Said:
    return Said(frozenset({kind}), tuple(GroupName(kind, *each) for each in places))


def _sections(names: Any, ids: Any) -> list[tuple[str, str]] | None:
    """Canvas's sections with their ids, where there is one for each; else by their names."""
    listed, keys = _listed(names), _ids(ids)
    if listed is None:
        return None
    called = [name_of(each) for each in listed[:MOST]]
    if keys is None or len(keys) != len(called):
        return [(each, each) for each in called if key_of(each)]
    return [(key, name) for key, name in zip(keys, called, strict=True) if key]


def _listed(value: Any) -> list[Any] | None:
    """A JSON list, also where its quotation marks are escaped once more."""
    if isinstance(value, list):
        return value
    text = value if isinstance(value, str) and len(value) <= LONGEST_VALUE else ""
    for each in (text, text.replace('\\"', '"')):
        try:
            found = json.loads(each)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, list):
            return found
    return None


def _ids(value: Any) -> list[str] | None:
    """Ids separated by commas; None where it was not filled in."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if -(10**18) < value < 10**18 else None
    if not isinstance(value, str) or value.startswith("$") or len(value) > LONGEST_VALUE:
        return None
    keys = (key_of(each) for each in value.split(",")[:MOST])
    return [key for key in keys if key]


def _one(value: Any) -> list[tuple[str, str]] | None:
    key = key_of(value)
    return [(key, key)] if key else None
