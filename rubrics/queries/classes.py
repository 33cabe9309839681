"""The pages of those who assess: the class at one placement, and one learner's work in it.

Reads only, in a constant number of statements however large the class is.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from rubrics.errors import Refused
from rubrics.queries.activities import activity_page
from rubrics.queries.build import (
    RATINGS_ALONE,
    assessment_view,
    class_order,
    display_name,
    is_late,
    rubric_of,
    score_view,
    submission_view,
)
from rubrics.queries.counting import candidates, counting_score
from rubrics.queries.course_groups import members_of
from rubrics.queries.shapes import (
    ActivityPage,
    ActivityView,
    AssessmentPage,
    AssessmentView,
    ClassList,
    ClassRow,
    Evidence,
    LearnerLink,
    Progress,
    RubricView,
    ScoreView,
    SubmissionView,
)
from rubrics.queries.work import Work, newest_work
from rubrics.tables.activities import Submission
from rubrics.tables.assessments import ActivityScore, Assessment
from rubrics.tables.people import Enrolment, Person
from rubrics.words import AssessmentState, AssessorRole, CourseRole


def class_list(
    session: Session,
    placement_id: UUID,
    assessor_id: UUID | None = None,
    group_id: UUID | None = None,
) -> ClassList:
    """The learners enrolled in the placement's course, each with evidence, rating and score.

    Drafts show only where they are the assessor's own. The score is that of the attempt that
    counts; everything else is about the newest attempt. `group_id`: only those of the class who
    are in this section or group.
    """
    page = activity_page(session, placement_id)
    learners = _learners(session, page.course_id, group_id)
    works = newest_work(session, [placement_id], assessor_id)
    scores = _scores(session, page)
    return ClassList(
        page=page,
        rows=tuple(
            _row(page, position, learner, works.get((placement_id, learner[0].id)), scores)
            for position, learner in enumerate(learners, start=1)
        ),
    )


def assessment_page(
    session: Session,
    placement_id: UUID,
    person_id: UUID,
    assessor_id: UUID,
    group_id: UUID | None = None,
) -> AssessmentPage:
    """One learner's work with the assessor's draft and released revision beside it.

    `group_id`: the neighbours are those of this section or group, if the learner is in it. Refuses
    a placement without activity, and somebody who is no learner of the course.
    """
    listed = class_list(session, placement_id, assessor_id, group_id)
    index = _index(listed, person_id)
    if index is None and group_id is not None:
        listed = class_list(session, placement_id, assessor_id)
        index = _index(listed, person_id)
    if listed.page.activity is None:
        raise Refused(
            "placement.no_activity",
            "There is no activity here yet. The instructor has to choose one first.",
        )
    if index is None:
        raise Refused(
            "person.no_learner",
            "This person is not in the class any more. Go back to the class list.",
        )
    row = listed.rows[index]
    activity = listed.page.activity
    draft, released, rubric = _assessments(session, activity, row.attempt_id, assessor_id)
    return AssessmentPage(
        page=listed.page,
        activity=activity,
        person_id=person_id,
        name=row.name,
        position=row.position,
        total=len(listed.rows),
        previous=_link(listed.rows, index - 1),
        next=_link(listed.rows, index + 1),
        next_waiting=_next_waiting(listed.rows, index),
        attempt_id=row.attempt_id,
        attempt_number=row.attempt_number,
        group=row.group,
        submission=_submission(session, activity, row.attempt_id),
        draft=draft,
        released=released,
        rubric=rubric,
        score=_attempt_score(session, row.attempt_id, person_id),
    )


def _index(listed: ClassList, person_id: UUID) -> int | None:
    return next((i for i, row in enumerate(listed.rows) if row.person_id == person_id), None)


def _learners(
    session: Session, course_id: UUID, group_id: UUID | None
) -> list[tuple[Person, datetime | None]]:
    """Everybody of the class, or of one of its groups, and when they left it."""
    learners_of = (
        select(Person, Enrolment.left_at)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.course_id == course_id, Enrolment.role == CourseRole.LEARNER)
    )
    if group_id is not None:
        learners_of = learners_of.where(Person.id.in_(members_of(course_id, group_id)))
    rows = session.execute(learners_of)
    learners = [(person, left_at) for person, left_at in rows]
    return sorted(learners, key=lambda each: (each[1] is not None, class_order(each[0])))


def _scores(session: Session, page: ActivityPage) -> dict[UUID, ActivityScore | None]:
    if page.activity is None:
        return {}
    return {
        person_id: counting_score(page.activity.counting, each)
        for person_id, each in candidates(session, page.placement_id).items()
    }


def _row(
    page: ActivityPage,
    position: int,
    learner: tuple[Person, datetime | None],
    work: Work | None,
    scores: dict[UUID, ActivityScore | None],
) -> ClassRow:
    person, left_at = learner
    score = scores.get(person.id)
    activity = page.activity
    return ClassRow(
        person_id=person.id,
        name=display_name(person),
        position=position,
        is_test=person.is_test,
        left_at=left_at,
        attempt_id=work.attempt_id if work else None,
        attempt_number=work.number if work else 1,
        group=work.group if work else None,
        evidence=work.evidence if work else Evidence.NONE,
        submitted_at=work.submitted_at if work else None,
        resubmitted=work.submissions > 1 if work else False,
        late=is_late(work.submitted_at, activity.due_at) if work and activity else False,
        progress=work.progress if work else Progress.NONE,
        rated=work.rated if work else 0,
        criteria=len(activity.rubric.criteria) if activity else 0,
        score=score_view(score) if score else None,
        released_at=work.released_at if work else None,
    )


def _link(rows: Sequence[ClassRow], index: int) -> LearnerLink | None:
    if not 0 <= index < len(rows):
        return None
    row = rows[index]
    return LearnerLink(person_id=row.person_id, name=row.name, position=row.position)


def _next_waiting(rows: Sequence[ClassRow], index: int) -> LearnerLink | None:
    around = [*range(index + 1, len(rows)), *range(index)]
    return next((_link(rows, i) for i in around if rows[i].waiting), None)


def _submission(
    session: Session, activity: ActivityView, attempt_id: UUID | None
) -> SubmissionView | None:
    """What was handed in last."""
    row = session.scalar(
        select(Submission)
        .where(Submission.attempt_id == attempt_id, Submission.submitted_at.is_not(None))
        .order_by(Submission.number.desc())
        .limit(1)
    )
    return None if row is None else submission_view(row, activity.due_at)


def _assessments(
    session: Session, activity: ActivityView, attempt_id: UUID | None, assessor_id: UUID
) -> tuple[AssessmentView | None, AssessmentView | None, RubricView]:
    """The assessor's draft and released revision, and the rubric that the form shows."""
    rows = {
        row.state: row
        for row in session.scalars(
            select(Assessment)
            .options(*RATINGS_ALONE)
            .where(
                Assessment.attempt_id == attempt_id,
                Assessment.assessor_id == assessor_id,
                Assessment.role == AssessorRole.INSTRUCTOR,
                Assessment.state.in_((AssessmentState.DRAFT, AssessmentState.RELEASED)),
            )
            .order_by(Assessment.revision)
        )
    }
    views = {
        state: assessment_view(row, rubric_of(session, row, activity))
        for state, row in rows.items()
    }
    newest = rows.get(AssessmentState.DRAFT) or rows.get(AssessmentState.RELEASED)
    return (
        views.get(AssessmentState.DRAFT),
        views.get(AssessmentState.RELEASED),
        activity.rubric if newest is None else rubric_of(session, newest, activity),
    )


def _attempt_score(session: Session, attempt_id: UUID | None, person_id: UUID) -> ScoreView | None:
    row = session.scalar(
        select(ActivityScore)
        .where(
            ActivityScore.attempt_id == attempt_id,
            ActivityScore.person_id == person_id,
            ActivityScore.withdrawn_at.is_(None),
        )
        .order_by(ActivityScore.revision.desc())
        .limit(1)
    )
    return None if row is None else score_view(row)
