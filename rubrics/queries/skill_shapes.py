"""What the pages about competencies and results read: where a learner stands, and why.

Touches nothing. Estimates and thresholds are Decimals on the scale of the competency's framework.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from rubrics.queries.shapes import (
    ActivityPage,
    AssessmentView,
    CompetencyView,
    Evidence,
    ScoreView,
    SubmissionView,
)
from rubrics.words import Kind


@dataclass(frozen=True, slots=True)
class ScaleLevel:
    """A level of a proficiency scale, reached from its threshold on."""

    label: str
    threshold: Decimal
    description: str


@dataclass(frozen=True, slots=True)
class EvidencePoint:
    """What one attempt said about the competency: a point of the path."""

    id: UUID
    activity_title: str
    value: Decimal
    dated_at: datetime


@dataclass(frozen=True, slots=True)
class PathPoint:
    """Where the learner stood after one release."""

    estimate: Decimal | None
    level: str | None
    asserted_at: datetime


@dataclass(frozen=True, slots=True)
class PlacedActivity:
    """An activity in one of the learner's courses that would show the competency."""

    placement_id: UUID
    title: str
    course_title: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a learner stands in one competency, with the worked sentence."""

    competency: CompetencyView
    estimate: Decimal | None
    """None: not assessed yet."""
    top: Decimal
    level: str | None
    """In words."""
    at_mastery: bool
    mastery: Decimal
    """The threshold from which on a learner is at mastery."""
    probability: Decimal | None
    interval_low: Decimal | None
    interval_high: Decimal | None
    certainty: str
    """In words ("too early to say"); empty where nothing was assessed."""
    sentence: str
    """The figures of the estimate, ready to read."""
    method: str
    parameter: str | None
    asserted_at: datetime | None
    levels: tuple[ScaleLevel, ...]
    """Of the scale, rising."""
    next_level: ScaleLevel | None
    evidence: tuple[EvidencePoint, ...]
    """What it rests on, oldest first."""
    met: int
    """How many of these met the mastery threshold."""
    assessors: int
    """How many people's ratings it rests on."""
    path: tuple[PathPoint, ...]
    """Earlier standings, oldest first; the last is this one."""
    shown_by: tuple[PlacedActivity, ...]
    """Activities that would show it; filled on the page of all skills only."""


@dataclass(frozen=True, slots=True)
class LearnerResult:
    """What was released to a learner: assessors by role, never by name."""

    attempt_number: int
    released_at: datetime
    assessments: tuple[AssessmentView, ...]
    """The released revision of every assessor; the instructor's first."""
    score: ScoreView | None
    counts: bool
    """True where this attempt is the one that counts."""

    @property
    def main(self) -> AssessmentView:
        """The instructor's view where there is one."""
        return self.assessments[0]


@dataclass(frozen=True, slots=True)
class LearnerPage:
    """The activity as its learner sees it, before and after the release."""

    page: ActivityPage
    person_id: UUID
    name: str
    attempt_id: UUID | None
    """None until the learner saves something."""
    attempt_number: int
    group: str | None
    evidence: Evidence
    draft: SubmissionView | None
    submitted: SubmissionView | None
    can_submit: bool
    """False once a result was released (and no further attempt is allowed)."""
    can_try_again: bool
    """True where the activity allows one more attempt and this one has its result."""
    result: LearnerResult | None
    """Of the newest attempt that has one."""
    competencies: tuple[Standing, ...]
    """Of the activity's tags and its rubric, where the learner was assessed, as they stand now."""


@dataclass(frozen=True, slots=True)
class MySkills:
    """All competencies that a learner was assessed in, or that wait in the learner's courses."""

    person_id: UUID
    name: str
    standings: tuple[Standing, ...]

    @property
    def hard(self) -> tuple[Standing, ...]:
        """The hard skills."""
        return tuple(row for row in self.standings if row.competency.kind is Kind.HARD)

    @property
    def soft(self) -> tuple[Standing, ...]:
        """The soft skills."""
        return tuple(row for row in self.standings if row.competency.kind is Kind.SOFT)

    @property
    def unsorted(self) -> tuple[Standing, ...]:
        """Skills that nobody called hard or soft."""
        return tuple(row for row in self.standings if row.competency.kind is None)
