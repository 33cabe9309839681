"""The learners that a launch is about: those of a mentor, or the one whose work is reviewed.

Touches people and enrolments, reading only. Serves LTI 1.3 core 5.3.8 (role_scope_mentor) and LTI
Submission Review 1.0, 3 (for_user). Somebody who is not known is answered like nobody.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.access.tables import LaunchHandle, Purpose
from lti_tool.launch.codes import LaunchRefused
from lti_tool.launch.message import SUBMISSION_REVIEW, AcceptedLaunch
from rubrics.tables.people import Enrolment, Person
from rubrics.words import CourseRole


def named(session: Session, launch: AcceptedLaunch, handle: LaunchHandle) -> list[str] | None:
    """Ids of the learners that the handle of this launch is about; None where it names nobody.

    Raises LaunchRefused: the learner of a review is nobody of this course, or not one whose work
    the reader may see.
    """
    reviewed = launch.claims.for_user
    if launch.claims.message_type != SUBMISSION_REVIEW:
        reviewed = None
    if launch.roles.role is CourseRole.MENTOR:
        return _of_mentor(session, launch, reviewed)
    if reviewed is None:
        return None
    if launch.roles.role is CourseRole.LEARNER:
        if reviewed != launch.subject:
            raise LaunchRefused("launch.review.other")
        return None
    if handle.purpose is not Purpose.ACTIVITY:
        return None
    found = session.scalar(
        select(Person.id)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Person.issuer == launch.login.registration.issuer,
            Person.subject == reviewed,
            Enrolment.course_id == handle.course_id,
            Enrolment.role == CourseRole.LEARNER,
        )
    )
    if found is None:
        raise LaunchRefused("launch.review.unknown")
    return [str(found)]


def _of_mentor(session: Session, launch: AcceptedLaunch, reviewed: str | None) -> list[str]:
    subjects = set(launch.claims.mentees)
    if reviewed is not None:
        if reviewed not in subjects:
            raise LaunchRefused("launch.review.other")
        subjects = {reviewed}
    return [str(each) for each in _known(session, launch.login.registration.issuer, subjects)]


def _known(session: Session, issuer: str, subjects: Collection[str]) -> Collection[UUID]:
    if not subjects:
        return ()
    return session.scalars(
        select(Person.id)
        .where(Person.issuer == issuer, Person.subject.in_(subjects), Person.is_test.is_(False))
        .order_by(Person.id)
    ).all()
