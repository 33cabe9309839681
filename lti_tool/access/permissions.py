"""What a role may do, where: one enumeration, one table, one decorator on every view under /l/.

Touches the request: the decorator finds out who is here, checks the permission and the form's
token, and says who may frame the page.
"""

from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import Any

from flask import g, request

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.access import cookies, csrf, headers
from lti_tool.access.here import Here, find
from lti_tool.access.refusals import AccessRefused
from lti_tool.access.tables import Purpose
from lti_tool.services import services
from rubrics.words import CourseRole

_LEARNERS = frozenset({CourseRole.LEARNER})
_MENTORS = frozenset({CourseRole.MENTOR})
_STAFF = frozenset({CourseRole.ASSISTANT, CourseRole.INSTRUCTOR})
_INSTRUCTORS = frozenset({CourseRole.INSTRUCTOR})
_ANYWHERE = frozenset(Purpose)
_IN_THE_COURSE = frozenset({Purpose.ACTIVITY, Purpose.COURSE_HOME})
_AT_AN_ACTIVITY = frozenset({Purpose.ACTIVITY})


class Permission(Enum):
    """What can be permitted: the roles that have it, and what they must have come for."""

    OPEN = (_LEARNERS | _MENTORS | _STAFF, _ANYWHERE, "open")
    """The start page, help, a new window."""
    SEE_ACTIVITY = (_LEARNERS | _STAFF, _IN_THE_COURSE, "see-activity")
    SUBMIT = (_LEARNERS, _AT_AN_ACTIVITY, "submit")
    SEE_MY_SKILLS = (_LEARNERS, _IN_THE_COURSE, "see-my-skills")
    SEE_LEARNERS = (_MENTORS, _IN_THE_COURSE, "see-learners")
    """What was released to the learners that the launch names, and nothing else."""
    SEE_CLASS = (_STAFF, _IN_THE_COURSE, "see-class")
    ASSESS = (_STAFF, _IN_THE_COURSE, "assess")
    CONFIGURE = (_INSTRUCTORS, _ANYWHERE, "configure")
    """Write and edit activities."""
    CHOOSE = (_INSTRUCTORS, _ANYWHERE, "choose")
    """Choose the activity of a link, or of a deep linking answer."""

    @property
    def roles(self) -> frozenset[CourseRole]:
        """The roles that have it."""
        return self.value[0]

    @property
    def purposes(self) -> frozenset[Purpose]:
        """What somebody must have come for."""
        return self.value[1]


def check(present: Here, permission: Permission) -> None:
    """Raise AccessRefused where this person may not do it here."""
    if present.role not in permission.roles:
        raise AccessRefused("access.role", permission.value[2])
    if present.purpose not in permission.purposes:
        raise AccessRefused("access.purpose", permission.value[2])


def requires(permission: Permission) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a view under /l/<handle>/ run for those who have the permission only.

    The view is not given the handle: it asks `here()`.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*, handle: str, **values: Any) -> Any:
            headers.frame_by_any_lms(loopback=services().settings.origin_is_loopback)
            with services().db.reading(EVERY_TENANT, alone=True) as session:
                present = find(session, handle, request.cookies.get(cookies.SESSION), clock.now())
            g.here = present
            headers.frame_by(present.frame_origins)
            check(present, permission)
            csrf.check(present.handle_id, present.person_id)
            return view(**values)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate
