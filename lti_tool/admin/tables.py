"""Administrators, their sessions, how often a log-in failed, and what was done by whom.

These belong to the installation, not to a tenant. Of cookies, names that were tried and addresses
only digests are kept; an audit entry outlives the tenant and the administrator it speaks of.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from foundation import clock
from rubrics.tables.base import Base, Dated, Identified


class Administrator(Identified, Dated, Base):
    """Somebody who may configure the installation."""

    __tablename__ = "administrator"

    login: Mapped[str] = mapped_column(String(64), unique=True)
    """Case-folded."""
    password_hash: Mapped[str] = mapped_column(String(300))
    totp_secret: Mapped[str | None] = mapped_column(String(300))
    """Sealed; None where a password is enough."""
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    """The time step of the last code that was accepted: no code works twice (RFC 6238, 5.2)."""
    disabled_at: Mapped[datetime | None]


class AdministratorSession(Dated, Base):
    """One browser in which an administrator is logged in; its cookie holds the secret."""

    __tablename__ = "administrator_session"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of the cookie's secret."""
    administrator_id: Mapped[UUID] = mapped_column(
        ForeignKey("administrator.id", ondelete="CASCADE"), index=True
    )
    awaits_code: Mapped[bool] = mapped_column(default=False)
    """The password was right and the one-time code is still to come: opens no page."""
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LoginAttempt(Identified, Base):
    """A log-in that failed, or one that is being checked just now."""

    __tablename__ = "login_attempt"

    login_digest: Mapped[str] = mapped_column(String(64), index=True)
    address_digest: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class AuditEntry(Base):
    """One thing that an administrator, a command or a registration link did. Never changed."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "action", "id"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
    at: Mapped[datetime] = mapped_column(default=clock.now)
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(64))
    tenant_id: Mapped[UUID | None]
    """No foreign key: the entry stays when the tenant goes."""
    subject: Mapped[str] = mapped_column(String(500))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
