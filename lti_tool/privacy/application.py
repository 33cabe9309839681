"""What the application knows of a person, table by table, in words that the person can read.

GDPR article 15. Nobody else is named: who assessed appears by role, who is assessed not at all.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from lti_tool.access.tables import BrowserSession, LaunchHandle
from lti_tool.delivery.tables import GradeDelivery
from rubrics.tables.activities import Activity, Attempt, EvidenceItem, Submission
from rubrics.tables.assessments import (
    ActivityScore,
    Assessment,
    CompetencyAssertion,
    EvidenceValue,
)
from rubrics.tables.people import (
    Course,
    CourseGroup,
    CourseGroupMember,
    Enrolment,
    GroupMember,
    LearnerGroup,
    Person,
)

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """One file of the export: what it is, and the columns that lead from its table to a person."""

    name: str
    says: str
    columns: tuple[str, ...]
    entries: Callable[[Session, UUID], Iterator[Entry]]


def file_name(item: EvidenceItem) -> str:
    """Where the bytes of a handed-in file stand in the export."""
    return f"evidence/{item.id}-{item.text}"


def files(session: Session, person_id: UUID) -> Iterator[EvidenceItem]:
    """The person's evidence that is a file, also what a group with the person handed in."""
    yield from session.scalars(
        select(EvidenceItem)
        .join(Submission, Submission.id == EvidenceItem.submission_id)
        .where(
            Submission.attempt_id.in_(_attempts(person_id)), EvidenceItem.storage_key.is_not(None)
        )
        .order_by(EvidenceItem.created_at, EvidenceItem.id)
    )


def _profile(session: Session, person_id: UUID) -> Iterator[Entry]:
    person = session.get_one(Person, person_id)
    yield {
        "issuer": person.issuer,
        "subject": person.subject,
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "first_seen": person.created_at,
        "last_seen": person.seen_at,
    }


def _enrolments(session: Session, person_id: UUID) -> Iterator[Entry]:
    rows = session.execute(
        select(Enrolment, Course.title)
        .join(Course, Course.id == Enrolment.course_id)
        .where(Enrolment.person_id == person_id)
        .order_by(Enrolment.created_at, Enrolment.id)
    )
    for row, course in rows:
        times = {"since": row.created_at, "last_came": row.came_at, "first_listed": row.listed_at}
        yield {"course": course, "role": row.role, **times, "left": row.left_at}


def _groups(session: Session, person_id: UUID) -> Iterator[Entry]:
    names = (
        select(LearnerGroup.name)
        .join(GroupMember, GroupMember.group_id == LearnerGroup.id)
        .where(GroupMember.person_id == person_id)
        .order_by(LearnerGroup.name)
    )
    yield from ({"group": name} for name in session.scalars(names))


def _divisions(session: Session, person_id: UUID) -> Iterator[Entry]:
    rows = session.execute(
        select(CourseGroup, Course.title)
        .join(Course, Course.id == CourseGroup.course_id)
        .join(CourseGroupMember, CourseGroupMember.group_id == CourseGroup.id)
        .where(CourseGroupMember.person_id == person_id)
        .order_by(CourseGroup.created_at, CourseGroup.id)
    )
    for row, course in rows:
        yield {"course": course, "kind": row.kind, "name": row.name, "id": row.key}


def _tries(session: Session, person_id: UUID) -> Iterator[Entry]:
    rows = select(Attempt).where(Attempt.id.in_(_attempts(person_id)))
    for row in session.scalars(rows.order_by(Attempt.created_at, Attempt.id)):
        yield {**_of(row), "begun": row.created_at, "in_a_group": row.group_id is not None}


def _submissions(session: Session, person_id: UUID) -> Iterator[Entry]:
    rows = session.execute(
        select(Submission, Attempt)
        .join(Attempt, Attempt.id == Submission.attempt_id)
        .where(
            or_(
                Submission.attempt_id.in_(_attempts(person_id)),
                Submission.submitted_by_id == person_id,
            )
        )
        .order_by(Submission.created_at, Submission.id)
    )
    for row, attempt in rows:
        yield {
            **_of(attempt),
            "version": row.number,
            "saved": row.saved_at,
            "submitted": row.submitted_at,
            "submitted_by_you": row.submitted_by_id == person_id,
            "evidence": [_item(item) for item in row.items],
        }


def _item(item: EvidenceItem) -> Entry:
    known = {"type": item.type, "text": item.text}
    if item.storage_key is None:
        return known
    return {**known, "size": item.size, "sha256": item.sha256, "file": file_name(item)}


def _judged(session: Session, person_id: UUID) -> Iterator[Entry]:
    rows = select(Assessment).where(Assessment.attempt_id.in_(_attempts(person_id)))
    for row in session.scalars(rows.order_by(Assessment.created_at, Assessment.id)):
        yield {
            **_assessment(row),
            "comment": row.comment,
            "ratings": [
                {
                    "criterion": rating.criterion.title,
                    "level": rating.level.quality if rating.level else None,
                    "points": rating.level.points if rating.level else None,
                    "not_observed": rating.not_observed,
                    "comment": rating.comment,
                }
                for rating in row.ratings
            ],
        }


def _judging(session: Session, person_id: UUID) -> Iterator[Entry]:
    """Without what was said of others: that is about them."""
    rows = select(Assessment).where(Assessment.assessor_id == person_id)
    for row in session.scalars(rows.order_by(Assessment.created_at, Assessment.id)):
        yield _assessment(row)


