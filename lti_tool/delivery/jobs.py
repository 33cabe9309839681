"""What a worker has taken, and what became of it: plain values between database and network."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from lti_tool.ags.line_items import Column
from lti_tool.delivery.tables import ColumnTask
from lti_tool.platforms.registrations import RegistrationInfo


@dataclass(frozen=True, slots=True)
class Job:
    """A grade, with what is needed of the rows around it."""

    id: UUID
    link_id: UUID
    lease_token: UUID
    wanted: int
    registration: RegistrationInfo
    scopes: tuple[str, ...]
    column_scopes: tuple[str, ...]
    line_item_url: str
    user_id: str
    points: Decimal
    maximum: Decimal
    comment: str
    delivered_comment: str | None
    timestamp: datetime
    submitted_at: datetime | None
    started_at: datetime | None
    uncertain: bool


@dataclass(frozen=True, slots=True)
class ColumnJob:
    """Something to do about the column of a link."""

    id: UUID
    """The link's."""
    lease_token: UUID
    wanted: int
    task: ColumnTask
    registration: RegistrationInfo
    scopes: tuple[str, ...]
    line_item_url: str | None
    line_items_url: str
    others: frozenset[str]
    """The columns of the course's other links."""
    column: Column
    uncertain: bool


@dataclass(frozen=True, slots=True)
class Delivered:
    """The gradebook has it."""


@dataclass(frozen=True, slots=True)
class Arranged:
    """The column is as it should be. `rescaled`: its maximum is another than before."""

    url: str | None
    made: bool = False
    rescaled: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """Not yet. `wait` is the least number of seconds; `uncertain`: it may have arrived."""

    code: str
    reason: str
    wait: float | None = None
    everybody: bool = False
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The LMS says no."""

    code: str
    reason: str


Outcome = Delivered | Later | Refused
ColumnOutcome = Arranged | Later | Refused


def digest(comment: str) -> str:
    """What is kept of a comment that was delivered."""
    return sha256(comment.encode()).hexdigest()
