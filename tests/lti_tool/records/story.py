"""A term at a small school in which everything happens that we record, and its statements.

Every kind of event, method and assessor's role that the domain lets happen; a re-grade, mastery
reached and lost, a criterion that nobody observed. What is missing here is found by the tests
that compare the story with the handlers, the vocabulary and the profile.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from foundation.db import Database
from lti_tool.installation import Installation
from lti_tool.records import recorder
from lti_tool.settings import Settings, from_environment
from rubrics.actions import activities, submissions
from rubrics.actions.assessments import WHO_MAY
from rubrics.events import ActivityLaunched, Event
from rubrics.tables.activities import Activity
from rubrics.words import AssessorRole, CourseRole, Method
from tests.rubrics.make import School, at, school
from xapi.store.tables import Statement

HOUSE = Installation("https://skills.example.org", UUID(int=7))
SECRET = {"TWOFOLD_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz"}
SETTINGS = from_environment(SECRET)
ROLES = tuple(role for role in AssessorRole if WHO_MAY[role])
"""The roles in which somebody may rate."""

Levels = tuple[int | None, int | None]
_IN_SHORT: Sequence[Levels] = ((4, 4),)
_AT_LENGTH: Sequence[Levels] = ((4, 4), (1, None), (None, None))
"""Mastery is reached, then lost; in the end nothing was observed, so no evidence stands."""


@dataclass
class Story:
    """What happened at a school, and what was stored of it, in the order it was stored."""

    made: School
    happened: list[Event] = field(default_factory=list)
    statements: list[dict[str, Any]] = field(default_factory=list)

    def of(self, verb: str) -> list[dict[str, Any]]:
        """The statements of one verb."""
        return [each for each in self.statements if each["verb"]["id"] == verb]


def record(made: School, events: tuple[Event, ...], settings: Settings = SETTINGS) -> None:
    """Record events as work() does."""
    with made.db.writing(made.tenant_id) as session:
        recorder.record(session, HOUSE, settings, events)


def stored(made: School, verb: str | None = None) -> list[dict[str, Any]]:
    """The statements of the tenant in the order they were stored, of one verb if it is given."""
    with made.db.reading(made.tenant_id) as session:
        bodies = session.scalars(
            select(Statement.body).where(Statement.tenant == made.tenant_id).order_by(Statement.sid)
        ).all()
    statements = [json.loads(body) for body in bodies]
    return [each for each in statements if verb is None or each["verb"]["id"] == verb]


def tell(db: Database) -> Story:
    """Let everything happen once."""
    made = school(db, learners=2)
    story = Story(made)
    for hour, method in enumerate(Method):
        _work(made, story, method, hour * 60, _AT_LENGTH if hour == 0 else _IN_SHORT)
    _assessors(made, story)
    story.statements = stored(made)
    return story


def _happen(made: School, story: Story, *events: Event) -> None:
    record(made, events)
    story.happened += events


def _work(
    made: School, story: Story, method: Method, minute: int, releases: Sequence[Levels]
) -> None:
    """One activity of this method: written, opened, handed in, released at need again, renamed."""
    activity_id, tagged = made.happen(
        lambda session: activities.write_activity(
            session,
            course_id=made.course_id,
            author_id=made.instructor_id,
            draft=made.draft(method=method, title=f"Practice: {method.value}"),
            at=at(minute),
        )
    )
    _happen(made, story, *tagged)
    placement_id = made.place(activity_id)
    learner = made.learner_ids[0]
    attempt = made.attempt(learner, placement_id)
    for person, role, of in (
        (made.instructor_id, CourseRole.INSTRUCTOR, None),
        (learner, CourseRole.LEARNER, attempt),
    ):
        launch = ActivityLaunched(at(minute + 1), uuid4(), person, placement_id, of, role)
        _happen(made, story, launch)
    made.do(
        lambda session: submissions.save_draft(
            session, attempt_id=attempt, person_id=learner, text="My evidence", links=[]
        )
    )
    _, handed_in = made.happen(
        lambda session: submissions.submit(
            session, attempt_id=attempt, person_id=learner, at=at(minute + 2)
        )
    )
    _happen(made, story, *handed_in)
    for later, levels in enumerate(releases):
        _, released = made.assess(attempt, *levels, minute=minute + 3 + later)
        _happen(made, story, *released)
    _, changed = made.happen(
        lambda session: activities.write_activity(
            session,
            course_id=made.course_id,
            author_id=made.instructor_id,
            draft=made.draft(method=method, title=f"Practice again: {method.value}"),
            activity_id=activity_id,
            at=at(minute + 10),
        )
    )
    _happen(made, story, *changed)


def _assessors(made: School, story: Story) -> None:
    """Everybody who may rate rates one attempt, in an activity where all of them count."""
    with made.db.writing(made.tenant_id) as session:
        activity = session.get(Activity, made.activity_id)
        assert activity is not None
        activity.settings = {"assessor_weights": {"mentor": "1", "peer": "0.5", "self": "0.5"}}
    learner, peer = made.learner_ids
    assessors = {
        AssessorRole.INSTRUCTOR: made.instructor_id,
        AssessorRole.MENTOR: made.person("Mia Mentor", CourseRole.MENTOR),
        AssessorRole.PEER: peer,
        AssessorRole.SELF: learner,
    }
    attempt = made.attempt(learner)
    for later, role in enumerate(ROLES):
        _, released = made.assess(
            attempt, 4, 2, minute=2000 + later, assessor_id=assessors[role], role=role
        )
        _happen(made, story, *released)
