"""Submission review: a gradebook of the LMS opens what one learner did, not the activity.

Touches people and enrolments, reading only. Serves LTI Submission Review 1.0, 3 (for_user).
"""

from datetime import datetime

from flask import url_for
from sqlalchemy import select

from foundation.db import EVERY_TENANT
from lti_tool.access.here import find
from lti_tool.access.tables import Purpose
from lti_tool.launch.codes import LaunchRefused
from lti_tool.launch.enter import Entered
from lti_tool.launch.message import SUBMISSION_REVIEW, AcceptedLaunch
from lti_tool.services import Services
from rubrics.tables.people import Enrolment, Person
from rubrics.words import CourseRole


def page_of(services: Services, launch: AcceptedLaunch, entered: Entered, at: datetime) -> str:
    """The address of the launch's first page: whose work it names, else the start.

    Raises LaunchRefused: the learner named is nobody of this course, or not the reader.
    """
    start = url_for("start.start", handle=entered.handle)
    named = launch.claims.for_user
    if launch.claims.message_type != SUBMISSION_REVIEW or named is None:
        return start
    if launch.roles.role is CourseRole.LEARNER:
        if named != launch.subject:
            raise LaunchRefused("launch.review.other")
        return start
    with services.db.reading(EVERY_TENANT) as session:
        present = find(session, entered.handle, entered.session_secret, at)
        if present.purpose is not Purpose.ACTIVITY:
            return start
    with services.db.reading(present.tenant_id) as session:
        learner = session.scalar(
            select(Person.id)
            .join(Enrolment, Enrolment.person_id == Person.id)
            .where(
                Person.issuer == launch.login.registration.issuer,
                Person.subject == named,
                Enrolment.course_id == present.course_id,
                Enrolment.role == CourseRole.LEARNER,
            )
        )
    if learner is None:
        raise LaunchRefused("launch.review.unknown")
    return url_for("instructor.assess", handle=entered.handle, person_id=learner)
