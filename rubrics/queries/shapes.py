"""What the pages about activities, evidence and assessments read: frozen values, no ORM object.

Touches nothing. Points, shares and weights are Decimals; moments are aware datetimes in UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from rubrics.words import (
    AssessmentState,
    AssessorRole,
    Counting,
    EvidenceType,
    Kind,
    Method,
    RubricState,
)


class Evidence(StrEnum):
    """How far a learner's evidence of one attempt is."""

    NONE = "none"
    DRAFT = "draft"
    SUBMITTED = "submitted"


class Progress(StrEnum):
    """How far the assessment of one attempt is, as one assessor sees it."""

    NONE = "none"
    DRAFT = "draft"
    RELEASED = "released"
    REGRADING = "regrading"
    """Released, and a draft of the next revision is open."""


@dataclass(frozen=True, slots=True)
class CompetencyView:
    """A competency as lists and cards show it."""

    id: UUID
    label: str
    statement: str
    kind: Kind | None
    framework: str
    """Title of the framework it is from."""


@dataclass(frozen=True, slots=True)
class LevelView:
    """A level of a criterion; `position` is the key to press, 1 is the lowest."""

    id: UUID
    position: int
    points: Decimal
    quality: str
    description: str
    feedback: str
    """What the next level asks, in words for the learner."""


@dataclass(frozen=True, slots=True)
class AlignmentView:
    """What a criterion says about a competency, and how much."""

    competency: CompetencyView
    weight: Decimal


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One thing that is looked at; levels rise."""

    id: UUID
    position: int
    title: str
    description: str
    weight: Decimal
    levels: tuple[LevelView, ...]
    alignments: tuple[AlignmentView, ...]

    def level(self, level_id: UUID | None) -> LevelView | None:
        """The level of this id, if it is one of this criterion's."""
        return next((level for level in self.levels if level.id == level_id), None)

    def above(self, level: LevelView) -> LevelView | None:
        """The level above, if there is one."""
        return next((other for other in self.levels if other.position > level.position), None)


@dataclass(frozen=True, slots=True)
class RubricView:
    """One version of a rubric, whole."""

    version_id: UUID
    number: int
    state: RubricState
    title: str
    description: str
    course_id: UUID | None
    """None: it stands in the library."""
    criteria: tuple[CriterionView, ...]


@dataclass(frozen=True, slots=True)
class ActivityView:
    """An activity, whole."""

    id: UUID
    course_id: UUID
    title: str
    text: str
    method: Method
    maximum: Decimal
    due_at: datetime | None
    available_from: datetime | None
    address: str | None
    counting: Counting
    competencies: tuple[CompetencyView, ...]
    rubric: RubricView


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """A placement and its activity; no activity: not set up yet."""

    placement_id: UUID
    placement_title: str
    course_id: UUID
    course_title: str
    activity: ActivityView | None


@dataclass(frozen=True, slots=True)
class ActivityChoice:
    """An activity that can be picked for a placement of its course."""

    id: UUID
    title: str
    text: str
    method: Method
    maximum: Decimal
    due_at: datetime | None
    address: str | None
    rubric_version_id: UUID
    rubric_title: str
    competencies: tuple[CompetencyView, ...]
    placements: int
    """How often it is placed already."""
    created_by_id: UUID | None
    available_from: datetime | None


@dataclass(frozen=True, slots=True)
class ItemView:
    """One text, link or file of a submission; `text` is the text, the address or the name."""

    id: UUID
    type: EvidenceType
    text: str
    media_type: str | None
    size: int | None
    """Bytes of a file."""
    storage_key: str | None


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A draft (`submitted_at` is None) or what was handed in."""

    id: UUID
    attempt_id: UUID
    number: int
    saved_at: datetime
    submitted_at: datetime | None
    late: bool
    """Handed in after the activity was due."""
    items: tuple[ItemView, ...]

    @property
    def text(self) -> str:
        """The text of a submission, or nothing."""
        return next((item.text for item in self.items if item.type is EvidenceType.TEXT), "")

    @property
    def links(self) -> tuple[ItemView, ...]:
        """Its links, in order."""
        return tuple(item for item in self.items if item.type is EvidenceType.LINK)

    @property
    def files(self) -> tuple[ItemView, ...]:
        """Its files, in order."""
        return tuple(item for item in self.items if item.type is EvidenceType.FILE)


@dataclass(frozen=True, slots=True)
class ScoreView:
    """The score after one release; points are None where nothing was observed."""

    id: UUID
    attempt_id: UUID
    revision: int
    share: Decimal | None
    points: Decimal | None
    maximum: Decimal
    line: str
    """The line of arithmetic, ready to read; empty where nothing was observed."""
    released_at: datetime


@dataclass(frozen=True, slots=True)
class RatedCriterion:
    """A criterion with what an assessor said about it: a level, "not observed", or nothing yet."""

    criterion: CriterionView
    level: LevelView | None
    not_observed: bool
    comment: str

    @property
    def rated(self) -> bool:
        """True where a level or "not observed" was said."""
        return self.level is not None or self.not_observed

    @property
    def next_level(self) -> LevelView | None:
        """The level above the one that was reached."""
        return None if self.level is None else self.criterion.above(self.level)

    @property
    def next_step(self) -> str:
        """What the next level asks; empty at the top and where no level was given."""
        if self.level is None or self.next_level is None:
            return ""
        return self.level.feedback or self.next_level.description


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """One revision of an assessor's view, with every criterion of its rubric version."""

    id: UUID
    attempt_id: UUID
    role: AssessorRole
    revision: int
    state: AssessmentState
    version: int
    """To be sent back with the next save, as `expected_version`."""
    saved_at: datetime
    released_at: datetime | None
    comment: str
    criteria: tuple[RatedCriterion, ...]

    @property
    def rated(self) -> int:
        """How many criteria have an answer."""
        return sum(row.rated for row in self.criteria)


