"""The columns' side of the outbox: what a link needs before grades can go there.

Touches grade_column, the link's address of its column and, through all_of_link, its grades. Whoever
changes all grades of a link holds the link first: that keeps workers from waiting for each other
in a circle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.ags.line_items import Column
from lti_tool.delivery import all_of_link
from lti_tool.delivery.columns import GONE, column_scopes, is_gone, may_arrange, no_column
from lti_tool.delivery.jobs import Arranged, ColumnJob, ColumnOutcome, Later, Refused
from lti_tool.delivery.tables import ColumnTask, GradeColumn
from lti_tool.platforms.registrations import info
from lti_tool.platforms.tables import Deployment, LtiContext, Registration, ResourceLink
from rubrics.tables.activities import Activity, Placement

NO_COLUMN = "ags.no-line-item"
"""The code with which an LMS's "there is none" comes back."""
PROVIDING = (ColumnTask.PROVIDE, ColumnTask.FIND, ColumnTask.MAKE)
_STEP = timedelta(seconds=1)
_NO_SERVICE = Refused("delivery.no-column", "the LMS lets this tool make no gradebook column here")


@dataclass(frozen=True, slots=True)
class Held:
    """A link that is held, and the rows around it."""

    link: ResourceLink
    context: LtiContext
    registration: Registration
    placement_title: str
    activity_id: UUID | None
    title: str
    maximum: Decimal | None
    address: str | None
    column: GradeColumn | None


