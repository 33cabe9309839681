"""Pages about activities: one at its placement, the choices for a new one, all of a course.

Reads only. Every function takes the session of one tenant and uses a constant number of statements.
"""

from uuid import UUID

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from rubrics.actions.checks import found, unknown
from rubrics.queries.build import (
    available_from,
    competency_view,
    competency_views,
    rubric_view,
)
from rubrics.queries.shapes import (
    ActivityChoice,
    ActivityPage,
    CompetencyView,
    CourseActivities,
    CourseActivity,
    Evidence,
    RubricView,
)
from rubrics.queries.whole import ACTIVITY, whole
from rubrics.queries.work import Work, newest_work
from rubrics.tables.activities import Activity, Attempt, Placement
from rubrics.tables.assessments import Assessment
from rubrics.tables.frameworks import Competency, Framework
from rubrics.tables.people import Course, Enrolment, Person
from rubrics.tables.rubrics import Rubric, RubricVersion
from rubrics.words import AssessmentState, CourseRole, RubricState

MOST_COMPETENCIES = 50


_RELEASED = (
    select(Assessment.id)
    .join(Attempt, Attempt.id == Assessment.attempt_id)
    .join(Placement, Placement.id == Attempt.placement_id)
    .where(
        Placement.activity_id == bindparam("activity"),
        Assessment.state != AssessmentState.DRAFT,
    )
    .limit(1)
)
_PLACED = (
    select(
        Placement.title.label("placement_title"),
        Placement.activity_id,
        Placement.course_id.label("placement_course_id"),
        Course.title.label("course_title"),
        *ACTIVITY,
    )
    .join(Course, Course.id == Placement.course_id)
    .outerjoin(Activity, Activity.id == Placement.activity_id)
    .outerjoin(RubricVersion, RubricVersion.id == Activity.rubric_version_id)
    .outerjoin(Rubric, Rubric.id == RubricVersion.rubric_id)
    .where(Placement.id == bindparam("placement"))
)


def activity_page(session: Session, placement_id: UUID) -> ActivityPage:
    """The placement and its activity, whole. Refuses an unknown placement."""
    row = session.execute(_PLACED, {"placement": placement_id}).one_or_none()
    if row is None:
        raise unknown("placement")
    activity_id = row.activity_id
    return ActivityPage(
        placement_id=placement_id,
        placement_title=row.placement_title,
        course_id=row.placement_course_id,
        course_title=row.course_title,
        activity=None if activity_id is None else whole(session, activity_id, row),
    )


def rubric_choices(session: Session, course_id: UUID) -> tuple[RubricView, ...]:
    """The active rubrics that a course can use: its own, then the library's, by title."""
    rows = session.scalars(
        select(RubricVersion)
        .join(Rubric, Rubric.id == RubricVersion.rubric_id)
        .where(
            RubricVersion.state == RubricState.ACTIVE,
            or_(Rubric.course_id.is_(None), Rubric.course_id == course_id),
        )
    )
    views = [rubric_view(row) for row in rows if row.criteria]
    return tuple(
        sorted(views, key=lambda view: (view.course_id is None, view.title.casefold(), view.number))
    )


def competency_choices(session: Session, search: str = "") -> tuple[CompetencyView, ...]:
    """Competencies in which every word of `search` occurs, at most 50: labels first."""
    rows = (
        select(Competency)
        .join(Framework, Framework.id == Competency.framework_id)
        .where(Competency.assessable)
        .order_by(Framework.title, Competency.position, Competency.label, Competency.id)
        .limit(MOST_COMPETENCIES)
    )
    for word in search.replace("\0", "").split()[:10]:
        rows = rows.where(
            or_(
                Competency.label.icontains(word, autoescape=True),
                Competency.full_statement.icontains(word, autoescape=True),
            )
        )
    return tuple(competency_view(row) for row in session.scalars(rows))


def activity_choices(session: Session, course_id: UUID) -> tuple[ActivityChoice, ...]:
    """The activities of the course, the newest first."""
    placements = dict(
        session.execute(
            select(Placement.activity_id, func.count())
            .where(Placement.course_id == course_id)
            .group_by(Placement.activity_id)
        ).all()
    )
    rows = session.scalars(
        select(Activity)
        .where(Activity.course_id == course_id)
        .order_by(Activity.created_at.desc(), Activity.id)
    )
    return tuple(
        ActivityChoice(
            id=row.id,
            title=row.title,
            text=row.text,
            method=row.method,
            maximum=row.maximum,
            due_at=row.due_at,
            address=row.address,
            rubric_version_id=row.rubric_version_id,
            rubric_title=row.rubric_version.title,
            competencies=competency_views(each.competency for each in row.alignments),
            placements=placements.get(row.id, 0),
            created_by_id=row.created_by_id,
            available_from=available_from(row),
        )
        for row in rows
    )


def course_activities(session: Session, course_id: UUID) -> CourseActivities:
    """What is placed in the course, in the order it was placed, with how far the class is."""
    course = found(session, Course, course_id, "course")
    learners = set(
        session.scalars(
            select(Enrolment.person_id)
            .join(Person, Person.id == Enrolment.person_id)
            .where(
                Enrolment.course_id == course_id,
                Enrolment.role == CourseRole.LEARNER,
                Enrolment.left_at.is_(None),
                Person.is_test.is_(False),
            )
        )
    )
    placements = session.scalars(
        select(Placement)
        .where(Placement.course_id == course_id)
        .order_by(Placement.created_at, Placement.id)
    ).all()
    works: dict[UUID, list[Work]] = {}
    for (placement_id, person_id), work in newest_work(session, [p.id for p in placements]).items():
        if person_id in learners:
            works.setdefault(placement_id, []).append(work)
    return CourseActivities(
        course_id=course.id,
        course_title=course.title,
        learners=len(learners),
        rows=tuple(
            _course_activity(placement, works.get(placement.id, []), len(learners))
            for placement in placements
        ),
    )


def _course_activity(placement: Placement, works: list[Work], learners: int) -> CourseActivity:
    activity = placement.activity
    submitted = [work for work in works if work.evidence is Evidence.SUBMITTED]
    return CourseActivity(
        placement_id=placement.id,
        placement_title=placement.title,
        activity_id=placement.activity_id,
        title=activity.title if activity else placement.title,
        method=activity.method if activity else None,
        maximum=activity.maximum if activity else None,
        due_at=activity.due_at if activity else None,
        rubric_title=activity.rubric_version.title if activity else "",
        competencies=competency_views(each.competency for each in activity.alignments)
        if activity
        else (),
        learners=learners,
        submitted=len(submitted),
        assessed=sum(work.released_at is not None for work in works),
        waiting=sum(work.released_at is None for work in submitted),
    )


def has_released(session: Session, activity_id: UUID | None) -> bool:
    """True once an assessment of the activity was released, wherever it is placed."""
    return session.scalar(_RELEASED, {"activity": activity_id}) is not None
