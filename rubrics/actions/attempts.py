"""Attempts: which one a learner is in, when the next may begin, and which one counts by choice.

Touches attempts. A learner who works in a group is in the group's attempt.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import Session, lazyload

from foundation.db import insert_into, tenant_of
from rubrics.actions.checks import course_role, unknown
from rubrics.errors import Refused
from rubrics.tables.activities import Activity, Attempt, Placement
from rubrics.tables.assessments import ActivityScore
from rubrics.tables.people import GroupMember
from rubrics.words import CourseRole


def of_person(placement: Any, person: Any) -> ColumnElement[bool]:
    """Whether an attempt at a placement is a person's, or of a group of theirs.

    Both are columns or parameters of the statement that asks.
    """
    groups = select(GroupMember.group_id).where(GroupMember.person_id == person)
    return and_(
        Attempt.placement_id == placement,
        or_(Attempt.person_id == person, Attempt.group_id.in_(groups)),
    )


NEWEST_FIRST = (Attempt.number.desc(), Attempt.person_id.is_(None))
"""The order in which the first attempt of a learner is the current one: an own before a group's."""
_NEWEST = (
    select(Attempt)
    .options(lazyload(Attempt.placement), lazyload(Attempt.person))
    .where(of_person(bindparam("placement"), bindparam("person")))
    .order_by(*NEWEST_FIRST)
    .limit(1)
)


def current_attempt(session: Session, placement_id: UUID, person_id: UUID) -> Attempt:
    """The learner's newest attempt at the placement; the first one is begun at need.

    Refuses a placement with no activity and somebody who is no learner of its course.
    """
    _check_learner(session, placement_id, person_id)
    return newest_attempt(session, placement_id, person_id) or _begin(
        session, placement_id, person_id, 1
    )


def next_attempt(session: Session, placement_id: UUID, person_id: UUID) -> Attempt:
    """Begin one more attempt, where the activity allows it and the last one has its result."""
    settings = _check_learner(session, placement_id, person_id)
    last = newest_attempt(session, placement_id, person_id)
    if last is None:
        return _begin(session, placement_id, person_id, 1)
    if not has_result(session, last.id):
        raise Refused(
            "attempt.open",
            "Your last attempt has no result yet. Change its evidence instead, and submit again.",
        )
    if last.number >= attempts_allowed(settings):
        raise Refused(
            "attempt.no_more", "This activity allows no further attempt. Ask your instructor."
        )
    return _begin(session, placement_id, person_id, last.number + 1)


def newest_attempt(session: Session, placement_id: UUID, person_id: UUID) -> Attempt | None:
    """The learner's attempt with the highest number; an own one goes before the group's."""
    return session.scalar(_NEWEST, {"placement": placement_id, "person": person_id})


def members(session: Session, attempt: Attempt) -> tuple[UUID, ...]:
    """The people whose attempt it is: one learner, or all of a group."""
    if attempt.person_id is not None:
        return (attempt.person_id,)
    return tuple(
        session.scalars(
            select(GroupMember.person_id)
            .where(GroupMember.group_id == attempt.group_id)
            .order_by(GroupMember.person_id)
        )
    )


def has_result(session: Session, attempt_id: UUID) -> bool:
    """True once a release that counts gave the attempt a result."""
    result = select(ActivityScore.id).where(
        ActivityScore.attempt_id == attempt_id, ActivityScore.withdrawn_at.is_(None)
    )
    return session.scalar(result.limit(1)) is not None


def attempts_allowed(settings: Mapping[str, Any]) -> int:
    """How many attempts an activity's settings allow; one where they say nothing."""
    return int(settings.get("attempts", 1))


def _check_learner(session: Session, placement_id: UUID, person_id: UUID) -> Mapping[str, Any]:
    """The settings of the placement's activity."""
    # Columns only: the placement whole would bring its activity with all of its rubric.
    placement = session.execute(
        select(Placement.course_id, Placement.activity_id, Activity.settings)
        .outerjoin(Activity, Activity.id == Placement.activity_id)
        .where(Placement.id == placement_id)
    ).one_or_none()
    if placement is None:
        raise unknown("placement")
    if placement.activity_id is None:
        raise Refused(
            "placement.no_activity",
            "There is no activity here yet. The instructor has to choose one first.",
        )
    if course_role(session, placement.course_id, person_id) is not CourseRole.LEARNER:
        raise Refused(
            "attempt.no_learner",
            "Only learners of this course have work here. Open the activity from the course again.",
        )
    settings: Mapping[str, Any] = placement.settings
    return settings


def _begin(session: Session, placement_id: UUID, person_id: UUID, number: int) -> Attempt:
    session.execute(
        insert_into(session, Attempt)
        .values(
            tenant_id=tenant_of(session),
            placement_id=placement_id,
            person_id=person_id,
            number=number,
        )
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(Attempt).where(
            Attempt.placement_id == placement_id,
            Attempt.person_id == person_id,
            Attempt.number == number,
        )
    ).one()
