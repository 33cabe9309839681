"""Rating: an assessor's draft on one attempt, saved as often as wanted, seen by nobody else.

Touches drafts and their ratings; releasing is in the module releases. Ids of levels and criteria
are checked against the assessment's own rubric version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from rubrics.actions import attempts
from rubrics.actions.checks import clean_text, course_role, found, locked
from rubrics.actions.done import Done
from rubrics.errors import Refused
from rubrics.tables.activities import Activity, Attempt
from rubrics.tables.assessments import Assessment, CriterionRating
from rubrics.tables.rubrics import Criterion, Level, RubricVersion
from rubrics.words import AssessmentState, AssessorRole, CourseRole

LONGEST_COMMENT = 10_000

WHO_MAY: Mapping[AssessorRole, frozenset[CourseRole]] = {
    AssessorRole.INSTRUCTOR: frozenset({CourseRole.INSTRUCTOR, CourseRole.ASSISTANT}),
    AssessorRole.MENTOR: frozenset({CourseRole.MENTOR}),
    AssessorRole.PEER: frozenset({CourseRole.LEARNER}),
    AssessorRole.SELF: frozenset({CourseRole.LEARNER}),
    AssessorRole.GUEST: frozenset(),
}
"""What somebody must be in the attempt's course to rate in each role."""


@dataclass(frozen=True, slots=True)
class RatingInput:
    """What an assessor says about one criterion; neither answer: not rated yet."""

    level_id: UUID | None = None
    not_observed: bool = False
    comment: str = ""


def open_draft(
    session: Session,
    *,
    attempt_id: UUID,
    assessor_id: UUID,
    role: AssessorRole = AssessorRole.INSTRUCTOR,
    at: datetime | None = None,
) -> Done[UUID]:
    """The assessor's draft on this attempt, begun at need; gives its id.

    Where a revision was released already the draft begins as its copy. Refuses own work (unless
    the role is self) and people who may not rate in this role in this course.
    """
    locked(session, Attempt, attempt_id)
    attempt = found(session, Attempt, attempt_id, "attempt")
    activity = check_assessor(session, attempt, assessor_id, role)
    mine = session.scalars(
        select(Assessment)
        .where(
            Assessment.attempt_id == attempt_id,
            Assessment.assessor_id == assessor_id,
            Assessment.role == role,
        )
        .order_by(Assessment.revision.desc())
        .execution_options(populate_existing=True)
    ).all()
    if mine and mine[0].state is AssessmentState.DRAFT:
        _follow_rubric(session, mine[0], activity.rubric_version)
        return Done(mine[0].id)
    released = next((each for each in mine if each.state is AssessmentState.RELEASED), None)
    draft = Assessment(
        attempt_id=attempt_id,
        assessor_id=assessor_id,
        rubric_version_id=activity.rubric_version_id,
        supersedes_id=released.id if released else None,
        role=role,
        revision=mine[0].revision + 1 if mine else 1,
        saved_at=at or clock.now(),
        comment=released.comment if released else "",
        ratings=[_copy(rating) for rating in released.ratings] if released else [],
    )
    session.add(draft)
    session.flush()
    return Done(draft.id)


def rate(
    session: Session,
    *,
    assessment_id: UUID,
    assessor_id: UUID,
    criterion_id: UUID,
    level_id: UUID | None = None,
    not_observed: bool = False,
    expected_version: int | None = None,
    at: datetime | None = None,
) -> Done[int]:
    """Give one criterion a level or "not observed" (neither clears it); gives the new version."""
    draft = own_draft(session, assessment_id, assessor_id, expected_version)
    rating = _rating(draft, criterion_id)
    _answer(rating, level_id, not_observed)
    return _saved(session, draft, at)


def comment_criterion(
    session: Session,
    *,
    assessment_id: UUID,
    assessor_id: UUID,
    criterion_id: UUID,
    comment: str,
    expected_version: int | None = None,
    at: datetime | None = None,
) -> Done[int]:
    """Comment on one criterion; gives the new version."""
    comment = _comment(comment)
    draft = own_draft(session, assessment_id, assessor_id, expected_version)
    _rating(draft, criterion_id).comment = comment
    return _saved(session, draft, at)


def comment_overall(
    session: Session,
    *,
    assessment_id: UUID,
    assessor_id: UUID,
    comment: str,
    expected_version: int | None = None,
    at: datetime | None = None,
) -> Done[int]:
    """Comment on the whole work; gives the new version."""
    comment = _comment(comment)
    draft = own_draft(session, assessment_id, assessor_id, expected_version)
    draft.comment = comment
    return _saved(session, draft, at)


def save(
    session: Session,
    *,
    assessment_id: UUID,
    assessor_id: UUID,
    ratings: Mapping[UUID, RatingInput],
    comment: str,
    expected_version: int | None = None,
    at: datetime | None = None,
) -> Done[int]:
    """Save the whole form: an answer per criterion id, and the comment; gives the new version.

    Criteria that are not named keep their answer. Refuses with "assessment.stale" where the draft
    was saved since the form was read.
    """
    comment = _comment(comment)
    comments = {each: _comment(ratings[each].comment) for each in ratings}
    draft = own_draft(session, assessment_id, assessor_id, expected_version)
    for criterion_id, said in ratings.items():
        rating = _rating(draft, criterion_id)
        _answer(rating, said.level_id, said.not_observed)
        rating.comment = comments[criterion_id]
    draft.comment = comment
    return _saved(session, draft, at)


