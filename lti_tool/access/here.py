"""Who is here, and where: what a handle and a session cookie say together about this request.

Touches the tables of access, and people, courses and placements to name them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g, has_request_context
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from foundation.db import beneath
from foundation.secrets import digest
from lti_tool.access.refusals import AccessRefused
from lti_tool.access.tables import BrowserSession, LaunchHandle, Purpose
from rubrics.tables.activities import Activity, Placement
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
    activity_id: UUID | None = None
    """What is placed there."""
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


_FOUND = (
    select(
        LaunchHandle.__table__,
        Person.name,
        Person.given_name,
        Person.family_name,
        Course.title.label("course_title"),
        Placement.title.label("placement_title"),
        Placement.activity_id,
        Activity.title.label("activity_title"),
        BrowserSession.id.label("session_id"),
        BrowserSession.tenant_id.label("session_tenant_id"),
        BrowserSession.person_id.label("session_person_id"),
        BrowserSession.expires_at.label("session_expires_at"),
        BrowserSession.ended_at.label("session_ended_at"),
    )
    .join(Person, Person.id == LaunchHandle.person_id)
    .join(Course, Course.id == LaunchHandle.course_id)
    .outerjoin(Placement, Placement.id == LaunchHandle.placement_id)
    .outerjoin(Activity, Activity.id == Placement.activity_id)
    .outerjoin(BrowserSession, BrowserSession.id == bindparam("session"))
    .where(LaunchHandle.digest == bindparam("handle"))
)
"""All that a page asks first, in one statement of plain columns: every request runs it."""


def find(session: Session, handle: str, secret: str | None, at: datetime) -> Here:
    """Who a handle and a cookie's secret are. Needs a session of EVERY_TENANT.

    Raises AccessRefused: the handle is unknown or expired, there is no cookie, the session has
    ended, or it is another person's.
    """
    row = (
        beneath(session)
        .execute(_FOUND, {"handle": digest(handle), "session": digest(secret or "")})
        .one_or_none()
    )
    if row is None:
        raise AccessRefused("access.handle.unknown")
    _check_session(row, secret, at)
    if row.expires_at <= at:
        raise AccessRefused("access.handle.expired")
    return Here(
        handle=handle,
        handle_id=row.id,
        tenant_id=row.tenant_id,
        person_id=row.person_id,
        person_name=row.name or " ".join(filter(None, (row.given_name, row.family_name))),
        course_id=row.course_id,
        course_title=row.course_title,
        placement_id=row.placement_id,
        placement_title=row.placement_title or row.activity_title or "",
        activity_id=row.activity_id,
        role=row.role,
        purpose=row.purpose,
        locale=row.locale,
        test_student=row.test_student,
        deep_linking=row.deep_linking,
        frame_origins=tuple(row.frame_origins),
        resource_link_pk=row.resource_link_pk,
        session_id=row.session_id,
        copied_from=row.copied_from,
        learners=tuple(UUID(each) for each in row.learners or ()),
    )


def _check_session(row: Any, secret: str | None, at: datetime) -> None:
    if not secret:
        raise AccessRefused("access.cookie.missing")
    if row.session_id is None:
        raise AccessRefused("access.session.ended")
    if (row.session_tenant_id, row.session_person_id) != (row.tenant_id, row.person_id):
        raise AccessRefused("access.person.other")
    if row.session_ended_at is not None or row.session_expires_at <= at:
        raise AccessRefused("access.session.ended")
