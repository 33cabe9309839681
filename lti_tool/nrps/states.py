"""What a class list's page says about where the list comes from. Reads only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from lti_tool.nrps.tables import Roster
from lti_tool.platforms.tables import LtiContext


class Trouble(StrEnum):
    """What is wrong, as far as people can do something about it."""

    NONE = "none"
    NOT_OFFERED = "not-offered"
    NOT_ALLOWED = "not-allowed"
    GONE = "gone"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    SHRUNK = "shrunk"
    ONE_LINK = "one-link"
    UNAVAILABLE = "unavailable"


_TROUBLES = {
    "": Trouble.NONE,
    "token.refused": Trouble.NOT_ALLOWED,
    "nrps.forbidden": Trouble.NOT_ALLOWED,
    "nrps.gone": Trouble.GONE,
    "nrps.empty": Trouble.EMPTY,
    "nrps.shrunk": Trouble.SHRUNK,
    "nrps.one-link": Trouble.ONE_LINK,
    "nrps.address": Trouble.UNREADABLE,
    "nrps.answer": Trouble.UNREADABLE,
    "nrps.foreign-host": Trouble.UNREADABLE,
    "nrps.loop": Trouble.UNREADABLE,
    "nrps.member": Trouble.UNREADABLE,
    "nrps.refused": Trouble.UNREADABLE,
    "nrps.too-many": Trouble.UNREADABLE,
    "http.too-large": Trouble.UNREADABLE,
}


@dataclass(frozen=True, slots=True)
class RosterState:
    """How the course's class list stands. `reason` is what the LMS said."""

    trouble: Trouble
    read_at: datetime | None = None
    joined: int = 0
    left: int = 0
    being_read: bool = False
    code: str = ""
    reason: str = ""


def roster_state(session: Session, course_id: UUID) -> RosterState:
    """Where the list of this course comes from."""
    offered = select(LtiContext.id).where(
        LtiContext.course_id == course_id, LtiContext.memberships_url.is_not(None)
    )
    row = session.execute(
        select(LtiContext.id, Roster)
        .outerjoin(Roster, Roster.context_pk == LtiContext.id)
        .where(LtiContext.id.in_(offered))
        .order_by(LtiContext.created_at, LtiContext.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return RosterState(Trouble.NOT_OFFERED, code="nrps.not-offered")
    roster = row[1]
    if roster is None:
        return RosterState(Trouble.NONE)
    return RosterState(
        trouble=_TROUBLES.get(roster.reason_code, Trouble.UNAVAILABLE),
        read_at=roster.read_at,
        joined=roster.joined,
        left=roster.left,
        being_read=roster.lease_until is not None and roster.lease_until > clock.now(),
        code=roster.reason_code,
        reason=roster.reason,
    )
