"""The sections and groups by which a class can be filtered.

Reads only, in one statement.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from rubrics.tables.people import CourseGroup, CourseGroupMember, Enrolment
from rubrics.words import CourseRole, GroupKind


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """A section or group with learners in it; `name` is "" where only its key is known."""

    id: UUID
    kind: GroupKind
    key: str
    name: str
    set_name: str
    learners: int


def group_choices(session: Session, course_id: UUID) -> tuple[GroupChoice, ...]:
    """Sections first, then groups, each by name. A section that stands alone divides nobody."""
    rows = session.execute(
        select(CourseGroup, func.count())
        .join(CourseGroupMember, CourseGroupMember.group_id == CourseGroup.id)
        .join(Enrolment, Enrolment.person_id == CourseGroupMember.person_id)
        .where(
            CourseGroup.course_id == course_id,
            Enrolment.course_id == course_id,
            Enrolment.role == CourseRole.LEARNER,
        )
        .group_by(CourseGroup.id)
    )
    found = sorted((_choice(group, learners) for group, learners in rows), key=_order)
    sections = sum(each.kind is GroupKind.SECTION for each in found)
    return tuple(each for each in found if each.kind is GroupKind.GROUP or sections > 1)


def members_of(course_id: UUID, group_id: UUID) -> Select[UUID]:
    """The people in a section or group of this course; nobody where it is another's."""
    return (
        select(CourseGroupMember.person_id)
        .join(CourseGroup, CourseGroup.id == CourseGroupMember.group_id)
        .where(CourseGroup.id == group_id, CourseGroup.course_id == course_id)
    )


def _choice(group: CourseGroup, learners: int) -> GroupChoice:
    return GroupChoice(
        id=group.id,
        kind=group.kind,
        key=group.key,
        name=group.name,
        set_name=group.set_name,
        learners=learners,
    )


def _order(each: GroupChoice) -> tuple[bool, str, str, str]:
    return (
        each.kind is not GroupKind.SECTION,
        each.set_name.casefold(),
        (each.name or each.key.rjust(20)).casefold(),
        each.key,
    )