def _assessment(row: Assessment) -> Entry:
    return {
        **_of(row.attempt),
        "assessor": row.role,
        "state": row.state,
        "revision": row.revision,
        "saved": row.saved_at,
        "released": row.released_at,
    }


def _scores(session: Session, person_id: UUID) -> Iterator[Entry]:
    rows = session.execute(
        select(ActivityScore, Attempt)
        .join(Attempt, Attempt.id == ActivityScore.attempt_id)
        .where(ActivityScore.person_id == person_id)
        .order_by(ActivityScore.released_at, ActivityScore.id)
    )
    for row, attempt in rows:
        yield {
            **_of(attempt),
            "points": row.points,
            "maximum": row.maximum,
            "arithmetic": row.terms,
            "released": row.released_at,
            "withdrawn": row.withdrawn_at,
        }


def _evidence(session: Session, person_id: UUID) -> Iterator[Entry]:
    rows = select(EvidenceValue).where(EvidenceValue.person_id == person_id)
    for row in session.scalars(rows.order_by(EvidenceValue.released_at, EvidenceValue.id)):
        yield {
            **_of(row.attempt),
            "competency": row.competency.label,
            "value": row.value,
            "of": row.top,
            "arithmetic": row.terms,
            "released": row.released_at,
            "counts": row.standing,
        }


def _standing(session: Session, person_id: UUID) -> Iterator[Entry]:
    rows = select(CompetencyAssertion).where(CompetencyAssertion.person_id == person_id)
    for row in session.scalars(
        rows.order_by(CompetencyAssertion.asserted_at, CompetencyAssertion.id)
    ):
        yield {
            "competency": row.competency.label,
            "estimate": row.estimate,
            "level": row.level,
            "at_mastery": row.at_mastery,
            "how_sure": row.certainty,
            "method": row.method,
            "arithmetic": row.inputs,
            "asserted": row.asserted_at,
        }


def _grades(session: Session, person_id: UUID) -> Iterator[Entry]:
    rows = select(GradeDelivery).where(GradeDelivery.person_id == person_id)
    for row in session.scalars(rows.order_by(GradeDelivery.created_at, GradeDelivery.id)):
        yield {
            "points": row.points,
            "maximum": row.maximum,
            "comment": row.comment,
            "state": row.state,
            "delivered": row.delivered_at,
        }


def _sessions(session: Session, person_id: UUID) -> Iterator[Entry]:
    rows = select(BrowserSession).where(BrowserSession.person_id == person_id)
    for row in session.scalars(rows.order_by(BrowserSession.created_at)):
        yield {"begun": row.created_at, "expires": row.expires_at, "ended": row.ended_at}


def _launches(session: Session, person_id: UUID) -> Iterator[Entry]:
    rows = session.execute(
        select(LaunchHandle, Course.title)
        .join(Course, Course.id == LaunchHandle.course_id)
        .where(LaunchHandle.person_id == person_id)
        .order_by(LaunchHandle.created_at)
    )
    for row, course in rows:
        what = {"for": row.purpose, "role": row.role, "language": row.locale}
        yield {"at": row.created_at, "course": course, **what}


def _written(session: Session, person_id: UUID) -> Iterator[Entry]:
    rows = select(Activity).where(Activity.created_by_id == person_id)
    for row in session.scalars(rows.order_by(Activity.created_at, Activity.id)):
        yield {"title": row.title, "text": row.text, "written": row.created_at}


def _attempts(person_id: UUID) -> Select[UUID]:
    groups = select(GroupMember.group_id).where(GroupMember.person_id == person_id)
    return select(Attempt.id).where(
        or_(Attempt.person_id == person_id, Attempt.group_id.in_(groups))
    )


def _of(attempt: Attempt) -> Mapping[str, Any]:
    activity = attempt.placement.activity
    title = attempt.placement.title if activity is None else activity.title
    return {"activity": title, "attempt": attempt.number}


SECTIONS = (
    Section("profile", "who you are to us, as your LMS says it", (), _profile),
    Section("enrolments", "your courses and roles", ("enrolment.person_id",), _enrolments),
    Section("groups", "groups that you work in", ("group_member.person_id",), _groups),
    Section(
        "sections",
        "sections and groups of your courses, as your LMS says them",
        ("course_group_member.person_id",),
        _divisions,
    ),
    Section("attempts", "activities that you began", ("attempt.person_id",), _tries),
    Section(
        "submissions",
        "what you, or your group, saved and handed in; files are in evidence/",
        ("submission.submitted_by_id",),
        _submissions,
    ),
    Section("assessments", "how your work was assessed; assessors by role", (), _judged),
    Section(
        "assessments_by_you",
        "when you assessed, without what you said of others",
        ("assessment.assessor_id",),
        _judging,
    ),
    Section("scores", "your scores", ("activity_score.person_id",), _scores),
    Section(
        "evidence", "what your work says of each skill", ("evidence_value.person_id",), _evidence
    ),
    Section(
        "skills", "where you stand in each skill", ("competency_assertion.person_id",), _standing
    ),
    Section("grades", "what your LMS was told", ("grade_delivery.person_id",), _grades),
    Section("sessions", "browsers in which you work", ("browser_session.person_id",), _sessions),
    Section("launches", "when you came lately", ("launch_handle.person_id",), _launches),
    Section("activities", "activities that you wrote", ("activity.created_by_id",), _written),
)
"""Everything there is. A test knows when a column that leads to a person is in none of them."""
