"""Retention by the clock and by command: what has grown too old goes, and the audit says how much.

Touches the record store and the audit log; evidence and assessments stay until a person is erased.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from foundation import clock
from foundation.db import Database
from lti_tool.admin import audit
from xapi.privacy import retention
from xapi.privacy.retention import Removed

_LONGEST = 10.0
"""Seconds that the schedule gives a tenant at a time; what is left is for the next hour."""


def step(database: Database) -> bool:
    """Do what is due by now; whether anything was removed.

    What fails for a tenant comes again with the next step, and is raised after the others' turn.
    """
    removed = False
    failed: list[Exception] = []
    for tenant, months in retention.due(database).items():
        cut = retention.before(months, clock.now())
        try:
            whole = apply(database, tenant, cut, months, audit.SCHEDULE, seconds=_LONGEST)
        except Exception as error:  # noqa: BLE001 - raised below
            failed.append(error)
            with database.writing(tenant) as session:
                retention.again(session, tenant)
        else:
            removed = removed or bool(whole)
    if failed:
        raise ExceptionGroup("retention", failed)
    return removed


def apply(
    database: Database,
    tenant: UUID,
    cut: datetime,
    months: int,
    actor: str,
    *,
    seconds: float | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Removed:
    """Remove what is older than `cut`, for at most so many seconds; how much it was."""
    until = None if seconds is None else time.monotonic() + seconds
    whole = Removed()
    done = True
    for one in retention.remove(database, tenant, cut):
        whole.statements += one.statements
        whole.documents += one.documents
        whole.attachments += one.attachments
        progress(one.statements + one.documents)
        if until is not None and time.monotonic() > until:
            done = False
            break
    with database.writing(tenant) as session:
        if not done:
            retention.again(session, tenant)
        if whole:
            audit.note(
                session,
                actor=actor,
                action="retention.applied",
                subject=f"records older than {months} months",
                tenant_id=tenant,
                detail=asdict(whole),
            )
    return whole
