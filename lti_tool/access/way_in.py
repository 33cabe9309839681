"""Which page a launch leads to, where its role and place decide that alone.

Touches nothing. A launch goes straight there; where more has to be asked, by way of start.py.
"""

from lti_tool.access.tables import Purpose
from rubrics.words import CourseRole

TEACHING = frozenset({CourseRole.ASSISTANT, CourseRole.INSTRUCTOR})


def straight_to(
    role: CourseRole, purpose: Purpose, *, has_placement: bool, has_activity: bool
) -> str | None:
    """The endpoint of the page; None where the place has no activity yet."""
    teaches = role in TEACHING
    if purpose is Purpose.DEEP_LINKING:
        return "instructor.choose"
    if role is CourseRole.MENTOR:
        return "mentor.learners"
    # Somebody may have chosen an activity for the link since it came to the course.
    is_home = purpose is Purpose.COURSE_HOME and not (teaches and has_activity)
    if is_home or not has_placement:
        return "instructor.course" if teaches else "learner.my_skills"
    if has_activity:
        return "instructor.class_list" if teaches else "learner.activity"
    return None
