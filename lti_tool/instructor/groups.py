"""The section or group at which an assessor looks: in the address, and in the links of the pages.

Touches the request only. Views pass it on to the queries, which know whose it is.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext

from rubrics.queries.course_groups import GroupChoice
from rubrics.words import GroupKind

_KEPT_BY = frozenset(
    f"instructor.{name}"
    for name in (
        *("class_list", "read_roster", "send_all_again", "send_again", "choose_column"),
        *("assess", "save", "release"),
    )
)

Options = list[tuple[str, list[tuple[UUID, str]]]]


def chosen() -> UUID | None:
    """What the address names, of whatever course; None for the whole class."""
    try:
        return UUID(request.args.get("group", ""))
    except ValueError:
        return None


def keep(endpoint: str, values: dict[str, Any]) -> None:
    """Carry it along in an address of the same work, unless that names one itself."""
    group = chosen() if endpoint in _KEPT_BY and "group" not in values else None
    if group is not None:
        values["group"] = group


def options(choices: Sequence[GroupChoice]) -> Options:
    """What there is to choose from under its headings, each with the number of its learners."""
    headings = ((GroupKind.SECTION, gettext("Sections")), (GroupKind.GROUP, gettext("Groups")))
    found = [
        (heading, [(each.id, _label(each)) for each in choices if each.kind is kind])
        for kind, heading in headings
    ]
    return [(heading, listed) for heading, listed in found if listed]


def _label(each: GroupChoice) -> str:
    return f"{_name(each)} ({each.learners})"


def _name(each: GroupChoice) -> str:
    if each.name:
        return f"{each.set_name}: {each.name}" if each.set_name else each.name
    if each.kind is GroupKind.SECTION:
        return str(gettext("Section %(key)s", key=each.key))
    return str(gettext("Group %(key)s", key=each.key))
