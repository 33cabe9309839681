"""An activity in a course, as an instructor would have written it."""

from uuid import UUID

from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from rubrics.tables.activities import Activity
from rubrics.tables.people import Course
from rubrics.tables.rubrics import RubricVersion
from rubrics.words import Method


def activity_of(db: Database, course_id: str) -> UUID:
    """An activity of the course, with a rubric that came with the tenant."""
    with db.reading(EVERY_TENANT) as session:
        course = session.get_one(Course, UUID(course_id))
        rubric = session.scalars(
            select(RubricVersion.id).where(RubricVersion.tenant_id == course.tenant_id)
        ).first()
    with db.writing(course.tenant_id) as session:
        activity = Activity(
            course_id=course.id, rubric_version_id=rubric, title="Talk", method=Method.ROLE_PLAY
        )
        session.add(activity)
        session.flush()
        return activity.id
