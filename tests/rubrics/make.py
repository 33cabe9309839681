"""Builds a small school in a database: tenant, people, course, rubric, activity, placement.

The rubric has two criteria of four levels (1 to 4 points), weights 2 and 1. "Listening" shows the
soft skill; "Product" shows the hard skill, and the soft one half of the time it is looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT, Database
from rubrics.actions import activities, assessments, attempts, courses, people, releases
from rubrics.actions.activities import ActivityDraft
from rubrics.actions.assessments import RatingInput
from rubrics.actions.done import Done
from rubrics.events import Event
from rubrics.tables.frameworks import Competency, Framework, ProficiencyLevel, ProficiencyScale
from rubrics.tables.people import Tenant
from rubrics.tables.rubrics import Criterion, CriterionAlignment, Level, Rubric, RubricVersion
from rubrics.words import CourseRole, Kind, Method

T = TypeVar("T")
START = datetime(2030, 3, 1, 9, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    """A moment of the story, in minutes after its start."""
    return START + timedelta(minutes=minutes)


@dataclass
class School:
    """One tenant's rows by id. `criteria` are (id, the ids of its levels from low to high)."""

    db: Database
    tenant_id: UUID
    course_id: UUID = field(default_factory=uuid4)
    instructor_id: UUID = field(default_factory=uuid4)
    learner_ids: list[UUID] = field(default_factory=list)
    soft_id: UUID = field(default_factory=uuid4)
    hard_id: UUID = field(default_factory=uuid4)
    rubric_version_id: UUID = field(default_factory=uuid4)
    criteria: list[tuple[UUID, list[UUID]]] = field(default_factory=list)
    activity_id: UUID = field(default_factory=uuid4)
    placement_id: UUID = field(default_factory=uuid4)

    def do(self, action: Callable[[Session], Done[T]]) -> T:
        """Commit an action; its value."""
        return self.happen(action)[0]

    def happen(self, action: Callable[[Session], Done[T]]) -> tuple[T, tuple[Event, ...]]:
        """Commit an action; its value and its events."""
        with self.db.writing(self.tenant_id) as session:
            done = action(session)
        return done.value, done.events

    def read(self, query: Callable[[Session], T]) -> T:
        """What a query gives."""
        with self.db.reading(self.tenant_id) as session:
            return query(session)

    def draft(self, **changes: Any) -> ActivityDraft:
        """What an instructor writes of the activity."""
        values: dict[str, Any] = {
            "title": "Handle an upset client",
            "text": "Play it through.",
            "method": Method.ROLE_PLAY,
            "rubric_version_id": self.rubric_version_id,
            "competency_ids": [self.soft_id, self.hard_id],
        }
        return ActivityDraft(**{**values, **changes})

    def place(self, activity_id: UUID | None = None, title: str = "Role-play") -> UUID:
        """One more placement of the course, with the activity."""
        with self.db.writing(self.tenant_id) as session:
            placement = courses.new_placement(session, self.course_id, title)
            activities.place_activity(
                session, placement_id=placement.id, activity_id=activity_id or self.activity_id
            )
            return placement.id

    def attempt(self, learner_id: UUID | None = None, placement_id: UUID | None = None) -> UUID:
        """The learner's current attempt."""
        with self.db.writing(self.tenant_id) as session:
            return attempts.current_attempt(
                session, placement_id or self.placement_id, learner_id or self.learner_ids[0]
            ).id

    def ratings(self, *positions: int | None, comment: str = "") -> dict[UUID, RatingInput]:
        """An answer per criterion: a level by its position from 1, or None for not observed."""
        return {
            criterion_id: RatingInput(
                level_id=None if position is None else level_ids[position - 1],
                not_observed=position is None,
                comment=comment,
            )
            for (criterion_id, level_ids), position in zip(self.criteria, positions, strict=True)
        }

    def assess(
        self,
        attempt_id: UUID,
        *positions: int | None,
        minute: int = 60,
        assessor_id: UUID | None = None,
        **role: Any,
    ) -> tuple[UUID, tuple[Event, ...]]:
        """Open, rate and release; the assessment's id and the events."""
        assessor = assessor_id or self.instructor_id

        def action(session: Session) -> Done[UUID]:
            opened = assessments.open_draft(
                session, attempt_id=attempt_id, assessor_id=assessor, at=at(minute), **role
            ).value
            assessments.save(
                session,
                assessment_id=opened,
                assessor_id=assessor,
                ratings=self.ratings(*positions, comment="Seen."),
                comment="Well done.",
                at=at(minute),
            )
            return releases.release(
                session, assessment_id=opened, assessor_id=assessor, at=at(minute)
            )

        return self.happen(action)

    def person(self, name: str, role: CourseRole, course_id: UUID | None = None) -> UUID:
        """Somebody in the course."""
        return self.persons([name], role, course_id)[0]

    def persons(
        self, names: Sequence[str], role: CourseRole, course_id: UUID | None = None
    ) -> list[UUID]:
        """Several people in the course, in one transaction."""
        with self.db.writing(self.tenant_id) as session:
            return [_meet(session, name, role, course_id or self.course_id) for name in names]


