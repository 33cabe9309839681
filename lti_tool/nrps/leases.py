"""Which class lists are due, and taking one for a while: of several workers one reads it.

A lease that runs out is anybody's again, and what its former holder has to say is ignored.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT, Database, insert_into
from lti_tool.delivery import limits
from lti_tool.nrps.course_list import Listed, Source
from lti_tool.nrps.reading import NotRead
from lti_tool.nrps.tables import Roster
from lti_tool.platforms.registrations import RegistrationInfo, info
from lti_tool.platforms.tables import Deployment, LtiContext, Registration, ResourceLink
from rubrics.actions.done import Done
from rubrics.actions.roster import reconcile
from rubrics.tables.people import Enrolment
from rubrics.words import CourseRole

LEASE = timedelta(minutes=3)
"""Longer than a reading can take (its 60 s, and two calls of 20 s begun at its end)."""
EVERY = timedelta(hours=6)
IN_USE = timedelta(days=7)
"""Lists of courses that nobody came to for so long are left alone."""
FIRST_BACK_OFF = timedelta(minutes=5)
DOUBTED = "nrps.shrunk"
ONE_LINK = "nrps.one-link"
LIMITED = "nrps.limited"

Jitter = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Reading:
    """One class list, taken: all that reading it needs."""

    tenant_id: UUID
    context_pk: UUID
    course_id: UUID
    registration: RegistrationInfo
    source: Source
    lease_token: UUID
    asked_at: datetime
    doubted: bool
    """The list before lacked most of the class: if this one does too, it is so."""


def due(db: Database) -> list[tuple[UUID, UUID]]:
    """(registration, context) of each list that should be read now, longest waiting first.

    A list is first read once an instructor came to the course, and then every few hours. None of
    an LMS that wants to be left alone.
    """
    moment = clock.now()
    here = select(Enrolment.id).where(Enrolment.course_id == LtiContext.course_id)
    instructor = here.where(
        Enrolment.role == CourseRole.INSTRUCTOR, Enrolment.came_at.is_not(None)
    ).exists()
    again = and_(
        Roster.next_read_at <= moment,
        or_(Roster.lease_until.is_(None), Roster.lease_until <= moment),
    )
    with db.reading(EVERY_TENANT) as session:
        rows = session.execute(
            select(Deployment.registration_id, LtiContext.id)
            .join(Deployment, Deployment.id == LtiContext.deployment_id)
            .outerjoin(Roster, Roster.context_pk == LtiContext.id)
            .where(
                LtiContext.memberships_url.is_not(None),
                limits.is_open(Deployment.registration_id, moment),
                here.where(Enrolment.came_at > moment - IN_USE).exists(),
                or_(again, and_(Roster.context_pk.is_(None), instructor)),
            )
            .order_by(Roster.next_read_at, LtiContext.created_at)
        )
        return [(registration_id, context_pk) for registration_id, context_pk in rows]


def take(db: Database, context_pk: UUID, *, asked: bool = False) -> Reading | None:
    """Take a list for reading; None where another reads it, or it is not due and nobody `asked`.

    Nor where its LMS wants to be left alone: then it is due afterwards, and its row says why.
    """
    with db.writing(EVERY_TENANT) as session:
        moment = clock.now()
        context = session.get(LtiContext, context_pk)
        if context is None or context.memberships_url is None:
            return None
        row = _row(session, context, moment)
        held = row.lease_until is not None and row.lease_until > moment
        if held or not (asked or row.next_read_at <= moment):
            return None
        deployment = session.get_one(Deployment, context.deployment_id)
        closed_until = limits.closed_until(session, deployment.registration_id, moment)
        if closed_until is not None:
            _put_off(row, closed_until)
            return None
        row.lease_token, row.lease_until = uuid4(), moment + LEASE
        return Reading(
            tenant_id=context.tenant_id,
            context_pk=context_pk,
            course_id=context.course_id,
            registration=info(session.get_one(Registration, deployment.registration_id)),
            source=_source(session, context, context.memberships_url),
            lease_token=row.lease_token,
            asked_at=moment,
            doubted=row.reason_code == DOUBTED,
        )


def settle(
    session: Session,
    reading: Reading,
    outcome: Listed | NotRead,
    jitter: Jitter = random.uniform,
) -> Done[bool]:
    """Make the class what was read, or write down why it was not; False: the lease was lost."""
    row = session.scalar(
        select(Roster).where(Roster.context_pk == reading.context_pk).with_for_update()
    )
    if row is None or row.lease_token != reading.lease_token:
        return Done(False)
    moment = clock.now()
    row.lease_token = row.lease_until = None
    if isinstance(outcome, NotRead):
        row.failures += 1
        # A doubt lasts until a list has been read: only that can confirm it.
        if not reading.doubted:
            row.reason_code, row.reason = outcome.code[:64], outcome.reason[:500]
        row.next_read_at = moment + _wait(row.failures, outcome, jitter)
        return Done(True)
    changes = reconcile(
        session,
        course_id=reading.course_id,
        issuer=reading.registration.issuer,
        members=outcome.members,
        asked_at=reading.asked_at,
        confirmed=reading.doubted,
        whole=outcome.whole,
        at=moment,
    ).value
    row.read_at, row.failures = moment, 0
    row.joined, row.left = changes.joined, changes.left
    row.reason_code = DOUBTED if changes.doubted else "" if outcome.whole else ONE_LINK
    row.reason = ""
    row.next_read_at = moment + EVERY * jitter(0.8, 1.2)
    return Done(True)


def _source(session: Session, context: LtiContext, url: str) -> Source:
    """Where the list is; of the course's links the newest, best one that everybody may open."""
    link = session.scalar(
        select(ResourceLink.resource_link_id)
        .where(ResourceLink.context_pk == context.id)
        .order_by(ResourceLink.lineitem_url.is_not(None), ResourceLink.created_at.desc())
        .limit(1)
    )
    return Source(
        url=url,
        link_id=link or "",
        links_say_groups=context.groups_said_at is not None,
        groups_url=context.groups_url or "",
        group_sets_url=context.group_sets_url or "",
    )


def _row(session: Session, context: LtiContext, moment: datetime) -> Roster:
    """The context's row, held; made if it is the first time."""
    session.execute(
        insert_into(session, Roster)
        .values(context_pk=context.id, tenant_id=context.tenant_id, next_read_at=moment)
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(Roster).where(Roster.context_pk == context.id).with_for_update()
    ).one()


def _put_off(row: Roster, until: datetime) -> None:
    """The LMS wants to be left alone: say so, and read the list afterwards."""
    row.next_read_at = until
    if row.reason_code != DOUBTED:
        row.reason_code, row.reason = LIMITED, "the LMS asked to be left alone for a moment"


def _wait(failures: int, outcome: NotRead, jitter: Jitter) -> timedelta:
    """Until the next try: soon and then less often where it may mend itself, else as usual."""
    if not outcome.later:
        return EVERY * jitter(0.8, 1.2)
    back_off = FIRST_BACK_OFF * 2.0 ** min(failures - 1, 7) * jitter(0.75, 1.25)
    return min(max(back_off, timedelta(seconds=outcome.wait or 0.0)), EVERY)
