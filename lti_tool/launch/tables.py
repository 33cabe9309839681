"""Logins that a launch has used up: a state works once, whichever process it comes to.

Serves OpenID Connect third-party initiated login (1EdTech Security Framework 1.1, 5.1.1). Only
digests are kept, and only until the state would have ended by itself.
"""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from rubrics.tables.base import Base


class UsedLogin(Base):
    """A login whose launch was accepted."""

    __tablename__ = "used_login"

    state_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(index=True)
    """When the state ends by time."""