def _meet(session: Session, name: str, role: CourseRole, course_id: UUID) -> UUID:
    given, _, family = name.partition(" ")
    person = people.meet_person(
        session,
        issuer="https://lms.example",
        subject=name,
        name=name,
        given_name=given,
        family_name=family,
        at=START,
    )
    people.enrol(session, course_id, person.id, role, START)
    return person.id


def school(db: Database, *, learners: int = 1, name: str = "North School") -> School:
    """A school whose activity is placed and whose learners are enrolled; nobody has worked yet."""
    with db.writing(EVERY_TENANT) as session:
        tenant = Tenant(name=name)
        session.add(tenant)
        session.flush()
        made = School(db, tenant.id)
    with db.writing(made.tenant_id) as session:
        made.course_id = courses.new_course(session, "Skills 101", "SK101").id
        _framework(session, made)
        made.rubric_version_id = rubric(session, made)
    made.instructor_id = made.person("Iris Teacher", CourseRole.INSTRUCTOR)
    made.learner_ids = made.persons(
        [f"Learner {number:03}" for number in range(learners)], CourseRole.LEARNER
    )
    made.activity_id = made.do(
        lambda session: activities.write_activity(
            session,
            course_id=made.course_id,
            author_id=made.instructor_id,
            draft=made.draft(),
            at=START,
        )
    )
    made.placement_id = made.place()
    return made


def _framework(session: Session, made: School) -> None:
    scale = ProficiencyScale(title="Four steps", top=Decimal(4), mastery=Decimal(3))
    session.add(scale)
    session.flush()
    words = (("Beginning", "0"), ("Developing", "1.5"), ("Proficient", "3"), ("Advanced", "3.6"))
    session.add_all(
        ProficiencyLevel(scale_id=scale.id, label=label, threshold=Decimal(threshold))
        for label, threshold in words
    )
    framework = Framework(
        identifier=uuid4(), scale_id=scale.id, title="Service skills", creator="Us"
    )
    session.add(framework)
    session.flush()
    skills = ((made.soft_id, "Active listening", Kind.SOFT), (made.hard_id, "Product", Kind.HARD))
    session.add_all(
        Competency(
            id=row_id,
            framework_id=framework.id,
            identifier=uuid4(),
            full_statement=f"{label}, as seen at work",
            label=label,
            kind=kind,
        )
        for row_id, label, kind in skills
    )
    session.flush()


def rubric(session: Session, made: School, **changes: Any) -> UUID:
    """A version of a rubric with the school's criteria; only the first one's ids are kept."""
    head = Rubric(identifier=uuid4(), course_id=changes.pop("course_id", None))
    session.add(head)
    session.flush()
    version = RubricVersion(**{"rubric_id": head.id, "title": "Client role-play", **changes})
    session.add(version)
    session.flush()
    criteria = []
    for position, (title, weight) in enumerate((("Listening", 2), ("Product", 1)), start=1):
        criterion = Criterion(
            version_id=version.id,
            identifier=uuid4(),
            position=position,
            title=title,
            weight=Decimal(weight),
        )
        session.add(criterion)
        session.flush()
        levels = [
            Level(
                criterion_id=criterion.id,
                identifier=uuid4(),
                position=points,
                points=Decimal(points),
                quality=quality,
                description=f"{quality} at {title.lower()}",
                feedback="" if points == 4 else f"Go for level {points + 1}.",
            )
            for points, quality in enumerate(("Poor", "Fair", "Good", "Great"), start=1)
        ]
        session.add_all(levels)
        session.flush()
        criteria.append((criterion.id, [level.id for level in levels]))
    pairs = ((0, made.soft_id, 1), (1, made.soft_id, 1), (1, made.hard_id, 2))
    session.add_all(
        CriterionAlignment(criterion_id=criteria[i][0], competency_id=each, weight=Decimal(weight))
        for i, each, weight in pairs
    )
    session.flush()
    made.criteria = made.criteria or criteria
    return version.id
