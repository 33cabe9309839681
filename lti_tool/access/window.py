"""From a frame to a window of its own: a ticket that works once, within a minute.

Touches window tickets and browser sessions. A new window is another partition for cookies, so the
session of the frame does not reach it; the ticket carries the person over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from foundation.secrets import digest, new_token
from lti_tool.access.here import Here
from lti_tool.access.refusals import AccessRefused
from lti_tool.access.sessions import begin_session, is_live
from lti_tool.access.tables import BrowserSession, LaunchHandle, WindowTicket

TICKET_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a ticket opens."""

    handle: str
    page: str | None
    """What the frame showed, after `/l/<handle>/`; None: where the launch leads."""
    session_secret: str


def issue(session: Session, present: Here, at: datetime, page: str | None = None) -> str:
    """A ticket for whoever is here, to this page of their handle, bound to their session."""
    ticket = f"{new_token()}.{present.handle}"
    session.add(
        WindowTicket(
            digest=digest(ticket),
            tenant_id=present.tenant_id,
            handle_id=present.handle_id,
            session_id=present.session_id,
            page=page,
            expires_at=at + timedelta(seconds=TICKET_SECONDS),
        )
    )
    return ticket


def redeem(
    session: Session, ticket: str, former_secret: str | None, at: datetime, hours: int
) -> Redeemed:
    """Use a ticket up: a new session begins.

    Needs a session of EVERY_TENANT. Raises AccessRefused where the ticket is unknown, used or
    old, or its session has ended since.
    """
    used = session.execute(
        delete(WindowTicket)
        .where(WindowTicket.digest == digest(ticket))
        .returning(
            WindowTicket.handle_id,
            WindowTicket.session_id,
            WindowTicket.page,
            WindowTicket.expires_at,
        )
    ).one_or_none()
    if used is None or used.expires_at <= at:
        raise AccessRefused("access.window.used")
    browser = session.scalars(
        select(BrowserSession).where(BrowserSession.id == used.session_id)
    ).one()
    handle = session.scalars(select(LaunchHandle).where(LaunchHandle.id == used.handle_id)).one()
    if not is_live(browser, at) or handle.expires_at <= at:
        raise AccessRefused("access.session.ended")
    secret = begin_session(
        session,
        tenant_id=handle.tenant_id,
        person_id=handle.person_id,
        former_secret=former_secret,
        at=at,
        hours=hours,
        from_id=browser.id,
    )
    return Redeemed(ticket.partition(".")[2], used.page, secret)
