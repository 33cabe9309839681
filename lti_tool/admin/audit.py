"""The audit log: who did what to this installation, and when.

Touches the table of audit entries, inside the transaction of what was done, so that there is never
the one without the other. No personal data: subjects and details name platforms, tenants, keys,
credentials and ids; never a person's name or e-mail address, never a secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.admin.tables import AuditEntry
from xapi.access.credentials import INSTALLATION

COMMAND_LINE = "command line"
"""The actor of what a command of `twofold` did."""
LINK = "registration link"
"""The actor where an LMS registered itself by a link that an administrator had made."""
NOBODY = "nobody known"
"""The actor of what somebody outside did: a log-in that failed, a registration without a link."""
SCHEDULE = "schedule"
"""The actor of what the worker does by the clock."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An audit entry outside of a session."""

    id: int
    at: datetime
    actor: str
    action: str
    tenant_id: UUID | None
    subject: str
    detail: Mapping[str, Any]


def administrator(login: str) -> str:
    """The actor of what an administrator did on a page."""
    return f"administrator {login}"


def note(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str,
    tenant_id: UUID | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write an entry in the transaction of `session`.

    `actor`: COMMAND_LINE, or `administrator(login)`. `action`: a code such as "key.rotated".
    `tenant_id`: whose it is; the installation's own store is kept as no tenant's. `detail`: JSON
    values.
    """
    session.add(
        AuditEntry(
            actor=actor,
            action=action,
            tenant_id=None if tenant_id == INSTALLATION else tenant_id,
            subject=subject[:500],
            detail=dict(detail or {}),
        )
    )


def entries(
    session: Session,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
    action: str | None = None,
) -> list[Entry]:
    """The newest entries with an id below `before`, or the next ones above `after`; newest first.

    `action`: only those of this code, or of those that begin with it and a dot.
    """
    query = select(AuditEntry).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if after is not None:
        query = query.where(AuditEntry.id > after)
    if action:
        query = query.where(
            (AuditEntry.action == action)
            | AuditEntry.action.startswith(f"{action}.", autoescape=True)
        )
    upwards = after is not None
    query = query.order_by(AuditEntry.id if upwards else AuditEntry.id.desc())
    found = [_entry(row) for row in session.scalars(query)]
    return found[::-1] if upwards else found


def actions(session: Session) -> list[str]:
    """Every code that there are entries of, in alphabetical order."""
    query = select(AuditEntry.action).distinct().order_by(AuditEntry.action)
    return list(session.scalars(query))


def _entry(row: AuditEntry) -> Entry:
    return Entry(row.id, row.at, row.actor, row.action, row.tenant_id, row.subject, row.detail)
