"""The learner's page of an activity: evidence, then the released result and what it means.

Reads only. Drafts of assessors never appear here; assessors appear by role, never by name.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from rubrics.actions.attempts import attempts_allowed, of_person
from rubrics.actions.checks import found, unknown
from rubrics.queries.activities import activity_page
from rubrics.queries.build import (
    RATINGS_ALONE,
    assessment_view,
    display_name,
    rubric_of,
    score_view,
    submission_view,
)
from rubrics.queries.counting import Candidate, candidates, counting_score
from rubrics.queries.shapes import ActivityPage, ActivityView, Evidence, SubmissionView
from rubrics.queries.skill_shapes import LearnerPage, LearnerResult, Standing
from rubrics.queries.standings import standings
from rubrics.tables.activities import Activity, Attempt, Placement, Submission
from rubrics.tables.assessments import ActivityScore, Assessment, CompetencyAssertion
from rubrics.tables.people import LearnerGroup, Person
from rubrics.words import AssessmentState, AssessorRole

_ROLES = tuple(AssessorRole)
"""In the order in which their views are read."""

_Scored = aliased(Attempt)
_LEARNER = (
    select(
        Person.name,
        Person.given_name,
        Person.family_name,
        Person.subject,
        exists()
        .where(
            ActivityScore.person_id == Person.id,
            ActivityScore.attempt_id == _Scored.id,
            _Scored.placement_id == bindparam("placement"),
        )
        .label("was_scored"),
        exists().where(CompetencyAssertion.person_id == Person.id).label("was_asserted"),
        Attempt.id,
        Attempt.number,
        Attempt.group_id,
        exists().where(Submission.attempt_id == Attempt.id).label("has_evidence"),
        exists()
        .where(Assessment.attempt_id == Attempt.id, Assessment.state == AssessmentState.RELEASED)
        .label("was_released"),
    )
    .outerjoin(Attempt, of_person(bindparam("placement"), Person.id))
    .where(Person.id == bindparam("person"))
    .order_by(Attempt.number, Attempt.person_id.is_not(None))
)
"""The learner, the attempts in which the learner is, and whether there is more to read of them."""


def learner_page(session: Session, placement_id: UUID, person_id: UUID) -> LearnerPage:
    """The placement as this learner sees it; without an activity there is only its title."""
    page = activity_page(session, placement_id)
    rows = session.execute(_LEARNER, {"placement": placement_id, "person": person_id}).all()
    if not rows:
        raise unknown("person")
    attempts = [row for row in rows if row.id is not None]
    learner: Any = rows[0]
    current = attempts[-1] if attempts else None
    draft, submitted = _submissions(session, page.activity, current)
    scores = _scores(session, placement_id, person_id) if learner.was_scored else []
    is_open = current is None or all(each.score.attempt_id != current.id for each in scores)
    return LearnerPage(
        page=page,
        person_id=person_id,
        name=display_name(learner),
        attempt_id=current.id if current else None,
        attempt_number=current.number if current else 1,
        group=_group_name(session, current),
        evidence=_evidence(draft, submitted),
        draft=draft,
        submitted=submitted,
        can_submit=page.activity is not None and is_open,
        can_try_again=current is not None
        and not is_open
        and current.number < _allowed(session, placement_id),
        result=_result(session, page, attempts, scores),
        competencies=_standings(session, page, person_id) if learner.was_asserted else (),
    )


def _scores(session: Session, placement_id: UUID, person_id: UUID) -> list[Candidate]:
    return candidates(session, placement_id, [person_id]).get(person_id, [])


def _standings(session: Session, page: ActivityPage, person_id: UUID) -> tuple[Standing, ...]:
    found = standings(session, person_id, _competency_ids(page.activity))
    return tuple(each for each in found if each.asserted_at is not None)


def _submissions(
    session: Session, activity: ActivityView | None, attempt: Any | None
) -> tuple[SubmissionView | None, SubmissionView | None]:
    """The open draft and what was handed in last."""
    if activity is None or attempt is None or not attempt.has_evidence:
        return None, None
    rows = session.scalars(
        select(Submission).where(Submission.attempt_id == attempt.id).order_by(Submission.number)
    ).all()
    drafts = [row for row in rows if row.submitted_at is None]
    handed_in = [row for row in rows if row.submitted_at is not None]
    return (
        submission_view(drafts[-1], activity.due_at) if drafts else None,
        submission_view(handed_in[-1], activity.due_at) if handed_in else None,
    )


def _evidence(draft: SubmissionView | None, submitted: SubmissionView | None) -> Evidence:
    if submitted is not None:
        return Evidence.SUBMITTED
    return Evidence.DRAFT if draft is not None else Evidence.NONE


def _group_name(session: Session, attempt: Any | None) -> str | None:
    if attempt is None or attempt.group_id is None:
        return None
    return found(session, LearnerGroup, attempt.group_id, "group").name


def _allowed(session: Session, placement_id: UUID) -> int:
    settings = session.scalar(
        select(Activity.settings)
        .join(Placement, Placement.activity_id == Activity.id)
        .where(Placement.id == placement_id)
    )
    return 0 if settings is None else attempts_allowed(settings)


def _result(
    session: Session, page: ActivityPage, attempts: list[Any], scores: list[Candidate]
) -> LearnerResult | None:
    """The newest attempt that somebody else than the learner released an assessment of."""
    if not any(attempt.was_released for attempt in attempts):
        return None
    released: dict[UUID, list[Assessment]] = {}
    for row in session.scalars(
        select(Assessment)
        .options(*RATINGS_ALONE)
        .where(
            Assessment.attempt_id.in_([attempt.id for attempt in attempts]),
            Assessment.state == AssessmentState.RELEASED,
        )
        .order_by(Assessment.released_at)
    ):
        released.setdefault(row.attempt_id, []).append(row)
    for attempt in reversed(attempts):
        rows = sorted(released.get(attempt.id, []), key=lambda row: _ROLES.index(row.role))
        times = [row.released_at for row in rows if row.role is not AssessorRole.SELF]
        if any(times) and page.activity is not None:
            score = next(
                (each.score for each in scores if each.score.attempt_id == attempt.id), None
            )
            counting = counting_score(page.activity.counting, scores)
            return LearnerResult(
                attempt_number=attempt.number,
                released_at=max(time for time in times if time is not None),
                assessments=tuple(
                    assessment_view(row, rubric_of(session, row, page.activity)) for row in rows
                ),
                score=score_view(score) if score else None,
                counts=score is not None and score is counting,
            )
    return None


def _competency_ids(activity: ActivityView | None) -> set[UUID]:
    """What the activity is tagged with and what its rubric is evidence of."""
    if activity is None:
        return set()
    aligned = {
        alignment.competency.id
        for criterion in activity.rubric.criteria
        for alignment in criterion.alignments
    }
    return aligned | {competency.id for competency in activity.competencies}
