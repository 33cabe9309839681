"""Logins that were begun and not finished: one row each, consumed by the launch that ends it.

Serves OpenID Connect third-party initiated login (1EdTech Security Framework 1.1, 5.1.1). Only
digests are kept: neither the state nor the nonce nor the browser's secret can be read from here.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from rubrics.tables.base import Base


class Login(Base):
    """A login under way, bound to a registration, a target and a browser."""

    __tablename__ = "login"

    state_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    nonce_digest: Mapped[str] = mapped_column(String(64))
    browser_digest: Mapped[str] = mapped_column(String(64))
    """Of the secret in the cookie that this login set."""
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    target_link_uri: Mapped[str] = mapped_column(String(2000))
    expires_at: Mapped[datetime] = mapped_column(index=True)
