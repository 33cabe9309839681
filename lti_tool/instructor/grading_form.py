"""The grading form: from a request, a draft or a released revision, to what is saved.

Touches nothing but what it is given. It keeps what was typed, so that a refusal loses nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext

from rubrics.actions.assessments import RatingInput
from rubrics.queries.shapes import AssessmentView, RubricView
from rubrics.scoring.score import RatedCriterion, points_given, score

NOT_OBSERVED = "not-observed"


@dataclass(frozen=True)
class Said:
    """About one criterion: a level's id, "not-observed" or nothing, and a comment."""

    level: str = ""
    comment: str = ""


@dataclass(frozen=True)
class GradingForm:
    """The fields as typed, and the version of the draft that they began from."""

    version: int
    answers: Mapping[UUID, Said]
    comment: str = ""
    saved_at: datetime | None = None
    stale: bool = False
    incomplete: bool = False
    """Saved, but not ready to be released."""
    errors: dict[str, str] = field(default_factory=dict)

    def said(self, criterion_id: UUID) -> Said:
        """What was said about a criterion; nothing where it was not."""
        return self.answers.get(criterion_id, Said())

    @property
    def rated(self) -> int:
        """How many criteria have an answer."""
        return sum(bool(said.level) for said in self.answers.values())

    def ratings(self) -> dict[UUID, RatingInput]:
        """What is saved of each criterion."""
        return {each: _rating(said) for each, said in self.answers.items()}

    def check_complete(self, rubric: RubricView) -> bool:
        """Whether every criterion has an answer; `errors` names those that have none."""
        for criterion in rubric.criteria:
            if not self.said(criterion.id).level:
                self.errors[f"level-{criterion.id}"] = gettext(
                    "“%(criterion)s”: choose a level, or say “not observed”.",
                    criterion=criterion.title,
                )
        return not self.errors


def from_assessment(assessment: AssessmentView | None, *, is_draft: bool) -> GradingForm:
    """The form that goes on from a draft, from a released revision, or from nothing.

    A draft that does not exist yet begins at version 1: so does one that another window began.
    """
    if assessment is None:
        return GradingForm(version=1, answers={})
    return GradingForm(
        version=assessment.version if is_draft else 1,
        answers={
            row.criterion.id: Said(
                NOT_OBSERVED if row.not_observed else str(row.level.id) if row.level else "",
                row.comment,
            )
            for row in assessment.criteria
        },
        comment=assessment.comment,
        saved_at=assessment.saved_at if is_draft else None,
    )


def from_request(posted: Mapping[str, str], rubric: RubricView) -> GradingForm:
    """The form as it was sent, for the criteria of this rubric only."""
    version = posted.get("version", "")
    return GradingForm(
        version=int(version) if version.isdecimal() and len(version) < 9 else 1,
        answers={
            row.id: Said(posted.get(f"level-{row.id}", ""), posted.get(f"comment-{row.id}", ""))
            for row in rubric.criteria
        },
        comment=posted.get("comment", ""),
    )


def expected_points(draft: AssessmentView, maximum: Decimal) -> Decimal | None:
    """What these levels come to, in points; None where nothing was observed."""
    result = score(
        [
            RatedCriterion(
                key=str(row.criterion.id),
                title=row.criterion.title,
                weight=row.criterion.weight,
                minimum=row.criterion.levels[0].points,
                maximum=row.criterion.levels[-1].points,
                points=row.level.points if row.level else None,
            )
            for row in draft.criteria
        ]
    )
    return None if result.exact is None else points_given(result.exact, maximum)


def _rating(said: Said) -> RatingInput:
    if said.level == NOT_OBSERVED:
        return RatingInput(not_observed=True, comment=said.comment)
    try:
        return RatingInput(level_id=UUID(said.level), comment=said.comment)
    except ValueError:
        return RatingInput(comment=said.comment)
