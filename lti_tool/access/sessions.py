"""Browser sessions and launch handles: begun by a launch, ended by another person or by time.

Touches their tables. Secrets leave here once, towards the cookie or the address; the database
keeps digests.
"""

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import Table, delete, update
from sqlalchemy.orm import Session

from foundation.secrets import digest, new_token
from lti_tool.access.tables import BrowserSession, LaunchHandle, WindowTicket

_KEPT_AFTER_EXPIRY = timedelta(days=7)
"""So that an old tab can be told what happened."""


def begin_session(
    session: Session,
    *,
    tenant_id: UUID,
    person_id: UUID,
    former_secret: str | None,
    at: datetime,
    hours: int,
) -> str:
    """A new session of the person; gives the cookie's secret.

    `former_secret` is what this browser's cookie held before: a session of somebody else, of
    whatever tenant, ends here.
    """
    if former_secret:
        # On the table, not the class: the former session may be another tenant's.
        rows = cast(Table, BrowserSession.__table__)
        session.execute(
            update(rows)
            .where(
                rows.c.id == digest(former_secret),
                rows.c.person_id != person_id,
                rows.c.ended_at.is_(None),
            )
            .values(ended_at=at)
        )
    secret = new_token()
    session.add(
        BrowserSession(
            id=digest(secret),
            tenant_id=tenant_id,
            person_id=person_id,
            created_at=at,
            expires_at=at + timedelta(hours=hours),
        )
    )
    return secret


def is_live(row: BrowserSession, at: datetime) -> bool:
    """Whether the session still opens pages."""
    return row.ended_at is None and row.expires_at > at


def add_handle(session: Session, handle: LaunchHandle) -> str:
    """Store a handle; gives the token for its address."""
    token = new_token()
    handle.digest = digest(token)
    session.add(handle)
    session.flush()
    return token


def sweep(session: Session, at: datetime) -> None:
    """Forget what has long expired, of all tenants. Needs a session of EVERY_TENANT."""
    session.execute(delete(WindowTicket).where(WindowTicket.expires_at < at))
    for table in (LaunchHandle, BrowserSession):
        session.execute(delete(table).where(table.expires_at < at - _KEPT_AFTER_EXPIRY))
