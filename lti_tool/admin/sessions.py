"""Sessions of administrators: begun by a log-in, ended by leaving, by idleness and by time.

Touches their table. The secret leaves here once, towards the cookie; the database keeps its digest.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from foundation.secrets import digest, new_token
from lti_tool.admin.tables import Administrator, AdministratorSession

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
FOR_A_CODE = timedelta(minutes=5)
"""How long the one-time code may take after the password."""
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Present:
    """The administrator of a request, and the session they are in."""

    id: UUID
    login: str
    session_digest: str
    uses_codes: bool


def begin(session: Session, administrator_id: UUID, at: datetime, *, awaits_code: bool) -> str:
    """A new session; gives the cookie's secret."""
    secret = new_token()
    session.add(
        AdministratorSession(
            digest=digest(secret),
            administrator_id=administrator_id,
            awaits_code=awaits_code,
            created_at=at,
            seen_at=at,
            expires_at=at + (FOR_A_CODE if awaits_code else LONGEST),
        )
    )
    return secret


def find(
    session: Session, secret: str | None, at: datetime, *, awaits_code: bool
) -> tuple[Present, bool] | None:
    """Who has this cookie, and whether it is time to note that they were seen; or None."""
    if not secret:
        return None
    found = session.execute(
        select(Administrator, AdministratorSession)
        .join(Administrator, Administrator.id == AdministratorSession.administrator_id)
        .where(
            AdministratorSession.digest == digest(secret),
            AdministratorSession.awaits_code.is_(awaits_code),
            AdministratorSession.expires_at > at,
            AdministratorSession.seen_at > at - IDLE,
            Administrator.disabled_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        return None
    who, row = found
    present = Present(who.id, who.login, row.digest, who.totp_secret is not None)
    return present, row.seen_at <= at - _SEEN_EVERY


def seen(session: Session, present: Present, at: datetime) -> None:
    """The session was used just now."""
    session.execute(
        update(AdministratorSession)
        .where(AdministratorSession.digest == present.session_digest)
        .values(seen_at=at)
    )


def end(session: Session, secret: str) -> None:
    """End the session of this cookie."""
    session.execute(
        delete(AdministratorSession).where(AdministratorSession.digest == digest(secret))
    )


def end_all(session: Session, administrator_id: UUID, *, but: str = "") -> None:
    """End every session of an administrator but the one of this digest."""
    session.execute(
        delete(AdministratorSession).where(
            AdministratorSession.administrator_id == administrator_id,
            AdministratorSession.digest != but,
        )
    )


def sweep(session: Session, at: datetime) -> None:
    """Forget the sessions that have ended by themselves."""
    session.execute(
        delete(AdministratorSession).where(
            or_(AdministratorSession.expires_at <= at, AdministratorSession.seen_at <= at - IDLE)
        )
    )
