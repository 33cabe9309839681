"""What a mentor may read of a learner: skills that were assessed, and results that were released.

Reads only. Who is whose mentor is known elsewhere; nothing here shows evidence, drafts or what a
learner has not been given yet.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from rubrics.actions.checks import found
from rubrics.queries.build import class_order, display_name
from rubrics.queries.learning import learner_page
from rubrics.queries.shapes import ActivityPage
from rubrics.queries.skill_shapes import LearnerResult, Standing
from rubrics.queries.standings import my_skills
from rubrics.tables.activities import Activity, Attempt, Placement
from rubrics.tables.assessments import Assessment
from rubrics.tables.people import GroupMember, Person
from rubrics.words import AssessmentState, AssessorRole


@dataclass(frozen=True, slots=True)
class Mentee:
    """A learner by name."""

    person_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class ReleasedResult:
    """An activity at which the learner has a released result."""

    placement_id: UUID
    title: str
    released_at: datetime


@dataclass(frozen=True, slots=True)
class MenteePage:
    """Where a learner stands, and what was released in one course, the newest first."""

    person_id: UUID
    name: str
    standings: tuple[Standing, ...]
    results: tuple[ReleasedResult, ...]


@dataclass(frozen=True, slots=True)
class MenteeResult:
    """One released result with the activity that it is of."""

    person_id: UUID
    name: str
    page: ActivityPage
    attempt_number: int
    result: LearnerResult


def named(session: Session, person_ids: Collection[UUID]) -> tuple[Mentee, ...]:
    """These people by name, as far as they still exist."""
    rows = session.scalars(select(Person).where(Person.id.in_(person_ids)))
    return tuple(Mentee(row.id, display_name(row)) for row in sorted(rows, key=class_order))


def mentee_page(session: Session, course_id: UUID, person_id: UUID) -> MenteePage:
    """The learner's assessed skills and released results of the course."""
    skills = my_skills(session, person_id)
    return MenteePage(
        person_id=person_id,
        name=skills.name,
        standings=tuple(
            # Which other courses a learner is in is nobody's business here.
            replace(each, shown_by=())
            for each in skills.standings
            if each.estimate is not None
        ),
        results=_results(session, course_id, person_id),
    )


def mentee_result(
    session: Session, course_id: UUID, placement_id: UUID, person_id: UUID
) -> MenteeResult | None:
    """The learner's released result at a placement of the course; None where there is none."""
    found(session, Person, person_id, "person")
    placement = session.scalar(
        select(Placement.id).where(Placement.id == placement_id, Placement.course_id == course_id)
    )
    if placement is None:
        return None
    learner = learner_page(session, placement, person_id)
    if learner.result is None:
        return None
    return MenteeResult(
        person_id, learner.name, learner.page, learner.attempt_number, learner.result
    )


def _results(session: Session, course_id: UUID, person_id: UUID) -> tuple[ReleasedResult, ...]:
    groups = select(GroupMember.group_id).where(GroupMember.person_id == person_id)
    rows = session.execute(
        select(Placement.id, Activity.title, func.max(Assessment.released_at))
        .join(Attempt, Attempt.id == Assessment.attempt_id)
        .join(Placement, Placement.id == Attempt.placement_id)
        .join(Activity, Activity.id == Placement.activity_id)
        .where(
            Placement.course_id == course_id,
            or_(Attempt.person_id == person_id, Attempt.group_id.in_(groups)),
            Assessment.state == AssessmentState.RELEASED,
            Assessment.role != AssessorRole.SELF,
        )
        .group_by(Placement.id, Activity.title)
        .order_by(func.max(Assessment.released_at).desc(), Placement.id)
    )
    return tuple(
        ReleasedResult(placement_id, title, released_at)
        for placement_id, title, released_at in rows
        if released_at is not None
    )
