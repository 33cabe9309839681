"""Which of a learner's attempts counts at a placement, by the activity's setting.

Reads scores; used by pages and by the release. An own attempt overrides the group's of the same
number; an attempt in which nothing was observed never counts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from rubrics.tables.activities import Attempt
from rubrics.tables.assessments import ActivityScore
from rubrics.words import Counting


@dataclass(frozen=True, slots=True)
class Candidate:
    """The standing score of one attempt of one person."""

    number: int
    own: bool
    """False: the group's attempt."""
    chosen: bool
    score: ActivityScore


def candidates(
    session: Session, placement_id: UUID, person_ids: Collection[UUID] | None = None
) -> dict[UUID, list[Candidate]]:
    """By person: the standing scores at the placement. One statement; None means everybody."""
    rows = (
        select(ActivityScore, Attempt.number, Attempt.person_id, Attempt.chosen)
        .join(Attempt, Attempt.id == ActivityScore.attempt_id)
        .where(Attempt.placement_id == placement_id, ActivityScore.withdrawn_at.is_(None))
        .order_by(ActivityScore.revision)
    )
    if person_ids is not None:
        rows = rows.where(ActivityScore.person_id.in_(person_ids))
    newest = {
        (score.person_id, score.attempt_id): Candidate(number, owner is not None, chosen, score)
        for score, number, owner, chosen in session.execute(rows)
    }
    found: dict[UUID, list[Candidate]] = {}
    for (person_id, _), candidate in newest.items():
        found.setdefault(person_id, []).append(candidate)
    return found


def counting_score(counting: Counting, of_person: Collection[Candidate]) -> ActivityScore | None:
    """The score that counts for one person, if there is one."""
    scored = [each for each in of_person if each.score.share is not None]
    own = {each.number for each in scored if each.own}
    fit = [each for each in scored if each.own or each.number not in own]
    if not fit:
        return None
    if counting is Counting.BEST:
        return max(fit, key=lambda each: (each.score.share, each.number)).score
    if counting is Counting.CHOSEN:
        fit = [each for each in fit if each.chosen] or fit
    return max(fit, key=lambda each: each.number).score
