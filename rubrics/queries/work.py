"""How far evidence and assessments are, for many learners at once, in three statements.

Reads attempts, submissions and assessments of placements; the pages about classes and courses
are built on it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from rubrics.queries.shapes import Evidence, Progress
from rubrics.tables.activities import Attempt, Submission
from rubrics.tables.assessments import Assessment, CriterionRating
from rubrics.tables.people import GroupMember, LearnerGroup
from rubrics.words import AssessmentState, AssessorRole


@dataclass(frozen=True, slots=True)
class Work:
    """A learner's newest attempt at a placement."""

    attempt_id: UUID
    number: int
    group: str | None
    evidence: Evidence
    submissions: int
    """How often it was handed in."""
    submitted_at: datetime | None
    progress: Progress
    rated: int
    released_at: datetime | None


@dataclass(slots=True)
class _Assessed:
    """What is known of one attempt's assessments while they are read."""

    released_at: datetime | None = None
    has_draft: bool = False
    rated: int = 0

    @property
    def progress(self) -> Progress:
        if self.released_at is not None:
            return Progress.REGRADING if self.has_draft else Progress.RELEASED
        return Progress.DRAFT if self.has_draft else Progress.NONE


def newest_work(
    session: Session, placement_ids: Collection[UUID], assessor_id: UUID | None = None
) -> dict[tuple[UUID, UUID], Work]:
    """By (placement, person): the newest attempt and how far it is.

    Released assessments are the instructors'; drafts are only the assessor's own.
    """
    submitted = _submissions(session, placement_ids)
    assessed = _assessments(session, placement_ids, assessor_id)
    found: dict[tuple[UUID, UUID], Work] = {}
    for attempt_id, placement_id, number, person_id, group in _attempts(session, placement_ids):
        times, count, last = submitted.get(attempt_id, (0, 0, None))
        progress = assessed.get(attempt_id, _Assessed())
        evidence = Evidence.DRAFT if times else Evidence.NONE
        found[placement_id, person_id] = Work(
            attempt_id=attempt_id,
            number=number,
            group=group,
            evidence=Evidence.SUBMITTED if count else evidence,
            submissions=count,
            submitted_at=last,
            progress=progress.progress,
            rated=progress.rated,
            released_at=progress.released_at,
        )
    return found


def _attempts(
    session: Session, placement_ids: Collection[UUID]
) -> list[tuple[UUID, UUID, int, UUID, str | None]]:
    """Attempts with their people, the newest last and an own one after the group's."""
    rows = session.execute(
        select(
            Attempt.id,
            Attempt.placement_id,
            Attempt.number,
            func.coalesce(Attempt.person_id, GroupMember.person_id),
            LearnerGroup.name,
        )
        .outerjoin(LearnerGroup, LearnerGroup.id == Attempt.group_id)
        .outerjoin(GroupMember, GroupMember.group_id == Attempt.group_id)
        .where(
            Attempt.placement_id.in_(placement_ids),
            or_(Attempt.person_id.is_not(None), GroupMember.person_id.is_not(None)),
        )
        .order_by(Attempt.number, Attempt.person_id.is_not(None))
    )
    return [(attempt, place, number, who, group) for attempt, place, number, who, group in rows]


def _submissions(
    session: Session, placement_ids: Collection[UUID]
) -> dict[UUID, tuple[int, int, datetime | None]]:
    """By attempt: how many drafts and submissions, how many submitted, and the last moment."""
    rows = session.execute(
        select(
            Submission.attempt_id,
            func.count(),
            func.count(Submission.submitted_at),
            func.max(Submission.submitted_at),
        )
        .join(Attempt, Attempt.id == Submission.attempt_id)
        .where(Attempt.placement_id.in_(placement_ids))
        .group_by(Submission.attempt_id)
    )
    return {attempt_id: (times, count, last) for attempt_id, times, count, last in rows}


def _assessments(
    session: Session, placement_ids: Collection[UUID], assessor_id: UUID | None
) -> dict[UUID, _Assessed]:
    rated = (
        select(func.count())
        .where(
            CriterionRating.assessment_id == Assessment.id,
            or_(CriterionRating.level_id.is_not(None), CriterionRating.not_observed),
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Assessment.attempt_id, Assessment.state, Assessment.released_at, rated)
        .join(Attempt, Attempt.id == Assessment.attempt_id)
        .where(
            Attempt.placement_id.in_(placement_ids),
            Assessment.role == AssessorRole.INSTRUCTOR,
            or_(
                Assessment.state == AssessmentState.RELEASED,
                (Assessment.state == AssessmentState.DRAFT)
                & (Assessment.assessor_id == assessor_id),
            ),
        )
        .order_by(Assessment.released_at.is_(None), Assessment.released_at)
    )
    found: dict[UUID, _Assessed] = {}
    for attempt_id, state, released_at, count in rows:
        seen = found.setdefault(attempt_id, _Assessed())
        seen.rated = count
        if state is AssessmentState.RELEASED:
            seen.released_at = released_at
        else:
            seen.has_draft = True
    return found
