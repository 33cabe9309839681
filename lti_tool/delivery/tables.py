"""The grades on their way to LMS gradebooks, one row for each learner and link; columns; limits.

A row commits with the release that wants it delivered; the worker then owns everything but the
wanted values. Nothing here is removed: what the LMS has, or why it has not, stands in the row.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from foundation.db import TenantOwned
from rubrics.tables.base import Base, Dated, Identified, words


class DeliveryState(StrEnum):
    """Where a grade is. "Sending" is not stored: it is a lease that has not run out."""

    NONE = "none"
    """The link has no column in the gradebook."""
    GONE = "gone"
    """The link had a column, and the LMS has it no longer: the instructor chooses."""
    WAITING = "waiting"
    RETRYING = "retrying"
    """The last try did not succeed; the next one comes by itself."""
    DELIVERED = "delivered"
    REFUSED = "refused"
    """The LMS said no; only "send again" or a new release tries once more."""


class ColumnTask(StrEnum):
    """What the worker is to do about a link's column."""

    PROVIDE = "provide"
    """Find it, else make it."""
    FIND = "find"
    """Find one instead of the one that is gone; the instructor chose so."""
    MAKE = "make"
    """Make one instead of the one that is gone; the instructor chose so."""
    UPDATE = "update"
    """Tell it the activity's title and maximum."""
    REMOVE = "remove"
    """It was made for work that has no grade any more."""


class GradeDelivery(Identified, Dated, TenantOwned, Base):
    """What a learner's gradebook entry of one link should be, and what is known of it."""

    __tablename__ = "grade_delivery"
    __table_args__ = (
        UniqueConstraint("resource_link_pk", "person_id"),
        Index("ix_grade_delivery_due", "registration_id", "tenant_id", "next_try_at", "id"),
    )

    resource_link_pk: Mapped[UUID] = mapped_column(
        ForeignKey("resource_link.id", ondelete="CASCADE")
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    """Of the link's deployment: no LMS may keep the others waiting."""
    points: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    maximum: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    comment: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    """When the learner began the assessed work, and handed it in."""
    wanted: Mapped[int] = mapped_column(default=1)
    """Counts the releases that changed what is wanted."""
    delivered: Mapped[int] = mapped_column(default=0)
    """The `wanted` that the LMS has; 0 where it has none of ours."""
    delivered_at: Mapped[datetime | None]
    delivered_comment: Mapped[str | None] = mapped_column(String(64))
    """The digest of the comment that the LMS has."""
    state: Mapped[DeliveryState] = mapped_column(
        words(DeliveryState), default=DeliveryState.WAITING
    )
    attempts: Mapped[int] = mapped_column(default=0)
    """Tries in a row that did not succeed: what the back-off grows with."""
    next_try_at: Mapped[datetime | None]
    """None: nothing comes by itself. A lease moves it to its own end."""
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    last_timestamp: Mapped[datetime | None]
    """The timestamp of the newest post that was begun: the next one's must be later."""
    uncertain: Mapped[bool] = mapped_column(default=False)
    """A post was begun and its answer never seen: look at the result before posting again."""
    reason_code: Mapped[str] = mapped_column(String(64), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")


class GradeColumn(TenantOwned, Base):
    """What there is to do about the gradebook column of a link; no row where there never was."""

    __tablename__ = "grade_column"
    __table_args__ = (Index("ix_grade_column_due", "registration_id", "tenant_id", "next_try_at"),)

    resource_link_pk: Mapped[UUID] = mapped_column(
        ForeignKey("resource_link.id", ondelete="CASCADE"), primary_key=True
    )
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    made: Mapped[bool] = mapped_column(default=False)
    """We made it by the line item service, and not the LMS with its link."""
    gone_url: Mapped[str | None] = mapped_column(String(2000))
    """Where the LMS said there is none; it is gone as long as this is still the link's."""
    task: Mapped[ColumnTask | None] = mapped_column(words(ColumnTask))
    wanted: Mapped[int] = mapped_column(default=1)
    """Counts the wishes, so that one that comes during a try is not taken for done."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    uncertain: Mapped[bool] = mapped_column(default=False)
    """A try was begun and its end never seen: a column may have been made."""
    reason_code: Mapped[str] = mapped_column(String(64), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")


class LmsLimit(Base):
    """An LMS that had enough: no process calls its services before `until`."""

    __tablename__ = "lms_limit"

    registration_id: Mapped[UUID] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    until: Mapped[datetime]
