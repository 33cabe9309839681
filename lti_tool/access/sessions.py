"""Browser sessions and launch handles: begun by a launch, ended by another person or by time.

Touches their tables. Secrets leave here once, towards the cookie or the address; the database
keeps digests.
"""

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy import Table, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from foundation.db import beneath, tenant_of
from foundation.secrets import digest, new_token
from lti_tool.access.tables import BrowserSession, LaunchHandle, WindowTicket

_KEPT_AFTER_EXPIRY = timedelta(days=7)
"""So that an old tab can be told what happened."""
_SESSIONS = cast(Table, BrowserSession.__table__)
_HANDLES = cast(Table, LaunchHandle.__table__)
# Built once: every launch sends them. On the tables, not the classes: the former session may be
# another tenant's.
_ORIGIN = _SESSIONS.alias("origin")
_ROOT = select(func.coalesce(_ORIGIN.c.root_id, _ORIGIN.c.id)).where(
    _ORIGIN.c.id == bindparam("from_id")
)
_ROOT_OF_ANOTHER = _ROOT.scalar_subquery()
_ROOT_OF_THE_SAME = _ROOT.where(
    _ORIGIN.c.person_id == bindparam("person"), _ORIGIN.c.ended_at.is_(None)
).scalar_subquery()
_END_OF_ANOTHER = (
    update(_SESSIONS)
    .where(
        or_(_SESSIONS.c.id == _ROOT_OF_ANOTHER, _SESSIONS.c.root_id == _ROOT_OF_ANOTHER),
        _SESSIONS.c.person_id != bindparam("person"),
        _SESSIONS.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("at"))
)
_NEW_SESSION = insert(_SESSIONS).values(root_id=_ROOT_OF_THE_SAME)
_NEW_HANDLE = insert(_HANDLES)


def begin_session(
    session: Session,
    *,
    tenant_id: UUID,
    person_id: UUID,
    former_secret: str | None,
    at: datetime,
    hours: int,
    from_id: str | None = None,
) -> str:
    """A new session of the person; gives the cookie's secret.

    `former_secret` is what this browser's cookie held before: a session of somebody else, of
    whatever tenant, ends here together with those of its root. `from_id` is the person's session
    that the new one comes from, where that is not the former one.
    """
    session.flush()
    connection = beneath(session)
    former_id = digest(former_secret) if former_secret else None
    if former_id:
        asked = {"from_id": former_id, "person": person_id, "at": at}
        connection.execute(_END_OF_ANOTHER, asked)
    secret = new_token()
    row = {
        "id": digest(secret),
        "tenant_id": tenant_id,
        "person_id": person_id,
        "created_at": at,
        "expires_at": at + timedelta(hours=hours),
    }
    origin = {"from_id": from_id or former_id, "person": person_id}
    connection.execute(_NEW_SESSION, row | origin)
    return secret


def is_live(row: BrowserSession, at: datetime) -> bool:
    """Whether the session still opens pages."""
    return row.ended_at is None and row.expires_at > at


def add_handle(session: Session, handle: LaunchHandle) -> str:
    """Store a handle of the session's tenant, or its own; gives the token for its address.

    The handle itself gets its id and stays outside of the session.
    """
    token = new_token()
    handle.id = handle.id or uuid4()
    handle.tenant_id = handle.tenant_id or tenant_of(session)
    handle.digest = digest(token)
    session.flush()
    # A column that was not set takes its default.
    set_ones = {name: value for name, value in vars(handle).items() if name in _HANDLES.c}
    beneath(session).execute(_NEW_HANDLE, set_ones)
    return token


def sweep(session: Session, at: datetime) -> None:
    """Forget what has long expired, of all tenants. Needs a session of EVERY_TENANT."""
    session.execute(delete(WindowTicket).where(WindowTicket.expires_at < at))
    for table in (LaunchHandle, BrowserSession):
        session.execute(delete(table).where(table.expires_at < at - _KEPT_AFTER_EXPIRY))