def hold(session: Session, link_pk: UUID) -> Held | None:
    """The link, held until the transaction ends; None where it was removed."""
    link = session.get(ResourceLink, link_pk, with_for_update={"key_share": True})
    if link is None:
        return None
    around = (
        select(
            LtiContext,
            Registration,
            Placement.title,
            Activity.id,
            Activity.title,
            Activity.maximum,
            Activity.address,
        )
        .join(Deployment, Deployment.id == LtiContext.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .join(Placement, Placement.id == link.placement_id)
        .outerjoin(Activity, Activity.id == Placement.activity_id)
        .where(LtiContext.id == link.context_pk)
    )
    context, registration, name, activity_id, title, maximum, address = session.execute(
        around
    ).one()
    column = session.get(GradeColumn, link_pk, populate_existing=True)
    return Held(
        link, context, registration, name, activity_id, title or "", maximum, address, column
    )


def column_of(session: Session, held: Held) -> GradeColumn:
    """The link's row, made at need."""
    if held.column is not None:
        return held.column
    column = GradeColumn(
        resource_link_pk=held.link.id,
        registration_id=held.registration.id,
        tenant_id=held.link.tenant_id,
    )
    session.add(column)
    session.flush()
    return column


def wish(column: GradeColumn, task: ColumnTask, moment: datetime) -> None:
    """Want this task now, whatever was wanted; a try under way does not count for it."""
    column.task, column.wanted = task, column.wanted + 1
    column.attempts, column.next_try_at = 0, moment
    column.reason_code = column.reason = ""


def look_after(session: Session, link_pk: UUID, period: timedelta) -> ColumnJob | None:
    """Lease what a link's column needs; put its grades off until then, or aside."""
    held = hold(session, link_pk)
    if held is None:
        return None
    moment, link, column = clock.now(), held.link, held.column
    missing = no_column(link, held.context, held.address, column)
    if column is not None and column.task in PROVIDING and _is_named(link, column):
        # A launch has named a column meanwhile.
        _rest(column)
        all_of_link.want_all_again(session, link_pk, moment, empty=True)
        return None
    if missing is not None:
        all_of_link.set_aside(session, link_pk, missing, moment)
    elif not link.lineitem_url and (column is None or column.task not in PROVIDING):
        column = column_of(session, held)
        wish(column, ColumnTask.PROVIDE, moment)
    if column is None or column.task is None:
        return None
    job = _leased(session, held, column, moment, period)
    if column.task in PROVIDING:
        until = max(column.next_try_at or moment, moment + _STEP)
        all_of_link.park(session, link_pk, moment, until)
    return job


def settle_column(
    db: Database, job: ColumnJob, outcome: ColumnOutcome, *, back_off: Callable[[int], float]
) -> bool:
    """Write down how a try went; False where the lease was lost meanwhile."""
    with db.writing(EVERY_TENANT) as session:
        held = hold(session, job.id)
        column = None if held is None else held.column
        if held is None or column is None or column.lease_token != job.lease_token:
            return False
        moment = clock.now()
        column.lease_token = column.lease_until = None
        column.uncertain = isinstance(outcome, Later) and outcome.uncertain
        if column.task is not job.task or (
            column.wanted != job.wanted and not isinstance(outcome, Arranged)
        ):
            # Somebody wished anew meanwhile.
            column.next_try_at = moment
        elif isinstance(outcome, Arranged):
            _arranged(session, held, column, job, outcome, moment)
        elif isinstance(outcome, Later):
            _later(session, column, outcome, moment, back_off)
        else:
            _refused(session, held, column, outcome, moment)
        return True


def note_gone(session: Session, held: Held, url: str, moment: datetime) -> None:
    """The LMS says that there is no column at `url`: the link's grades wait for a choice."""
    if held.link.lineitem_url != url:
        # Another one was named meanwhile: the grades are tried there.
        return
    column = column_of(session, held)
    if column.task in (ColumnTask.FIND, ColumnTask.MAKE):
        return
    _rest(column)
    column.gone_url = url
    session.flush()
    all_of_link.set_aside(session, held.link.id, GONE, moment)


def _is_named(link: ResourceLink, column: GradeColumn) -> bool:
    return bool(link.lineitem_url) and not is_gone(link, column)


def _rest(column: GradeColumn) -> None:
    column.task = column.next_try_at = column.gone_url = None
    column.attempts = 0
    column.reason_code = column.reason = ""


def _leased(
    session: Session, held: Held, column: GradeColumn, moment: datetime, period: timedelta
) -> ColumnJob | None:
    taken = column.lease_until is not None and column.lease_until > moment
    if taken or column.task is None or column.next_try_at is None or column.next_try_at > moment:
        return None
    if not may_arrange(held.context):
        _refused(session, held, column, _NO_SERVICE, moment)
        return None
    # A lease that nobody gave back: its column may have been made.
    column.uncertain = column.uncertain or column.lease_token is not None
    token = column.lease_token = uuid4()
    column.lease_until = column.next_try_at = moment + period
    session.flush()
    link = held.link
    others = select(ResourceLink.lineitem_url).where(
        ResourceLink.context_pk == link.context_pk,
        ResourceLink.id != link.id,
        ResourceLink.lineitem_url.is_not(None),
    )
    renamed = column.task is ColumnTask.UPDATE
    return ColumnJob(
        id=link.id,
        lease_token=token,
        wanted=column.wanted,
        task=column.task,
        registration=info(held.registration),
        scopes=column_scopes(held.context),
        line_item_url=link.lineitem_url,
        line_items_url=held.context.lineitems_url or "",
        others=frozenset(url for url in session.scalars(others) if url),
        column=Column(
            resource_link_id=link.resource_link_id,
            label=held.title if renamed else held.placement_title or held.title,
            maximum=held.maximum if held.maximum is not None else Decimal(100),
            resource_id="" if held.activity_id is None else str(held.activity_id),
        ),
        uncertain=column.uncertain,
    )


def _arranged(
    session: Session,
    held: Held,
    column: GradeColumn,
    job: ColumnJob,
    done: Arranged,
    moment: datetime,
) -> None:
    newer = column.wanted != job.wanted
    _rest(column)
    link = held.link
    if job.task in PROVIDING or job.task is ColumnTask.REMOVE:
        link.lineitem_url = done.url
        column.made = done.made
    if newer and link.lineitem_url:
        wish(column, ColumnTask.UPDATE, moment)
    session.flush()
    if job.task in (ColumnTask.FIND, ColumnTask.MAKE):
        all_of_link.want_all_again(session, link.id, moment, empty=True)
    elif job.task is ColumnTask.PROVIDE:
        all_of_link.wake(session, link.id, moment)
    elif done.rescaled:
        all_of_link.want_all_again(session, link.id, moment)


def _later(
    session: Session,
    column: GradeColumn,
    outcome: Later,
    moment: datetime,
    back_off: Callable[[int], float],
) -> None:
    column.attempts += 1
    column.reason_code, column.reason = outcome.code[:64], outcome.reason[:500]
    wait = max(outcome.wait or 0.0, back_off(column.attempts))
    column.next_try_at = until = moment + timedelta(seconds=wait)
    session.flush()
    if column.task in PROVIDING:
        all_of_link.delay(
            session, column.resource_link_pk, moment, outcome.code[:64], outcome.reason[:500], until
        )


def _refused(
    session: Session, held: Held, column: GradeColumn, outcome: Refused, moment: datetime
) -> None:
    task, gone = column.task, column.gone_url
    _rest(column)
    column.gone_url = gone
    column.reason_code, column.reason = outcome.code[:64], outcome.reason[:500]
    session.flush()
    link_pk, url = held.link.id, held.link.lineitem_url
    if task is ColumnTask.PROVIDE:
        all_of_link.refuse(session, link_pk, moment, column.reason_code, column.reason)
    elif task in (ColumnTask.FIND, ColumnTask.MAKE):
        all_of_link.set_aside(session, link_pk, GONE, moment)
    elif outcome.code == NO_COLUMN and url:
        note_gone(session, held, url, moment)
