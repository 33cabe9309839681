"""The tables of forwarding: where statements go and how far, and what a target would not take.

No row a statement: what was sent follows from the cursor and the filter (batches.py). But for those
that retention removes, of which nothing would follow any more (gone.py).
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.db import JSON_VALUE, UTCDateTime
from xapi.store.tables import Base


class ForwardTarget(Base):
    """Another LRS that receives one tenant's statements, in the order in which they were stored."""

    __tablename__ = "xapi_forward_target"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    tenant: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(100))
    """What a person calls it; unique in its tenant."""
    endpoint: Mapped[str] = mapped_column(String(2000))
    """Without a slash at the end; /statements is added."""
    credential: Mapped[str] = mapped_column(Text)
    """KEY:SECRET, sealed (foundation.secrets.Seal)."""
    version: Mapped[str] = mapped_column(String(16))
    """The version by whose rules it is spoken to: 1.0.3 or 2.0.0."""
    verbs: Mapped[list[str]] = mapped_column(JSON_VALUE)
    """Only these verbs; empty: all."""
    activities: Mapped[list[str]] = mapped_column(JSON_VALUE)
    """Only what is about these activities, also broadly; empty: all."""
    private_hosts: Mapped[list[str]] = mapped_column(JSON_VALUE)
    """host:port texts that may be on a private network."""
    active: Mapped[bool]
    cursor_xid: Mapped[int] = mapped_column(BigInteger)
    cursor_sid: Mapped[int] = mapped_column(BigInteger)
    """Up to here (xapi.store.follow.Cursor) everything was sent, passed over or refused."""
    sent: Mapped[int] = mapped_column(BigInteger)
    """Statements that it took."""
    attempts: Mapped[int]
    """Tries in a row that failed as a whole."""
    refused_in_row: Mapped[int]
    """Statements refused since it took one: many say that the target is at fault, not they."""
    next_try_at: Mapped[datetime] = mapped_column(UTCDateTime)
    error_code: Mapped[str] = mapped_column(String(64))
    """Why it is not up to date; empty: no trouble."""
    error: Mapped[str] = mapped_column(String(500))
    error_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (Index("uq_xapi_forward_target_tenant_name", "tenant", "name", unique=True),)


class ForwardRefusal(Base):
    """A statement that a target would not take; it was passed over, and can be sent again."""

    __tablename__ = "xapi_forward_refusal"

    target_id: Mapped[UUID] = mapped_column(
        ForeignKey("xapi_forward_target.id", ondelete="CASCADE"), primary_key=True
    )
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[int]
    """The HTTP status; 0: it was not sent."""
    code: Mapped[str] = mapped_column(String(64))
    said: Mapped[str] = mapped_column(String(1000))
    """What the target answered, or why we did not send it."""
    again: Mapped[bool]
    """To be sent once more."""
    refused_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ForwardGone(Base):
    """A statement that was removed here and that the target's filter took: its id, and no more."""

    __tablename__ = "xapi_forward_gone"

    target_id: Mapped[UUID] = mapped_column(
        ForeignKey("xapi_forward_target.id", ondelete="CASCADE"), primary_key=True
    )
    statement_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)
