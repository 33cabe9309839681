"""What we know of each LMS: registrations, deployments, contexts, links, and our own keys.

Serves LTI 1.3 core: registration = (issuer, client_id), deployment = (registration, deployment_id).
A deployment belongs to exactly one tenant; a registration may serve several.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from foundation import clock
from foundation.db import TenantOwned
from rubrics.tables.base import Base, Dated, Identified, words


class DeploymentPolicy(StrEnum):
    """What happens when a registration speaks of a deployment that we do not know."""

    FIRST = "first"
    """The first one is accepted, any further one waits."""
    ALL = "all"
    """Every one is accepted into the registration's home tenant: one school an issuer."""
    EACH = "each"
    """Each one waits for an approval: schools share the client_id."""


class Registration(Identified, Dated, Base):
    """The tool as one LMS knows it."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    home_tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    """Where deployments go that the policy accepts by itself."""
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(255))
    auth_login_url: Mapped[str] = mapped_column(String(2000))
    auth_token_url: Mapped[str] = mapped_column(String(2000))
    auth_audience: Mapped[str | None] = mapped_column(String(2000))
    """The audience of our client assertions where it is not the token URL (Brightspace)."""
    key_set_url: Mapped[str] = mapped_column(String(2000))
    name: Mapped[str] = mapped_column(String(200))
    product_family: Mapped[str | None] = mapped_column(String(100))
    """As the LMS names itself in its launches: "moodle", "canvas"."""
    private_hosts: Mapped[list[Any]] = mapped_column(default=list)
    """"host:port" strings that may be private addresses and may speak http."""
    frame_origins: Mapped[list[Any]] = mapped_column(default=list)
    """Origins whose pages may frame ours, beside those that a launch names (frames.py)."""
    policy: Mapped[DeploymentPolicy] = mapped_column(words(DeploymentPolicy))


class Deployment(Identified, Dated, TenantOwned, Base):
    """One placement of the tool inside an LMS, and the tenant whose it is."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    deployment_id: Mapped[str] = mapped_column(String(255))


class WaitingDeployment(Base):
    """A deployment that launched before anybody approved it; it has no tenant yet."""

    __tablename__ = "waiting_deployment"

    registration_id: Mapped[UUID] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    deployment_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)


class ToolKey(Dated, Base):
    """A private RSA key of ours, sealed; published before it signs and after it is retired."""

    __tablename__ = "tool_key"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The kid."""
    private_pem: Mapped[str] = mapped_column(Text)
    signs_from: Mapped[datetime] = mapped_column(default=clock.now)
    retired_at: Mapped[datetime | None]


class LtiContext(Identified, Dated, TenantOwned, Base):
    """A course as a deployment names it, and where its services are."""

    __tablename__ = "lti_context"
    __table_args__ = (UniqueConstraint("deployment_id", "context_id"),)

    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id", ondelete="CASCADE"))
    context_id: Mapped[str] = mapped_column(String(255))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"), index=True)
    memberships_url: Mapped[str | None] = mapped_column(String(2000))
    lineitems_url: Mapped[str | None] = mapped_column(String(2000))
    ags_scopes: Mapped[list[Any]] = mapped_column(default=list)
    groups_url: Mapped[str | None] = mapped_column(String(2000))
    group_sets_url: Mapped[str | None] = mapped_column(String(2000))
    groups_said_at: Mapped[datetime | None]
    """When a launch first said the person's sections or groups: links then say everybody's."""


class ResourceLink(Identified, Dated, TenantOwned, Base):
    """A link in a course of the LMS, and the placement it shows."""

    __tablename__ = "resource_link"
    __table_args__ = (UniqueConstraint("context_pk", "resource_link_id"),)

    deployment_id: Mapped[UUID] = mapped_column(
        ForeignKey("deployment.id", ondelete="CASCADE"), index=True
    )
    context_pk: Mapped[UUID] = mapped_column(ForeignKey("lti_context.id", ondelete="CASCADE"))
    resource_link_id: Mapped[str] = mapped_column(String(255))
    placement_id: Mapped[UUID] = mapped_column(
        ForeignKey("placement.id", ondelete="CASCADE"), index=True
    )
    lineitem_url: Mapped[str | None] = mapped_column(String(2000))
