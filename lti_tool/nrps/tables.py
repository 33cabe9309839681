"""What is known of reading each course's class list: when, how it went, when next.

One row per context, made when its list is first asked for. The class itself is people and
enrolments.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation.db import TenantOwned
from rubrics.tables.base import Base


class Roster(TenantOwned, Base):
    """The reading of one context's class list."""

    __tablename__ = "roster"

    context_pk: Mapped[UUID] = mapped_column(
        ForeignKey("lti_context.id", ondelete="CASCADE"), primary_key=True
    )
    next_read_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    """When the list was last read whole; None: never."""
    joined: Mapped[int] = mapped_column(default=0)
    """Learners who came with that reading."""
    left: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    """Readings in a row that did not succeed: what the back-off grows with."""
    reason_code: Mapped[str] = mapped_column(String(64), default="")
    """Why the last reading did not succeed, or what is odd about it; "" where all is well."""
    reason: Mapped[str] = mapped_column(String(500), default="")
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    """Somebody reads it until then."""
