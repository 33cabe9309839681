"""Links that register one LMS: made by an administrator, claimed, used once.

Touches the table of registration links, in sessions of EVERY_TENANT; what an administrator does
with one has its audit entry in the same transaction. A claim keeps two people from
using one link at the same moment; it ends by itself, so a process that dies blocks nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from foundation.secrets import digest, new_token
from lti_tool.admin import audit
from lti_tool.platforms.tables import DeploymentPolicy
from lti_tool.registration.codes import RegistrationRefused
from lti_tool.registration.tables import RegistrationLink

MOST_TRIES = 20
CLAIM = timedelta(minutes=2)
"""Longer than the two calls of a registration can take."""
_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class LinkInfo:
    """What the administrator said when making the link."""

    digest: str
    tenant_name: str | None
    policy: DeploymentPolicy
    private: bool


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that is still good."""

    digest: str
    tenant_name: str | None
    policy: DeploymentPolicy
    private: bool
    created_at: datetime
    expires_at: datetime


def make(
    session: Session,
    *,
    actor: str,
    tenant_name: str | None,
    policy: DeploymentPolicy,
    private: bool,
    days: int,
    at: datetime,
) -> str:
    """A new link's token, which is shown once; links that ended long ago are deleted."""
    session.execute(delete(RegistrationLink).where(RegistrationLink.expires_at < at - _KEPT))
    token = new_token()
    session.add(
        RegistrationLink(
            digest=digest(token),
            tenant_name=tenant_name[:200] if tenant_name else None,
            policy=policy,
            private=private,
            expires_at=at + timedelta(days=days),
        )
    )
    audit.note(
        session,
        actor=actor,
        action="platform.link.made",
        subject=tenant_name or "",
        detail={"policy": policy.value, "private": private, "days": days},
    )
    return token


def look(session: Session, token: str, at: datetime) -> LinkInfo:
    """What a link is for. Raises RegistrationRefused where it is not good any more."""
    return _info(_good(session.get(RegistrationLink, digest(token)), at))


def claim(session: Session, token: str, at: datetime) -> LinkInfo:
    """Take a link for one registration. Raises RegistrationRefused."""
    row = _good(session.get(RegistrationLink, digest(token), with_for_update=True), at)
    if row.claimed_at is not None and row.claimed_at > at - CLAIM:
        raise RegistrationRefused("registration.link.busy")
    row.claimed_at = at
    row.tries += 1
    return _info(row)


def release(session: Session, link: LinkInfo) -> None:
    """Give a claimed link back after a failure."""
    session.get_one(RegistrationLink, link.digest, with_for_update=True).claimed_at = None


def use(session: Session, link: LinkInfo, at: datetime) -> None:
    """Use a claimed link up, in the transaction of what it leads to. Raises RegistrationRefused.

    One whose time ended since the claim is still good, one that was withdrawn since is not.
    """
    row = session.get_one(RegistrationLink, link.digest, with_for_update=True)
    if row.used_at is not None:
        raise RegistrationRefused("registration.link.used")
    if row.withdrawn_at is not None:
        raise RegistrationRefused("registration.link.withdrawn")
    row.used_at = at


def withdraw(session: Session, link_digest: str, at: datetime, *, actor: str) -> bool:
    """Let a link register nothing from now on; False where there is no such open link."""
    row = session.get(RegistrationLink, link_digest, with_for_update=True)
    if row is None or row.used_at is not None or row.expires_at <= at:
        return False
    row.withdrawn_at = row.expires_at = at
    audit.note(
        session, actor=actor, action="platform.link.withdrawn", subject=row.tenant_name or ""
    )
    return True


def open_links(session: Session, at: datetime) -> list[OpenLink]:
    """The links that are still good, by the end of their time."""
    query = (
        select(RegistrationLink)
        .where(RegistrationLink.used_at.is_(None), RegistrationLink.expires_at > at)
        .order_by(RegistrationLink.expires_at)
    )
    return [
        OpenLink(
            row.digest, row.tenant_name, row.policy, row.private, row.created_at, row.expires_at
        )
        for row in session.scalars(query)
    ]


def _good(row: RegistrationLink | None, at: datetime) -> RegistrationLink:
    if row is None:
        raise RegistrationRefused("registration.link.unknown")
    if row.used_at is not None:
        raise RegistrationRefused("registration.link.used")
    if row.withdrawn_at is not None:
        raise RegistrationRefused("registration.link.withdrawn")
    if row.expires_at <= at:
        raise RegistrationRefused("registration.link.expired")
    if row.tries >= MOST_TRIES:
        raise RegistrationRefused("registration.link.tries")
    return row


def _info(row: RegistrationLink) -> LinkInfo:
    return LinkInfo(row.digest, row.tenant_name, row.policy, row.private)
