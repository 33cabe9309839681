"""Taking a grade for a while, and writing down how it went: the outbox's two transactions.

A lease that runs out is anybody's again, so a worker that dies loses nothing; what a worker has to
say after its lease was taken over is ignored.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.ags.line_items import Column
from lti_tool.delivery.columns import NoColumn, no_column, scopes
from lti_tool.delivery.sending import Delivered, Job, Later, Outcome, digest
from lti_tool.delivery.tables import DeliveryState, GradeDelivery
from lti_tool.platforms.registrations import info
from lti_tool.platforms.tables import LtiContext, Registration, ResourceLink
from rubrics.tables.activities import Placement
from rubrics.tables.people import Person

LEASE = timedelta(seconds=60)
"""Longer than a try can take (Gradebook's 35 s, and one call of 20 s begun at its end)."""
AHEAD = timedelta(seconds=2)
"""A timestamp further in the future would block other scores in some gradebooks."""
LONGEST_BACK_OFF = 3600.0
_STEP = timedelta(seconds=1)
_NONE_AGAIN = timedelta(hours=1)


def waiting_registrations(db: Database) -> list[UUID]:
    """The registrations that have a grade to deliver now."""
    with db.reading(EVERY_TENANT) as session:
        due = select(GradeDelivery.registration_id).where(_due(clock.now())).distinct()
        return list(session.scalars(due))


def take(db: Database, registration_id: UUID, lease: timedelta = LEASE) -> Job | None:
    """Lease the grade of this registration that is due longest; None where all are taken."""
    with db.writing(EVERY_TENANT) as session:
        moment = clock.now()
        while (row := _next(session, registration_id, moment)) is not None:
            # Held, so that of two workers only one makes the column of a link that has none.
            link = session.get_one(
                ResourceLink, row.resource_link_pk, with_for_update={"key_share": True}
            )
            context = session.get_one(LtiContext, link.context_pk)
            placement = session.get_one(Placement, link.placement_id)
            missing = no_column(link, context, placement.activity)
            timestamp = _timestamp(row, moment)
            if missing is not None:
                _set_aside(row, missing, moment)
            elif timestamp > moment + AHEAD:
                row.next_try_at = timestamp - AHEAD
            elif not link.lineitem_url and _is_being_made(session, link, moment):
                row.next_try_at = moment + _STEP
            else:
                return _leased(session, row, link, context, placement, timestamp, moment + lease)
            session.flush()
        return None


def settle(
    db: Database,
    job: Job,
    outcome: Outcome,
    jitter: Callable[[float, float], float] = random.uniform,
) -> bool:
    """Write down how a try went; False where the lease was lost meanwhile."""
    with db.writing(EVERY_TENANT) as session:
        row = session.get(GradeDelivery, job.id, with_for_update=True)
        if row is None or row.lease_token != job.lease_token:
            return False
        moment = clock.now()
        row.lease_token = row.lease_until = None
        row.uncertain = isinstance(outcome, Later) and outcome.uncertain
        if isinstance(outcome, Delivered):
            row.delivered, row.delivered_at = job.wanted, moment
            row.delivered_comment = digest(job.comment)
        if outcome.made_column is not None:
            session.execute(
                update(ResourceLink)
                .where(ResourceLink.id == row.resource_link_pk, ResourceLink.lineitem_url.is_(None))
                .values(lineitem_url=outcome.made_column)
            )
        if row.wanted != job.wanted:
            # A release came in between: its own delivery has not been tried.
            return True
        _conclude(row, outcome, moment, jitter)
        return True


def back_off(attempts: int, jitter: Callable[[float, float], float] = random.uniform) -> float:
    """Seconds until the next try after so many in a row: 1, 2, 4 … an hour, a quarter more or less.

    It never ends: an LMS may be down for as long as it likes.
    """
    return min(2.0 ** min(attempts - 1, 12), LONGEST_BACK_OFF) * jitter(0.75, 1.25)


def _due(moment: datetime) -> ColumnElement[bool]:
    tried = (DeliveryState.WAITING, DeliveryState.RETRYING, DeliveryState.NONE)
    return and_(
        GradeDelivery.state.in_(tried),
        GradeDelivery.next_try_at <= moment,
        or_(GradeDelivery.lease_until.is_(None), GradeDelivery.lease_until <= moment),
    )


def _next(session: Session, registration_id: UUID, moment: datetime) -> GradeDelivery | None:
    return session.scalar(
        select(GradeDelivery)
        .where(_due(moment), GradeDelivery.registration_id == registration_id)
        .order_by(GradeDelivery.next_try_at, GradeDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _is_being_made(session: Session, link: ResourceLink, moment: datetime) -> bool:
    held = select(GradeDelivery.id).where(
        GradeDelivery.resource_link_pk == link.id, GradeDelivery.lease_until > moment
    )
    return session.scalar(held.limit(1)) is not None


def _timestamp(row: GradeDelivery, moment: datetime) -> datetime:
    """Now, in milliseconds rounded up, and at least a second after the last one."""
    now = moment + timedelta(microseconds=-moment.microsecond % 1000)
    return now if row.last_timestamp is None else max(now, row.last_timestamp + _STEP)


def _set_aside(row: GradeDelivery, missing: NoColumn, moment: datetime) -> None:
    row.state = DeliveryState.NONE
    row.reason_code, row.reason = missing.code, missing.reason
    row.next_try_at = moment + _NONE_AGAIN


def _leased(
    session: Session,
    row: GradeDelivery,
    link: ResourceLink,
    context: LtiContext,
    placement: Placement,
    timestamp: datetime,
    until: datetime,
) -> Job:
    # A lease that nobody gave back: its post may have been made.
    uncertain = row.uncertain or row.lease_token is not None
    token = row.lease_token = uuid4()
    row.lease_until = until
    row.last_timestamp = timestamp
    row.uncertain = uncertain
    if row.state is DeliveryState.NONE:
        row.state, row.reason_code, row.reason = DeliveryState.WAITING, "", ""
    activity = placement.activity
    return Job(
        id=row.id,
        lease_token=token,
        wanted=row.wanted,
        registration=info(session.get_one(Registration, row.registration_id)),
        scopes=scopes(link, context),
        line_item_url=link.lineitem_url,
        line_items_url=context.lineitems_url,
        column=Column(
            resource_link_id=link.resource_link_id,
            label=placement.title or ("" if activity is None else activity.title),
            maximum=row.maximum,
            resource_id="" if activity is None else str(activity.id),
        ),
        user_id=session.get_one(Person, row.person_id).subject,
        points=row.points,
        maximum=row.maximum,
        comment=row.comment,
        delivered_comment=row.delivered_comment,
        timestamp=timestamp,
        uncertain=uncertain,
    )


def _conclude(
    row: GradeDelivery,
    outcome: Outcome,
    moment: datetime,
    jitter: Callable[[float, float], float],
) -> None:
    if isinstance(outcome, Delivered):
        row.state, row.attempts = DeliveryState.DELIVERED, 0
        row.reason_code = row.reason = ""
        return
    row.attempts += 1
    row.reason_code, row.reason = outcome.code[:64], outcome.reason[:500]
    if not isinstance(outcome, Later):
        row.state = DeliveryState.REFUSED
        return
    row.state = DeliveryState.RETRYING
    wait = max(outcome.wait or 0.0, back_off(row.attempts, jitter))
    row.next_try_at = moment + timedelta(seconds=min(wait, LONGEST_BACK_OFF))
