"""Taking what is due for a while, and writing down how it went: the outbox's two transactions.

A lease that runs out is anybody's again, so a worker that dies loses nothing; what a worker has to
say after its lease was taken over is ignored. What is due is found by (registration, tenant): no
LMS waits for another, nor does a tenant for another that shares its registration.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.delivery import column_leases, limits
from lti_tool.delivery.columns import column_scopes, no_column, score_scopes
from lti_tool.delivery.jobs import ColumnJob, Delivered, Job, Later, Outcome, Refused, digest
from lti_tool.delivery.tables import DeliveryState, GradeColumn, GradeDelivery
from lti_tool.platforms.registrations import info
from lti_tool.platforms.tables import Deployment, LtiContext, Registration, ResourceLink
from rubrics.tables.activities import Activity, Placement
from rubrics.tables.people import Person

LEASE = timedelta(seconds=60)
"""Longer than a try can take (Gradebook's 35 s, and one call of 20 s begun at its end)."""
AHEAD = timedelta(seconds=2)
"""A timestamp further in the future would block other scores in some gradebooks."""
LONGEST_BACK_OFF = 3600.0
LONGEST_AWAY = 300.0
"""Seconds, where it is the whole LMS that is away: its lane spares it, and once it is back nothing
shall wait for an hour."""
_STEP = timedelta(seconds=1)
_MOST_LINKS = 20
"""That one look puts aside or off."""

Jitter = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Lane:
    """Whose grades: one tenant's, in one LMS."""

    registration_id: UUID
    tenant_id: UUID


def waiting_lanes(db: Database) -> list[Lane]:
    """Where something is due now, in LMSs that may be called.

    Its cost grows with the deployments, not with the grades.
    """
    moment = clock.now()
    found: dict[Lane, None] = {}
    with db.reading(EVERY_TENANT) as session:
        for table in (GradeColumn, GradeDelivery):
            # In the order of the index, or PostgreSQL would rather read every row for the first.
            first = (
                select(table.next_try_at)
                .where(_of(table, Deployment.registration_id, Deployment.tenant_id))
                .where(_due(table, moment))
                .order_by(table.next_try_at)
                .limit(1)
                .scalar_subquery()
            )
            lanes = (
                select(Deployment.registration_id, Deployment.tenant_id)
                .where(first.is_not(None), limits.is_open(Deployment.registration_id, moment))
                .distinct()
            )
            found |= dict.fromkeys(Lane(*each) for each in session.execute(lanes))
    return list(found)


def take(db: Database, lane: Lane, lease: timedelta = LEASE) -> Job | ColumnJob | None:
    """Lease what is due longest here, columns before grades; None where all is taken."""
    for _ in range(_MOST_LINKS):
        with db.writing(EVERY_TENANT) as session:
            found = _grade_or_link(session, lane, lease)
        if not isinstance(found, UUID):
            return found
        with db.writing(EVERY_TENANT) as session:
            job = column_leases.look_after(session, found, lease)
        if job is not None:
            return job
    return None


def settle(
    db: Database,
    job: Job,
    outcome: Outcome,
    *,
    longest: float = LONGEST_BACK_OFF,
    jitter: Jitter = random.uniform,
) -> bool:
    """Write down how a try went; False where the lease was lost meanwhile."""
    gone = isinstance(outcome, Refused) and outcome.code == column_leases.NO_COLUMN
    with db.writing(EVERY_TENANT) as session:
        # Held before the grade: the others of this link change with it.
        held = column_leases.hold(session, job.link_id) if gone else None
        row = session.get(GradeDelivery, job.id, with_for_update=True)
        if row is None or row.lease_token != job.lease_token:
            return False
        moment = clock.now()
        row.lease_token = row.lease_until = None
        if held is not None:
            row.next_try_at = moment
            session.flush()
            column_leases.note_gone(session, held, job.line_item_url, moment)
            return True
        row.uncertain = isinstance(outcome, Later) and outcome.uncertain
        if isinstance(outcome, Delivered):
            row.delivered, row.delivered_at = job.wanted, moment
            row.delivered_comment = digest(job.comment)
        if row.wanted == job.wanted:
            _conclude(row, outcome, moment, longest, jitter)
        elif row.next_try_at is None or row.next_try_at > moment:
            # A release came in between: its own delivery has not been tried.
            row.next_try_at = moment
        return True


def back_off(
    attempts: int, jitter: Jitter = random.uniform, longest: float = LONGEST_BACK_OFF
) -> float:
    """Seconds until the next try after so many in a row: 1, 2, 4 … an hour, a quarter more or less.

    It never ends: an LMS may be down for as long as it likes.
    """
    return min(2.0 ** min(attempts - 1, 12), longest) * jitter(0.75, 1.25)


def _of(table: Any, registration_id: Any, tenant_id: Any) -> ColumnElement[bool]:
    return and_(table.registration_id == registration_id, table.tenant_id == tenant_id)


def _due(table: Any, moment: datetime) -> ColumnElement[bool]:
    free = or_(table.lease_until.is_(None), table.lease_until <= moment)
    return and_(table.next_try_at <= moment, free)


def _next(table: Any, lane: Lane, moment: datetime) -> Any:
    return (
        select(table)
        .where(_of(table, lane.registration_id, lane.tenant_id), _due(table, moment))
        .order_by(table.next_try_at)
    )


def _grade_or_link(session: Session, lane: Lane, lease: timedelta) -> Job | UUID | None:
    """A leased grade, or the link that something must be done about first."""
    moment = clock.now()
    column = session.scalar(_next(GradeColumn, lane, moment).limit(1))
    if column is not None:
        link_pk: UUID = column.resource_link_pk
        return link_pk
    next_grade = _next(GradeDelivery, lane, moment).limit(1).with_for_update(skip_locked=True)
    while (row := session.scalar(next_grade)) is not None:
        place = _place(session, row)
        if not place.is_ready:
            return place.link.id
        timestamp = _timestamp(row, moment)
        if timestamp <= moment + AHEAD:
            return _leased(session, row, place, timestamp, moment + lease)
        row.next_try_at = timestamp - AHEAD
        session.flush()
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    """The rows around a grade."""

    link: ResourceLink
    context: LtiContext
    column: GradeColumn | None
    registration: Registration
    subject: str
    address: str | None

    @property
    def is_ready(self) -> bool:
        """Whether the link has a column that we may write to."""
        providing = self.column is not None and self.column.task in column_leases.PROVIDING
        missing = no_column(self.link, self.context, self.address, self.column)
        return missing is None and bool(self.link.lineitem_url) and not providing


def _place(session: Session, row: GradeDelivery) -> _Place:
    around = (
        select(
            ResourceLink, LtiContext, GradeColumn, Registration, Person.subject, Activity.address
        )
        .join(LtiContext, LtiContext.id == ResourceLink.context_pk)
        .join(Placement, Placement.id == ResourceLink.placement_id)
        .outerjoin(Activity, Activity.id == Placement.activity_id)
        .outerjoin(GradeColumn, GradeColumn.resource_link_pk == ResourceLink.id)
        .join(Registration, Registration.id == row.registration_id)
        .join(Person, Person.id == row.person_id)
        .where(ResourceLink.id == row.resource_link_pk)
    )
    return _Place(*session.execute(around).one())


def _timestamp(row: GradeDelivery, moment: datetime) -> datetime:
    """Now, in milliseconds rounded up, and at least a second after the last one."""
    now = moment + timedelta(microseconds=-moment.microsecond % 1000)
    return now if row.last_timestamp is None else max(now, row.last_timestamp + _STEP)


def _leased(
    session: Session, row: GradeDelivery, place: _Place, timestamp: datetime, until: datetime
) -> Job:
    # A lease that nobody gave back: its post may have been made.
    uncertain = row.uncertain or row.lease_token is not None
    token = row.lease_token = uuid4()
    row.lease_until = row.next_try_at = until
    row.last_timestamp = timestamp
    row.uncertain = uncertain
    if row.state in (DeliveryState.NONE, DeliveryState.GONE):
        row.state, row.reason_code, row.reason = DeliveryState.WAITING, "", ""
    session.flush()
    return Job(
        id=row.id,
        link_id=row.resource_link_pk,
        lease_token=token,
        wanted=row.wanted,
        registration=info(place.registration),
        scopes=score_scopes(place.context),
        column_scopes=column_scopes(place.context),
        line_item_url=place.link.lineitem_url or "",
        user_id=place.subject,
        points=row.points,
        maximum=row.maximum,
        comment=row.comment,
        delivered_comment=row.delivered_comment,
        timestamp=timestamp,
        submitted_at=row.submitted_at,
        started_at=row.started_at,
        uncertain=uncertain,
    )


def _conclude(
    row: GradeDelivery, outcome: Outcome, moment: datetime, longest: float, jitter: Jitter
) -> None:
    if isinstance(outcome, Delivered):
        row.state, row.attempts, row.next_try_at = DeliveryState.DELIVERED, 0, None
        row.reason_code = row.reason = ""
        return
    row.attempts += 1
    row.reason_code, row.reason = outcome.code[:64], outcome.reason[:500]
    if not isinstance(outcome, Later):
        row.state, row.next_try_at = DeliveryState.REFUSED, None
        return
    row.state = DeliveryState.RETRYING
    wait = max(outcome.wait or 0.0, back_off(row.attempts, jitter, longest))
    row.next_try_at = moment + timedelta(seconds=min(wait, LONGEST_BACK_OFF))
