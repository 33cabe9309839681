"""A launch that says nothing new of person, course and link: nearly every one.

Reads what is known in one statement of plain columns, before the transaction in which the moment
is written at which the person came. Whatever a launch could change is compared here; if one thing
differs, the whole way of enter.py is gone, which knows what to do about it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, select, update
from sqlalchemy.orm import Session

from foundation.db import beneath
from lti_tool.launch.message import RESOURCE_LINK, AcceptedLaunch
from lti_tool.platforms.tables import LtiContext, ResourceLink
from rubrics.actions.attempts import NEWEST_FIRST, of_person
from rubrics.actions.people import shown
from rubrics.tables.activities import Attempt, Placement
from rubrics.tables.people import Course, Enrolment, Person
from rubrics.words import CourseRole

_SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is kept when a person was last seen at all."""

_PEOPLE: Any = Person.__table__
_ENROLMENTS: Any = Enrolment.__table__
_TENANT: Any = bindparam("tenant")
_SEEN = (
    update(_PEOPLE)
    .where(_PEOPLE.c.id == bindparam("person"), _PEOPLE.c.tenant_id == _TENANT)
    .values(seen_at=bindparam("at"))
)
_CAME = (
    update(_ENROLMENTS)
    .where(
        _ENROLMENTS.c.id == bindparam("enrolment"),
        _ENROLMENTS.c.tenant_id == _TENANT,
        _ENROLMENTS.c.came_at <= bindparam("at"),
        # Nobody erased the person meanwhile.
        exists().where(
            _PEOPLE.c.id == _ENROLMENTS.c.person_id,
            _PEOPLE.c.issuer == bindparam("issuer"),
            _PEOPLE.c.subject == bindparam("subject"),
        ),
    )
    .values(seen_at=bindparam("at"), came_at=bindparam("at"), left_at=None)
)
_KNOWN = (
    select(
        Course.id.label("course_id"),
        Course.title.label("course_title"),
        Course.label.label("course_label"),
        LtiContext.memberships_url,
        LtiContext.lineitems_url,
        LtiContext.ags_scopes,
        LtiContext.groups_url,
        LtiContext.group_sets_url,
        LtiContext.groups_said_at,
        Person.id.label("person_id"),
        Person.name,
        Person.given_name,
        Person.family_name,
        Person.email,
        Person.is_test,
        Person.seen_at,
        Enrolment.id.label("enrolment_id"),
        Enrolment.role,
        Enrolment.left_at,
        Enrolment.came_at,
        ResourceLink.id.label("link_id"),
        ResourceLink.lineitem_url,
        Placement.id.label("placement_id"),
        Placement.title.label("placement_title"),
        select(Attempt.id)
        .where(of_person(Placement.id, Person.id))
        .order_by(*NEWEST_FIRST)
        .limit(1)
        .scalar_subquery()
        .label("attempt_id"),
    )
    .select_from(LtiContext)
    .join(Course, Course.id == LtiContext.course_id)
    .join(
        Person,
        and_(Person.issuer == bindparam("issuer"), Person.subject == bindparam("subject")),
    )
    .join(Enrolment, and_(Enrolment.course_id == Course.id, Enrolment.person_id == Person.id))
    .join(
        ResourceLink,
        and_(
            ResourceLink.context_pk == LtiContext.id,
            ResourceLink.resource_link_id == bindparam("link"),
        ),
    )
    .join(Placement, Placement.id == ResourceLink.placement_id)
    .where(
        LtiContext.deployment_id == bindparam("deployment"),
        LtiContext.context_id == bindparam("context"),
        Placement.activity_id.is_not(None),
    )
)


class Changed(Exception):
    """What was known is not so any more: somebody was quicker."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a launch leads to, which was there already and stays as it is."""

    person_id: UUID
    course_id: UUID
    link_id: UUID
    placement_id: UUID
    attempt_id: UUID | None
    """The learner's current one."""
    enrolment_id: UUID
    seen_at: datetime


def known(session: Session, launch: AcceptedLaunch, at: datetime) -> Known | None:
    """What there is; None where the launch says something new."""
    place = launch.claims.resource_link
    if launch.claims.message_type != RESOURCE_LINK or place is None:
        return None
    asked = {
        "issuer": launch.login.registration.issuer,
        "subject": launch.subject,
        "link": place.id,
        "deployment": launch.deployment.id,
        "context": launch.context.id,
    }
    row: Any = session.execute(_KNOWN, asked).one_or_none()
    if row is None or not _says_nothing_new(launch, row):
        return None
    if row.came_at is None or row.came_at > at:
        return None
    return Known(
        row.person_id,
        row.course_id,
        row.link_id,
        row.placement_id,
        row.attempt_id,
        row.enrolment_id,
        row.seen_at,
    )


def came(session: Session, launch: AcceptedLaunch, same: Known, at: datetime) -> None:
    """Write that the person came. Raises Changed where person or enrolment are others by now."""
    tenant, connection = launch.deployment.tenant_id, beneath(session)
    asked = {
        "enrolment": same.enrolment_id,
        "tenant": tenant,
        "at": at,
        "issuer": launch.login.registration.issuer,
        "subject": launch.subject,
    }
    if connection.execute(_CAME, asked).rowcount != 1:
        raise Changed
    if same.seen_at < at - _SEEN_EVERY:
        connection.execute(_SEEN, {"person": same.person_id, "tenant": tenant, "at": at})


def _says_nothing_new(launch: AcceptedLaunch, row: Any) -> bool:
    """Compares all that enter.py would change; an absent claim changes nothing."""
    claims, place, link = launch.claims, launch.context, launch.claims.resource_link
    said = (
        (claims.product_family, launch.login.registration.product_family),
        (shown(claims.name, 500), row.name),
        (shown(claims.given_name, 255), row.given_name),
        (shown(claims.family_name, 255), row.family_name),
        (shown(claims.email, 320), row.email),
        (shown(place.title, 500), row.course_title),
        (shown(place.label, 255), row.course_label),
        (claims.memberships_url, row.memberships_url),
        (claims.lineitems_url, row.lineitems_url),
        (list(claims.ags_scopes), row.ags_scopes),
        (claims.groups_url, row.groups_url),
        (claims.group_sets_url, row.group_sets_url),
        (claims.lineitem_url, row.lineitem_url),
        (link.title if link else None, row.placement_title),
    )
    return (
        all(not new or new == old for new, old in said)
        and launch.roles.role is row.role
        and launch.roles.role is not CourseRole.MENTOR
        and launch.roles.test_student is row.is_test
        and row.left_at is None
        and not (claims.custom_says_groups and row.groups_said_at is None)
    )
