"""Releasing: the one boundary after which learners, records and gradebooks know of a rating.

Touches the assessment's state; what follows from it is in consequences. Everything happens in the
caller's transaction, or nothing does.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from foundation import clock
from rubrics.actions import attempts
from rubrics.actions.assessments import check_assessor, own_draft, unknown
from rubrics.actions.checks import found, locked
from rubrics.actions.consequences import consequences
from rubrics.actions.done import Done
from rubrics.errors import Refused
from rubrics.tables.activities import Activity, Attempt
from rubrics.tables.assessments import Assessment
from rubrics.tables.people import Person
from rubrics.words import AssessmentState


def release(
    session: Session,
    *,
    assessment_id: UUID,
    assessor_id: UUID,
    expected_version: int | None = None,
    at: datetime | None = None,
) -> Done[UUID]:
    """Make the draft the standing revision for everybody, with all that follows; gives its id.

    Refuses while a criterion has no answer. The people's rows are held first, so that releases
    that move the same person's standing come one after the other.
    """
    at = at or clock.now()
    attempt = _hold(session, assessment_id)
    draft = own_draft(session, assessment_id, assessor_id, expected_version)
    activity = check_assessor(session, attempt, assessor_id, draft.role)
    _check_complete(draft, activity)
    session.execute(
        update(Assessment)
        .where(
            Assessment.attempt_id == attempt.id,
            Assessment.assessor_id == assessor_id,
            Assessment.role == draft.role,
            Assessment.state == AssessmentState.RELEASED,
        )
        .values(state=AssessmentState.SUPERSEDED)
    )
    draft.state, draft.released_at = AssessmentState.RELEASED, at
    draft.version += 1
    session.flush()
    return Done(draft.id, consequences(session, activity, attempt, draft, at))


def _hold(session: Session, assessment_id: UUID) -> Attempt:
    """Hold the people, the activity and the attempt of an assessment, in this order."""
    attempt_id = session.scalar(select(Assessment.attempt_id).where(Assessment.id == assessment_id))
    if attempt_id is None:
        raise unknown()
    attempt = found(session, Attempt, attempt_id, "attempt")
    locked(session, Person, *attempts.members(session, attempt))
    if attempt.placement.activity_id is not None:
        locked(session, Activity, attempt.placement.activity_id, shared=True)
        session.refresh(attempt.placement.activity)
    locked(session, Attempt, attempt_id)
    return attempt


def _check_complete(draft: Assessment, activity: Activity) -> None:
    if draft.rubric_version_id != activity.rubric_version_id:
        raise Refused(
            "assessment.rubric_changed",
            "The activity has another rubric now. Open the learner's work again: what you rated "
            "is kept where the new rubric has it.",
        )
    answered = {
        rating.criterion_id
        for rating in draft.ratings
        if rating.level_id is not None or rating.not_observed
    }
    missing = [each.title for each in draft.rubric_version.criteria if each.id not in answered]
    if missing:
        raise Refused(
            "assessment.incomplete",
            "Rate every criterion, or say that it was not observed. Missing: %(missing)s.",
            missing=", ".join(missing),
        )
