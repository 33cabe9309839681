"""Courses and the places in them where activities are shown.

Touches courses and placements; which LMS they are in is known elsewhere.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from rubrics.actions.checks import found
from rubrics.tables.activities import Placement
from rubrics.tables.people import Course

UNTITLED = "Untitled course"


def new_course(session: Session, title: str, label: str | None = None) -> Course:
    """A course of this tenant."""
    course = Course(title=_shown(title, 500) or UNTITLED, label=_shown(label, 255) or None)
    session.add(course)
    session.flush()
    return course


def rename(
    session: Session,
    course_id: UUID,
    title: str,
    label: str | None = None,
    course: Course | None = None,
) -> Course:
    """Take over the course's title and label where the LMS says new ones.

    `course`: the row, where whoever calls has it already.
    """
    course = course or found(session, Course, course_id, "course")
    course.title = _shown(title, 500) or course.title
    course.label = _shown(label, 255) or course.label
    return course


def new_placement(session: Session, course_id: UUID, title: str) -> Placement:
    """A place in the course with no activity yet."""
    found(session, Course, course_id, "course")
    placement = Placement(course_id=course_id, title=_shown(title, 500))
    session.add(placement)
    session.flush()
    return placement


def _shown(text: str | None, longest: int) -> str:
    return " ".join((text or "").replace("\0", "").split())[:longest]
