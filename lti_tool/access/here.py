"""Who is here, and where: what a handle and a session cookie say together about this request.

Touches the tables of access, and people, courses and placements to name them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g, has_request_context
from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.secrets import digest
from lti_tool.access.refusals import AccessRefused
from lti_tool.access.sessions import is_live, session_of
from lti_tool.access.tables import LaunchHandle, Purpose
from rubrics.tables.activities import Placement
from rubrics.tables.people import Course, Person
from rubrics.words import CourseRole


@dataclass(frozen=True, slots=True)
class Here:
    """The person, the course, the place in it, and the role that this request acts in."""

    handle: str
    """The token in the address."""
    handle_id: UUID
    tenant_id: UUID
    person_id: UUID
    person_name: str
    """Empty where the LMS does not say it."""
    course_id: UUID
    course_title: str
    placement_id: UUID | None
    placement_title: str
    role: CourseRole
    purpose: Purpose
    locale: str
    test_student: bool
    deep_linking: Mapping[str, Any] | None
    frame_origins: tuple[str, ...] = ()
    resource_link_pk: UUID | None = None
    session_id: str = ""
    """The digest that names the browser session."""
    copied_from: Mapping[str, Any] | None = None
    """What the LMS said of a copy (lti_tool/launch/history.py)."""
    learners: tuple[UUID, ...] = ()
    """Those of a mentor, or the one whose submission is reviewed."""


def here() -> Here:
    """Who is here. Raises RuntimeError outside of a view that `requires` a permission."""
    present = here_or_none()
    if present is None:
        raise RuntimeError("this request has no handle: its view must say what it requires")
    return present


def here_or_none() -> Here | None:
    """Who is here, or None on pages without a handle."""
    present: Here | None = g.get("here") if has_request_context() else None
    return present


def find(session: Session, handle: str, secret: str | None, at: datetime) -> Here:
    """Who a handle and a cookie's secret are. Needs a session of EVERY_TENANT.

    Raises AccessRefused: the handle is unknown or expired, there is no cookie, the session has
    ended, or it is another person's.
    """
    found = session.execute(
        select(LaunchHandle, Person, Course, Placement)
        .join(Person, Person.id == LaunchHandle.person_id)
        .join(Course, Course.id == LaunchHandle.course_id)
        .outerjoin(Placement, Placement.id == LaunchHandle.placement_id)
        .where(LaunchHandle.digest == digest(handle))
    ).one_or_none()
    if found is None:
        raise AccessRefused("access.handle.unknown")
    row, person, course, placement = found
    session_id = _check_session(session, row, secret, at)
    if row.expires_at <= at:
        raise AccessRefused("access.handle.expired")
    return Here(
        handle=handle,
        handle_id=row.id,
        tenant_id=row.tenant_id,
        person_id=row.person_id,
        person_name=_name(person),
        course_id=row.course_id,
        course_title=course.title,
        placement_id=row.placement_id,
        placement_title=_title(placement),
        role=row.role,
        purpose=row.purpose,
        locale=row.locale,
        test_student=row.test_student,
        deep_linking=row.deep_linking,
        frame_origins=tuple(row.frame_origins),
        resource_link_pk=row.resource_link_pk,
        session_id=session_id,
        copied_from=row.copied_from,
        learners=tuple(UUID(each) for each in row.learners or ()),
    )


def _check_session(session: Session, row: LaunchHandle, secret: str | None, at: datetime) -> str:
    if not secret:
        raise AccessRefused("access.cookie.missing")
    browser = session_of(session, secret)
    if browser is None:
        raise AccessRefused("access.session.ended")
    if (browser.tenant_id, browser.person_id) != (row.tenant_id, row.person_id):
        raise AccessRefused("access.person.other")
    if not is_live(browser, at):
        raise AccessRefused("access.session.ended")
    return browser.id


def _name(person: Person) -> str:
    return person.name or " ".join(filter(None, (person.given_name, person.family_name)))


def _title(placement: Placement | None) -> str:
    if placement is None:
        return ""
    return placement.title or (placement.activity.title if placement.activity else "")