def own_draft(
    session: Session, assessment_id: UUID, assessor_id: UUID, expected_version: int | None
) -> Assessment:
    """The assessor's draft, held; refuses others' drafts, released ones and an old version."""
    locked(session, Assessment, assessment_id)
    draft = session.scalar(
        select(Assessment)
        .where(Assessment.id == assessment_id, Assessment.assessor_id == assessor_id)
        .execution_options(populate_existing=True)
    )
    if draft is None:
        raise unknown()
    if draft.state is not AssessmentState.DRAFT:
        raise Refused(
            "assessment.released",
            "This assessment was released, so it stays. "
            "Open the learner's work again to write the next revision.",
        )
    if expected_version is not None and draft.version != expected_version:
        raise Refused(
            "assessment.stale",
            "This assessment was changed in another window. Nothing was overwritten: "
            "reload the page to see the newer state.",
        )
    return draft


def unknown() -> Refused:
    """What to raise for an assessment that this assessor has no draft of."""
    return Refused(
        "assessment.unknown",
        "This assessment does not exist, or somebody else is writing it. "
        "Open the learner's work again.",
    )


def check_assessor(
    session: Session, attempt: Attempt, assessor_id: UUID, role: AssessorRole
) -> Activity:
    """The attempt's activity; refuses who may not rate it in this role."""
    if attempt.placement.activity is None:
        raise Refused(
            "placement.no_activity",
            "There is no activity here yet. The instructor has to choose one first.",
        )
    if course_role(session, attempt.placement.course_id, assessor_id) not in WHO_MAY[role]:
        raise Refused(
            "assessment.not_allowed",
            "You may not assess in this course as %(role)s. Open the activity from the course.",
            role=role.value,
        )
    is_own = assessor_id in attempts.members(session, attempt)
    if is_own and role is not AssessorRole.SELF:
        raise Refused("assessment.own_work", "This is your own work; somebody else assesses it.")
    if not is_own and role is AssessorRole.SELF:
        raise Refused(
            "assessment.not_own_work", "Only the learner can give the learner's own view."
        )
    return attempt.placement.activity


def _follow_rubric(session: Session, draft: Assessment, version: RubricVersion) -> None:
    """Move a draft to the rubric its activity has now; answers that exist there are kept."""
    if draft.rubric_version_id == version.id:
        return
    answers = {rating.criterion.identifier: rating for rating in draft.ratings}
    kept = []
    for criterion in version.criteria:
        answer = answers.get(criterion.identifier)
        if answer is not None:
            same = [
                level.id
                for level in criterion.levels
                if answer.level is not None and level.identifier == answer.level.identifier
            ]
            kept.append(
                CriterionRating(
                    criterion_id=criterion.id,
                    level_id=same[0] if same else None,
                    not_observed=answer.not_observed,
                    comment=answer.comment,
                )
            )
    draft.ratings = kept
    draft.rubric_version_id = version.id
    draft.version += 1
    session.flush()
    session.refresh(draft)


def _rating(draft: Assessment, criterion_id: UUID) -> CriterionRating:
    """The draft's rating of this criterion, begun at need."""
    for rating in draft.ratings:
        if rating.criterion_id == criterion_id:
            return rating
    criterion = next(
        (each for each in draft.rubric_version.criteria if each.id == criterion_id), None
    )
    if criterion is None:
        raise Refused(
            "assessment.criterion",
            "This criterion is not part of the rubric of this assessment. Reload the page.",
        )
    rating = CriterionRating(criterion_id=criterion_id, criterion=criterion)
    draft.ratings.append(rating)
    return rating


def _answer(rating: CriterionRating, level_id: UUID | None, not_observed: bool) -> None:
    if level_id is not None and not_observed:
        raise Refused(
            "assessment.two_answers",
            "A criterion has a level or was not observed, not both. Choose one of the two.",
        )
    rating.level = None if level_id is None else _level(rating.criterion, level_id)
    rating.level_id = level_id
    rating.not_observed = not_observed


def _level(criterion: Criterion, level_id: UUID) -> Level:
    for level in criterion.levels:
        if level.id == level_id:
            return level
    raise Refused(
        "assessment.level", "This level is not one of the criterion's levels. Reload the page."
    )


def _saved(session: Session, draft: Assessment, at: datetime | None) -> Done[int]:
    draft.version += 1
    draft.saved_at = at or clock.now()
    session.flush()
    return Done(draft.version)


def _comment(comment: str) -> str:
    return clean_text(comment, "assessment.comment", LONGEST_COMMENT).strip()


def _copy(rating: CriterionRating) -> CriterionRating:
    return CriterionRating(
        criterion_id=rating.criterion_id,
        level_id=rating.level_id,
        not_observed=rating.not_observed,
        comment=rating.comment,
    )
