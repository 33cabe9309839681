"""What the released assessments of one attempt come to: each assessor's figures, and the score.

Touches activity scores. The arithmetic is rubrics.scoring's; here rows become its values and its
values become rows. Call it with the people's rows held, after the assessment was released.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rubrics.events import ActivityScored
from rubrics.queries.counting import candidates, counting_score
from rubrics.scoring.evidence import AssessorFigure, AssessorWeights, Combined, combine
from rubrics.scoring.figures import half_up, plain
from rubrics.scoring.score import RatedCriterion, Score, points_given, score
from rubrics.tables.activities import Activity, Attempt
from rubrics.tables.assessments import ActivityScore, Assessment
from rubrics.words import AssessmentState


@dataclass(frozen=True, slots=True)
class Judged:
    """One released assessment with its criteria as values and the score they come to."""

    assessment: Assessment
    criteria: tuple[RatedCriterion, ...]
    score: Score

    @property
    def key(self) -> str:
        """What the arithmetic calls it: opaque, and no person's id."""
        return str(self.assessment.id)


@dataclass(frozen=True, slots=True)
class Case:
    """One release as it concerns one person: what scores and standing are derived from."""

    activity: Activity
    attempt: Attempt
    person_id: UUID
    of: tuple[Judged, ...]
    """The standing revision of every assessor of the attempt."""
    cause: Assessment
    """The assessment that was just released."""
    at: datetime


def judged(session: Session, attempt_id: UUID) -> tuple[Judged, ...]:
    """The standing revision of every assessor of the attempt, in order of release."""
    rows = session.scalars(
        select(Assessment)
        .where(
            Assessment.attempt_id == attempt_id,
            Assessment.state == AssessmentState.RELEASED,
        )
        .order_by(Assessment.released_at, Assessment.id)
    )
    made = []
    for row in rows:
        criteria = _criteria(row)
        made.append(Judged(row, criteria, score(criteria)))
    return tuple(made)


def assessor_weights(activity: Activity) -> AssessorWeights:
    """What mentors, peers and the learner count in this activity; nothing unless switched on."""
    switched_on = activity.settings.get("assessor_weights", {})
    mentor, peer, own = (
        Decimal(str(switched_on.get(role, 0))) for role in ("mentor", "peer", "self")
    )
    return AssessorWeights(mentor=mentor, peer=peer, self_=own)


def derive_score(session: Session, case: Case) -> tuple[ActivityScored, ...]:
    """Write the person's next score of the attempt; an event where the counting score changed.

    Where nothing was observed the row has no points and there is no event, so that a grade which
    was given before is never erased.
    """
    before = _counting(session, case)
    figures = [AssessorFigure(j.key, j.assessment.role, j.score.exact) for j in case.of]
    combined = combine(figures, assessor_weights(case.activity))
    maximum, share = case.activity.maximum, combined.exact
    points = None if share is None else points_given(share, maximum)
    session.add(
        ActivityScore(
            attempt_id=case.attempt.id,
            person_id=case.person_id,
            assessment_id=case.cause.id,
            revision=_last_revision(session, case) + 1,
            share=None if share is None else half_up(share, 8),
            points=points,
            maximum=maximum,
            terms={
                "line": _line(case.of, combined, points, maximum),
                "assessments": _terms(case.of, combined),
            },
            released_at=case.at,
        )
    )
    session.flush()
    after = _counting(session, case)
    if after is None or after is before:
        return ()
    return (ActivityScored(after.released_at, after.id),)


def _last_revision(session: Session, case: Case) -> int:
    last = session.scalar(
        select(func.max(ActivityScore.revision)).where(
            ActivityScore.attempt_id == case.attempt.id,
            ActivityScore.person_id == case.person_id,
        )
    )
    return last or 0


def _counting(session: Session, case: Case) -> ActivityScore | None:
    scores = candidates(session, case.attempt.placement_id, [case.person_id])
    return counting_score(case.activity.counting, scores.get(case.person_id, []))


def _criteria(assessment: Assessment) -> tuple[RatedCriterion, ...]:
    given = {rating.criterion_id: rating.level for rating in assessment.ratings}
    return tuple(
        RatedCriterion(
            key=str(criterion.id),
            title=criterion.title,
            weight=criterion.weight,
            minimum=min(level.points for level in criterion.levels),
            maximum=max(level.points for level in criterion.levels),
            points=level.points if (level := given.get(criterion.id)) is not None else None,
        )
        for criterion in assessment.rubric_version.criteria
    )


def _line(
    of: Sequence[Judged], combined: Combined, points: Decimal | None, maximum: Decimal
) -> str:
    """The line of arithmetic: of the one assessor who counts, or over all who do."""
    counted = {term.assessor: term for term in combined.counted}
    lines = [j.score.sentence for j in of if j.key in counted]
    if combined.exact is None or points is None:
        return ""
    line = lines[0]
    if len(lines) > 1:
        sums = " + ".join(
            f"{plain(term.weight)} × {half_up((term.figure or 0) * 100)}"
            for term in counted.values()
        )
        total = plain(sum(term.weight for term in counted.values()))
        line = f"Score {half_up(combined.exact * 100)} of 100 = ({sums}) ÷ {total}"
    return line if maximum == 100 else f"{line}: {plain(points)} of {plain(maximum)} points"


def _terms(of: Sequence[Judged], combined: Combined) -> list[dict[str, object]]:
    weights = {term.assessor: term.weight for term in combined.terms}
    return [
        {
            "assessment_id": j.key,
            "role": j.assessment.role.value,
            "weight": plain(weights[j.key]),
            "share": None if j.score.share is None else plain(j.score.share, 8),
            "criteria": j.score.record()["criteria"],
        }
        for j in of
    ]
