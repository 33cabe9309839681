"""A class at one activity, and visitors who came to it by a launch: what the page tests begin from.

Rows are made by the domain's own actions; a visit is a handle and a session as a launch makes them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.access.sessions import add_handle, begin_session
from lti_tool.access.tables import LaunchHandle, Purpose
from rubrics.actions import activities, assessments, attempts, courses, packs, people, submissions
from rubrics.actions.activities import ActivityDraft
from rubrics.actions.assessments import RatingInput
from rubrics.queries.activities import rubric_choices
from rubrics.queries.classes import assessment_page
from rubrics.queries.shapes import RubricView
from rubrics.tables.people import Tenant
from rubrics.words import CourseRole, Method

T = TypeVar("T")
TITLE = "Handle an upset client"
TEXT = (
    "You are on duty at the help desk. A client calls: the delivery is three days late, and it "
    "is the second time.\n\nPlay the call with a partner, ten minutes, then change places. Hand "
    "in a note of what you would do differently. Background: https://example.org/calls."
)


@dataclass(frozen=True)
class Visit:
    """One launch: the address that its pages begin with, and the secret of its cookie."""

    handle: str
    secret: str

    def path(self, rest: str = "") -> str:
        """The path of a page of this visit."""
        return f"/l/{self.handle}/{rest}"


@dataclass
class School:
    """One tenant with a course, an instructor, an assistant, learners and an activity."""

    db: Database
    tenant_id: UUID
    course_id: UUID
    placement_id: UUID
    activity_id: UUID
    instructor_id: UUID
    assistant_id: UUID
    rubric: RubricView
    learner_ids: list[UUID] = field(default_factory=list)

    def write(self, action: Callable[[Any], T]) -> T:
        """Something done in one transaction of this tenant."""
        with self.db.writing(self.tenant_id) as session:
            return action(session)

    def read(self, query: Callable[[Any], T]) -> T:
        """The answer of a query."""
        with self.db.reading(self.tenant_id) as session:
            return query(session)

    def enrol(self, name: str, role: CourseRole) -> UUID:
        """One more person of the course."""
        return self.write(lambda s: _person(s, self.course_id, name, role))

    def empty_placement(self) -> UUID:
        """A link with no activity."""
        return self.write(lambda s: courses.new_placement(s, self.course_id, "A new link").id)

    def visit(
        self,
        person_id: UUID,
        role: CourseRole,
        purpose: Purpose = Purpose.ACTIVITY,
        placement_id: UUID | None = None,
        **more: Any,
    ) -> Visit:
        """A launch of this person; to the activity unless it says otherwise."""
        if purpose is Purpose.ACTIVITY and placement_id is None:
            placement_id = self.placement_id
        return launched(
            self.db,
            tenant_id=self.tenant_id,
            person_id=person_id,
            course_id=self.course_id,
            placement_id=placement_id,
            role=role,
            purpose=purpose,
            **more,
        )

    def hand_in(self, person_id: UUID, text: str, links: list[str] | None = None) -> UUID:
        """Evidence of this learner, submitted; gives the attempt."""

        def action(session: Any) -> UUID:
            attempt = attempts.current_attempt(session, self.placement_id, person_id).id
            submissions.save_draft(
                session, attempt_id=attempt, person_id=person_id, text=text, links=links or []
            )
            submissions.submit(session, attempt_id=attempt, person_id=person_id)
            return attempt

        return self.write(action)

    def rate(self, person_id: UUID, position: int, comment: str = "") -> tuple[UUID, int]:
        """A draft of the instructor with this level everywhere; its id and version."""
        ratings = {
            row.id: RatingInput(level_id=row.levels[position - 1].id, comment=comment)
            for row in self.rubric.criteria
        }

        def action(session: Any) -> tuple[UUID, int]:
            attempt = attempts.current_attempt(session, self.placement_id, person_id).id
            draft = assessments.open_draft(
                session, attempt_id=attempt, assessor_id=self.instructor_id
            ).value
            version = assessments.save(
                session,
                assessment_id=draft,
                assessor_id=self.instructor_id,
                ratings=ratings,
                comment=comment,
            ).value
            return draft, version

        return self.write(action)

    def draft_of(self, person_id: UUID) -> Any:
        """The instructor's draft on this learner's work, as the page reads it."""
        page = self.read(
            lambda s: assessment_page(s, self.placement_id, person_id, self.instructor_id)
        )
        return page.draft


def launched(db: Database, *, tenant_id: UUID, person_id: UUID, **handle: Any) -> Visit:
    """A session and a handle, as a launch makes them."""
    at = clock.now()
    with db.writing(tenant_id) as session:
        secret = begin_session(
            session,
            tenant_id=tenant_id,
            person_id=person_id,
            former_secret=None,
            at=at,
            hours=12,
        )
        row = LaunchHandle(
            tenant_id=tenant_id,
            person_id=person_id,
            frame_origins=["https://lms.example"],
            expires_at=at + timedelta(hours=12),
            **{"locale": "en", **handle},
        )
        return Visit(add_handle(session, row), secret)


def found(db: Database, name: str = "North", learners: int = 3) -> School:
    """A school with a class at one activity, nothing handed in yet."""
    with db.writing(EVERY_TENANT) as session:
        tenant = Tenant(name=name)
        session.add(tenant)
        session.flush()
        tenant_id = tenant.id
    with db.writing(tenant_id) as session:
        packs.install_packs(session)
    names = ("Ana Álvarez", "Chen Wei", "Dana <b>Bold</b>", "Emil Novák", "Fatima Haddad")
    with db.writing(tenant_id) as session:
        course_id = courses.new_course(session, "Skills 101", "SK101").id
        instructor = _person(session, course_id, f"Ines of {name}", CourseRole.INSTRUCTOR)
        assistant = _person(session, course_id, f"Tom of {name}", CourseRole.ASSISTANT)
        rubric = next(
            each for each in rubric_choices(session, course_id) if each.title == "Client role-play"
        )
        draft = ActivityDraft(
            title=TITLE,
            text=TEXT,
            method=Method.ROLE_PLAY,
            rubric_version_id=rubric.version_id,
            competency_ids=[row.alignments[0].competency.id for row in rubric.criteria],
            maximum=Decimal(100),
            due_at=clock.now() + timedelta(days=9),
        )
        activity = activities.write_activity(
            session, course_id=course_id, author_id=instructor, draft=draft
        ).value
        placement = courses.new_placement(session, course_id, "Client role-play").id
        activities.place_activity(session, placement_id=placement, activity_id=activity)
        people_of_class = [
            _person(session, course_id, each, CourseRole.LEARNER) for each in names[:learners]
        ]
    return School(
        db=db,
        tenant_id=tenant_id,
        course_id=course_id,
        placement_id=placement,
        activity_id=activity,
        instructor_id=instructor,
        assistant_id=assistant,
        rubric=rubric,
        learner_ids=people_of_class,
    )


def _person(session: Any, course_id: UUID, name: str, role: CourseRole) -> UUID:
    given, _, family = name.partition(" ")
    person = people.meet_person(
        session,
        issuer="https://lms.example",
        subject=name,
        name=name,
        given_name=given,
        family_name=family,
    )
    people.enrol(session, course_id, person.id, role)
    return person.id
