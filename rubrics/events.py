"""What happened: the facts that actions return, for records and grade delivery to act on.

Frozen values with ids only; whoever handles one reads the rows in the same transaction. Every class
here has a handler in lti_tool (a test says so).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rubrics.words import CourseRole


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a moment, in UTC."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ActivityLaunched(Event):
    """Somebody came in from the LMS to a placement that has an activity."""

    launch_id: UUID
    person_id: UUID
    placement_id: UUID
    attempt_id: UUID | None
    """The attempt a learner is in; None for everybody else."""
    role: CourseRole


@dataclass(frozen=True, slots=True)
class ActivityChanged(Event):
    """An instructor gave an activity another title, maximum or address."""

    activity_id: UUID


@dataclass(frozen=True, slots=True)
class ActivityTagged(Event):
    """An instructor said that an activity shows a competency."""

    activity_id: UUID
    competency_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class EvidenceSubmitted(Event):
    """A learner handed in evidence of an attempt."""

    submission_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class CriterionScored(Event):
    """A released assessment gave a person a level on a criterion."""

    assessment_id: UUID
    criterion_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class ActivityScored(Event):
    """A release gave an attempt of a person a score (an ActivityScore row)."""

    score_id: UUID


@dataclass(frozen=True, slots=True)
class CompetencyAsserted(Event):
    """A release moved where a person stands (a CompetencyAssertion row)."""

    assertion_id: UUID


@dataclass(frozen=True, slots=True)
class CompetencyAchieved(Event):
    """With this assertion the person reached mastery, having been below it before."""

    assertion_id: UUID
