"""All that one release brings about, for each person whose attempt it is, as rows and events.

Touches what derive_score and derive_standing touch. The assessors' weights are one rule for grades
and mastery: an assessment that counts nothing here is on record and moves nothing.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rubrics.actions import attempts
from rubrics.actions.derive_score import Case, assessor_weights, derive_score, judged
from rubrics.actions.derive_standing import derive_standing
from rubrics.events import CriterionScored, Event
from rubrics.tables.activities import Activity, Attempt
from rubrics.tables.assessments import ActivityScore, Assessment


def consequences(
    session: Session, activity: Activity, attempt: Attempt, released: Assessment, at: datetime
) -> tuple[Event, ...]:
    """Derive scores, evidence values and assertions of a just released assessment."""
    observed = {rating.criterion_id for rating in released.ratings if rating.level_id is not None}
    order = [each.id for each in released.rubric_version.criteria if each.id in observed]
    counts = assessor_weights(activity).of(released.role, 1) > 0
    events: list[Event] = []
    for person_id in attempts.members(session, attempt):
        if _is_overridden(session, attempt, person_id):
            continue
        events += [CriterionScored(at, released.id, each, person_id) for each in order]
        if counts:
            case = Case(
                activity=activity,
                attempt=attempt,
                person_id=person_id,
                of=judged(session, attempt.id),
                cause=released,
                at=at,
            )
            events += derive_score(session, case)
            events += derive_standing(session, case)
    return tuple(events)


def _is_overridden(session: Session, attempt: Attempt, person_id: object) -> bool:
    """True for a member of a group whose own attempt of the same number has a score."""
    if attempt.person_id is not None:
        return False
    own = (
        select(ActivityScore.id)
        .join(Attempt, Attempt.id == ActivityScore.attempt_id)
        .where(
            Attempt.placement_id == attempt.placement_id,
            Attempt.number == attempt.number,
            Attempt.person_id == person_id,
            ActivityScore.withdrawn_at.is_(None),
            ActivityScore.share.is_not(None),
        )
    )
    return session.scalar(own.limit(1)) is not None
