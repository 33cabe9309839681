"""The closed lists of the domain: roles, methods, states. Touches nothing.

The values are what is stored and exchanged, so they do not change; what people read is translated.
"""

from enum import StrEnum


class CourseRole(StrEnum):
    """What a person is in one course; parsed from the launch, strongest last."""

    NONE = "none"
    MENTOR = "mentor"
    LEARNER = "learner"
    ASSISTANT = "assistant"
    INSTRUCTOR = "instructor"


class Kind(StrEnum):
    """The two kinds of skill. Not set is a third state, and is None."""

    HARD = "hard"
    SOFT = "soft"


class Method(StrEnum):
    """How an activity trains or shows a skill."""

    MICROLEARNING = "microlearning"
    SCENARIO = "scenario"
    ROLE_PLAY = "role-play"
    MENTORING = "mentoring"
    PROJECT = "project"
    PRESENTATION = "presentation"
    QUIZ = "quiz"
    WORKPLACE = "workplace"
    OTHER = "other"


class AssessorRole(StrEnum):
    """As whom an assessor rates."""

    INSTRUCTOR = "instructor"
    MENTOR = "mentor"
    PEER = "peer"
    SELF = "self"
    GUEST = "guest"


class AssessmentState(StrEnum):
    """A draft is the assessor's own; only a released revision exists for anybody else."""

    DRAFT = "draft"
    RELEASED = "released"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class RubricState(StrEnum):
    """Of one version of a rubric."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class Counting(StrEnum):
    """Which attempt of a placement counts."""

    LATEST = "latest"
    BEST = "best"
    CHOSEN = "chosen"


class EvidenceType(StrEnum):
    """What one piece of evidence is."""

    TEXT = "text"
    LINK = "link"
    FILE = "file"


class GroupKind(StrEnum):
    """How an LMS divides the people of a course."""

    SECTION = "section"
    GROUP = "group"
