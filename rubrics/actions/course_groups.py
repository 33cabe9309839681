"""Sections and groups as the LMS says them: who is in which, replaced as often as it is heard.

Touches the groups of one course and who is in them, in a number of statements that does not grow
with every member. Only people who are in the class now are put into a group.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar, cast
from uuid import UUID, uuid4

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import insert_into, tenant_of
from rubrics.actions.checks import found
from rubrics.tables.people import Course, CourseGroup, CourseGroupMember, Enrolment
from rubrics.words import GroupKind

LONGEST_KEY = 255
LONGEST_NAME = 255
_AT_ONCE = 400
"""Values named in one statement."""


@dataclass(frozen=True, slots=True)
class GroupName:
    """A section or group as it was said; "" for what is not known of it."""

    kind: GroupKind
    key: str
    name: str = ""
    set_name: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one person: of which kinds, and then every group of these kinds."""

    kinds: frozenset[GroupKind] = frozenset()
    groups: tuple[GroupName, ...] = ()

    def __or__(self, other: "Said") -> "Said":
        """Both: somebody may be named more than once."""
        return Said(self.kinds | other.kinds, tuple(dict.fromkeys(self.groups + other.groups)))


UNSAID = Said()
Place = tuple[GroupKind, str]
T = TypeVar("T")


@dataclass(slots=True)
class _Standing:
    """The groups that matter, and (group, person) of who is in them."""

    groups: dict[Place, CourseGroup] = field(default_factory=dict)
    members: set[tuple[UUID, UUID]] = field(default_factory=set)


def divide(session: Session, course_id: UUID, said: Mapping[UUID, Said]) -> int:
    """Put each person into exactly the groups that were said, of the kinds that were said.

    How many memberships and groups are new, gone or renamed. Refuses a course that is not there
    where it would need a new group.
    """
    said = {person: each for person, each in said.items() if each.kinds}
    if not said:
        return 0
    named = _named(said.values())
    standing = _standing(session, course_id, said, named)
    new = sorted(named.keys() - standing.groups.keys())
    if new:
        found(session, Course, course_id, "course")
        _make(session, course_id, [named[place] for place in new])
        standing.groups |= _groups(session, course_id, new)
    wanted = {
        (standing.groups[each.kind, each.key].id, person)
        for person, one in said.items()
        for each in one.groups
    }
    return (
        len(new)
        + _rename(standing.groups, named)
        + _remove(session, standing.members - wanted)
        + _add(session, course_id, wanted - standing.members)
    )


def leave_groups(session: Session, course_id: UUID, people: Collection[UUID]) -> int:
    """Take people out of every section and group of a course; out of how many."""
    groups = select(CourseGroup.id).where(CourseGroup.course_id == course_id)
    gone = 0
    for some in _chunks(sorted(people)):
        rows = session.execute(
            select(CourseGroupMember.group_id, CourseGroupMember.person_id).where(
                CourseGroupMember.group_id.in_(groups), CourseGroupMember.person_id.in_(some)
            )
        )
        gone += _remove(session, {(group, person) for group, person in rows})
    return gone


def _named(said: Iterable[Said]) -> dict[Place, GroupName]:
    """Each group once, by the name that one of the sources has for it."""
    named: dict[Place, GroupName] = {}
    for one in said:
        for each in one.groups:
            place = each.kind, each.key
            if each.name or place not in named:
                named[place] = each
    return named


def _standing(
    session: Session, course_id: UUID, said: Mapping[UUID, Said], named: Collection[Place]
) -> _Standing:
    kinds = {kind: {p for p, each in said.items() if kind in each.kinds} for kind in GroupKind}
    members = (
        select(CourseGroup.kind, CourseGroupMember.group_id, CourseGroupMember.person_id)
        .join(CourseGroup, CourseGroup.id == CourseGroupMember.group_id)
        .where(CourseGroup.course_id == course_id)
    )
    if len(said) == 1:
        members = members.where(CourseGroupMember.person_id == next(iter(said)))
    return _Standing(
        groups=_groups(session, course_id, named),
        members={
            (group, person)
            for kind, group, person in session.execute(members)
            if person in kinds[kind]
        },
    )


def _groups(session: Session, course_id: UUID, places: Iterable[Place]) -> dict[Place, CourseGroup]:
    places = set(places)
    groups: dict[Place, CourseGroup] = {}
    for some in _chunks(sorted({key for _, key in places})):
        rows = session.scalars(
            select(CourseGroup).where(CourseGroup.course_id == course_id, CourseGroup.key.in_(some))
        )
        groups |= {(row.kind, row.key): row for row in rows if (row.kind, row.key) in places}
    return groups


def _make(session: Session, course_id: UUID, names: Iterable[GroupName]) -> None:
    rows = [
        {
            "id": uuid4(),
            "tenant_id": tenant_of(session),
            "course_id": course_id,
            "kind": each.kind,
            "key": each.key,
            "name": each.name,
            "set_name": each.set_name,
            "created_at": clock.now(),
        }
        for each in names
    ]
    session.execute(insert_into(session, CourseGroup.__table__).on_conflict_do_nothing(), rows)


def _rename(groups: Mapping[Place, CourseGroup], named: Mapping[Place, GroupName]) -> int:
    """Groups whose new name was heard; what only the key was heard of keeps its name."""
    renamed = 0
    for place in sorted(groups):
        row, said = groups[place], named[place]
        if said.name and (row.name, row.set_name) != (said.name, said.set_name):
            row.name, row.set_name = said.name, said.set_name
            renamed += 1
    return renamed


def _remove(session: Session, members: Collection[tuple[UUID, UUID]]) -> int:
    table = cast(Table, CourseGroupMember.__table__)
    rows = [{"of_group": group, "of_person": person} for group, person in sorted(members)]
    if rows:
        one = table.c.group_id == bindparam("of_group"), table.c.person_id == bindparam("of_person")
        session.execute(delete(table).where(*one), rows)
    return len(rows)


def _add(session: Session, course_id: UUID, members: Collection[tuple[UUID, UUID]]) -> int:
    if not members:
        return 0
    of_class = select(Enrolment.person_id).where(
        Enrolment.course_id == course_id, Enrolment.left_at.is_(None)
    )
    people = {person for _, person in members}
    if len(people) == 1:
        of_class = of_class.where(Enrolment.person_id.in_(people))
    here = set(session.scalars(of_class))
    rows = [
        {"tenant_id": tenant_of(session), "group_id": group, "person_id": person}
        for group, person in sorted(members)
        if person in here
    ]
    if rows:
        table = CourseGroupMember.__table__
        session.execute(insert_into(session, table).on_conflict_do_nothing(), rows)
    return len(rows)


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(values)
    while some := list(islice(iterator, _AT_ONCE)):
        yield some
