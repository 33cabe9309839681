"""Where the grades of a placement are, for the page that shows each beside its learner.

Reads the outbox only.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from lti_tool.delivery.tables import GradeDelivery
from lti_tool.platforms.tables import ResourceLink

Word = Literal["none", "gone", "waiting", "sending", "delivered", "retrying", "refused"]

_MOST_TELLING: tuple[Word, ...] = (
    "gone",
    "refused",
    "retrying",
    "sending",
    "waiting",
    "delivered",
    "none",
)


@dataclass(frozen=True, slots=True)
class GradeState:
    """One learner's grade on its way; `reason` is for people, `reason_code` to search for."""

    state: Word
    points: Decimal | None
    maximum: Decimal
    delivered_at: datetime | None
    next_try_at: datetime | None
    """Only where a next try comes by itself."""
    reason_code: str
    reason: str


def grade_states(session: Session, placement_id: UUID) -> dict[UUID, GradeState]:
    """By person: where each grade is. Of a placement with several links, the one in most need."""
    rows = (
        select(GradeDelivery)
        .join(ResourceLink, ResourceLink.id == GradeDelivery.resource_link_pk)
        .where(ResourceLink.placement_id == placement_id)
    )
    moment = clock.now()
    found: dict[UUID, GradeState] = {}
    for row in session.scalars(rows):
        state = _state(row, moment)
        known = found.get(row.person_id)
        if known is None or _rank(state) < _rank(known):
            found[row.person_id] = state
    return found


def _state(row: GradeDelivery, moment: datetime) -> GradeState:
    word: Word = row.state.value
    if word in ("waiting", "retrying") and row.lease_until is not None and row.lease_until > moment:
        word = "sending"
    return GradeState(
        state=word,
        points=row.points,
        maximum=row.maximum,
        delivered_at=row.delivered_at,
        next_try_at=row.next_try_at if word in ("waiting", "retrying") else None,
        reason_code=row.reason_code,
        reason=row.reason,
    )


def _rank(state: GradeState) -> int:
    return _MOST_TELLING.index(state.state)