@dataclass(frozen=True, slots=True)
class LearnerLink:
    """Another learner of the class, to go to."""

    person_id: UUID
    name: str
    position: int
    """1 is the first in class order."""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One learner of the class, with how far evidence and assessment are."""

    person_id: UUID
    name: str
    position: int
    is_test: bool
    """A pretended learner, for whom nothing is recorded and no grade is sent."""
    left_at: datetime | None
    """When the LMS listed the class without them; their work is kept."""
    attempt_id: UUID | None
    """None: has never opened the activity."""
    attempt_number: int
    group: str | None
    """The group that the learner is assessed with."""
    evidence: Evidence
    submitted_at: datetime | None
    resubmitted: bool
    """Handed in more than once."""
    late: bool
    progress: Progress
    rated: int
    """Criteria rated in the open draft, else in the released revision."""
    criteria: int
    score: ScoreView | None
    """Of the attempt that counts."""
    released_at: datetime | None

    @property
    def waiting(self) -> bool:
        """True where a learner of the class handed in what nobody released an assessment of."""
        handed_in = self.evidence is Evidence.SUBMITTED
        return handed_in and self.released_at is None and self.left_at is None


@dataclass(frozen=True, slots=True)
class ClassList:
    """The class at one placement, in order of family name; who left stands at the end."""

    page: ActivityPage
    rows: tuple[ClassRow, ...]

    @property
    def submitted(self) -> int:
        """How many learners handed something in."""
        return sum(row.evidence is Evidence.SUBMITTED for row in self.rows)

    @property
    def assessed(self) -> int:
        """How many learners have a released assessment."""
        return sum(row.released_at is not None for row in self.rows)

    @property
    def waiting(self) -> int:
        """How many learners wait for an assessment of what they handed in."""
        return sum(row.waiting for row in self.rows)


@dataclass(frozen=True, slots=True)
class AssessmentPage:
    """Everything about one learner that an assessor needs at one placement."""

    page: ActivityPage
    activity: ActivityView
    person_id: UUID
    name: str
    position: int
    total: int
    """ "4 of 12" is position of total."""
    previous: LearnerLink | None
    next: LearnerLink | None
    next_waiting: LearnerLink | None
    """The next learner, round the class, whose evidence waits."""
    attempt_id: UUID | None
    attempt_number: int
    group: str | None
    submission: SubmissionView | None
    """What was handed in last; a draft is the learner's own."""
    draft: AssessmentView | None
    released: AssessmentView | None
    """The assessor's own released revision."""
    rubric: RubricView
    """Of the draft, else of the released revision, else of the activity."""
    score: ScoreView | None
    """Of this attempt, from all assessors that count."""


@dataclass(frozen=True, slots=True)
class CourseActivity:
    """A placement of a course with its activity's state for the course-home page."""

    placement_id: UUID
    placement_title: str
    activity_id: UUID | None
    title: str
    """Of the activity, else of the placement."""
    method: Method | None
    maximum: Decimal | None
    due_at: datetime | None
    rubric_title: str
    competencies: tuple[CompetencyView, ...]
    learners: int
    submitted: int
    assessed: int
    waiting: int


@dataclass(frozen=True, slots=True)
class CourseActivities:
    """A course and what is placed in it."""

    course_id: UUID
    course_title: str
    learners: int
    rows: tuple[CourseActivity, ...]
