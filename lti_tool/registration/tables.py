"""Links that let an LMS register itself, registrations that wait, and how often it was tried.

Only digests of links are kept. A waiting registration has no tenant and lets nobody launch.
"""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.platforms.tables import DeploymentPolicy
from rubrics.tables.base import Base, Dated, Identified, words


class RegistrationLink(Dated, Base):
    """A link that registers one LMS, once; making it is the administrator's approval."""

    __tablename__ = "registration_link"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_name: Mapped[str | None] = mapped_column(String(200))
    policy: Mapped[DeploymentPolicy] = mapped_column(words(DeploymentPolicy))
    private: Mapped[bool]
    """The LMS may be on a private network."""
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    """When the registration began that is under way, so that two never use one link."""
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class WaitingRegistration(Identified, Dated, Base):
    """What an LMS registered without a link: everything that an approval needs."""

    __tablename__ = "waiting_registration"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(255))
    auth_login_url: Mapped[str] = mapped_column(String(2000))
    auth_token_url: Mapped[str] = mapped_column(String(2000))
    auth_audience: Mapped[str | None] = mapped_column(String(2000))
    key_set_url: Mapped[str] = mapped_column(String(2000))
    name: Mapped[str] = mapped_column(String(200))
    product_family: Mapped[str | None] = mapped_column(String(100))
    deployment_id: Mapped[str | None] = mapped_column(String(255))


class RegistrationAttempt(Identified, Dated, Base):
    """One attempt to register without a link, counted for an hour."""

    __tablename__ = "registration_attempt"
