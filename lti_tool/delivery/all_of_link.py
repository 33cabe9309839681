"""What happens to all grades of one link at once, in one statement each. Touches the outbox only.

Those that a worker is sending meanwhile are left to it.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Update, or_, update
from sqlalchemy.orm import Session

from lti_tool.delivery.columns import NoColumn
from lti_tool.delivery.tables import DeliveryState, GradeDelivery

LOOK_AGAIN = timedelta(hours=1)
_OPEN = (DeliveryState.WAITING, DeliveryState.RETRYING)


def set_aside(session: Session, link_pk: UUID, missing: NoColumn, moment: datetime) -> None:
    """There is no column: say so, and look again in an hour, since a launch may bring one."""
    rows = _free(link_pk, moment)
    if missing.state is not DeliveryState.GONE:
        # What is delivered stays so, and what was refused was refused for a reason of its own.
        rows = rows.where(GradeDelivery.next_try_at <= moment)
    _set(
        session,
        rows,
        state=missing.state,
        reason_code=missing.code,
        reason=missing.reason,
        next_try_at=moment + LOOK_AGAIN,
    )


def park(session: Session, link_pk: UUID, moment: datetime, until: datetime) -> None:
    """Wait for the column: what is due is due again then."""
    _set(
        session,
        _free(link_pk, moment).where(GradeDelivery.next_try_at <= moment),
        next_try_at=until,
    )


def delay(
    session: Session, link_pk: UUID, moment: datetime, code: str, reason: str, until: datetime
) -> None:
    """The column cannot be had now: every grade that waits for it says why, and until when."""
    _set(
        session,
        _free(link_pk, moment).where(GradeDelivery.state.in_(_OPEN)),
        state=DeliveryState.RETRYING,
        reason_code=code,
        reason=reason,
        next_try_at=until,
    )


def refuse(session: Session, link_pk: UUID, moment: datetime, code: str, reason: str) -> None:
    """The LMS lets us have no column: so says every grade that waits for it."""
    _set(
        session,
        _free(link_pk, moment).where(GradeDelivery.state.in_(_OPEN)),
        state=DeliveryState.REFUSED,
        reason_code=code,
        reason=reason,
        next_try_at=None,
    )


def wake(session: Session, link_pk: UUID, moment: datetime) -> None:
    """The column is there: what waits is due now."""
    _set(
        session,
        _free(link_pk, moment).where(GradeDelivery.state.in_(_OPEN)),
        next_try_at=moment,
    )


def want_all_again(
    session: Session, link_pk: UUID, moment: datetime, *, empty: bool = False
) -> None:
    """Every grade is to be sent, also those that were; `empty`: the column knows none of them."""
    known: dict[str, Any] = {"delivered": 0, "delivered_comment": None} if empty else {}
    rows = update(GradeDelivery).where(GradeDelivery.resource_link_pk == link_pk)
    _set(
        session,
        rows,
        state=DeliveryState.WAITING,
        wanted=GradeDelivery.wanted + 1,
        attempts=0,
        reason_code="",
        reason="",
        next_try_at=moment,
        **known,
    )


def _free(link_pk: UUID, moment: datetime) -> Update:
    leased: ColumnElement[bool] = or_(
        GradeDelivery.lease_until.is_(None), GradeDelivery.lease_until <= moment
    )
    return update(GradeDelivery).where(GradeDelivery.resource_link_pk == link_pk, leased)


def _set(session: Session, rows: Update, **values: Any) -> None:
    session.flush()
    session.execute(rows.values(**values), execution_options={"synchronize_session": False})
    session.expire_all()
