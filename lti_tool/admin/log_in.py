"""Logging in: a name with a password, then a one-time code where the administrator uses one.

Touches administrators, attempts and sessions. Hashing happens between two transactions; a name that
nobody has costs the same work and the same commits as a wrong password.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT
from foundation.secrets import SealBroken
from lti_tool.admin import audit, codes, limits, passwords, sessions
from lti_tool.admin.accounts import folded
from lti_tool.admin.tables import Administrator
from lti_tool.services import Services

_log = structlog.get_logger("twofold")


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that began; `secret` is the cookie's."""

    secret: str
    awaits_code: bool


def with_password(services: Services, login: str, password: str, address: str) -> Begun | None:
    """Begin a session; None where name and password do not belong together.

    Raises limits.TooManyAttempts.
    """
    name = folded(login)[:200]
    who = limits.trying(services.settings.secret_key, name, address)
    with services.db.writing(EVERY_TENANT) as session:
        attempt = limits.begin(session, who, clock.now())
    with services.db.reading(EVERY_TENANT) as session:
        row = session.scalar(select(Administrator).where(Administrator.login == name))
    kept = row.password_hash if row is not None and row.disabled_at is None else None
    is_right = passwords.matches(kept, password)
    at = clock.now()
    with services.db.writing(EVERY_TENANT) as session:
        # Locked and read again: the password may have been changed while it was compared.
        now = None if row is None else session.get(Administrator, row.id, with_for_update=True)
        if not is_right or now is None or now.password_hash != kept or now.disabled_at is not None:
            limits.failed(session, attempt, at)
            if now is not None:
                audit.note(
                    session, actor=audit.NOBODY, action="admin.login.failed", subject=now.login
                )
            return None
        if now.totp_secret is not None:
            limits.half_way(session, attempt)
            return Begun(sessions.begin(session, now.id, at, awaits_code=True), True)
        return Begun(_in(session, now, who, at), False)


def is_password_of(
    services: Services, present: sessions.Present, password: str, address: str
) -> bool:
    """Whether somebody who is logged in knows the password; counted as a log-in is.

    Raises limits.TooManyAttempts.
    """
    who = limits.trying(services.settings.secret_key, present.login, address)
    with services.db.writing(EVERY_TENANT) as session:
        attempt = limits.begin(session, who, clock.now())
    with services.db.reading(EVERY_TENANT) as session:
        kept = session.get_one(Administrator, present.id).password_hash
    is_right = passwords.matches(kept, password)
    with services.db.writing(EVERY_TENANT) as session:
        if is_right:
            limits.half_way(session, attempt)
        else:
            limits.failed(session, attempt, clock.now())
    return is_right


def with_code(
    services: Services, half: sessions.Present, half_secret: str, typed: str, address: str
) -> Begun | None:
    """Turn a session that awaits a code into a whole one, with a new secret; None: wrong code.

    A code works once. Raises limits.TooManyAttempts.
    """
    who = limits.trying(services.settings.secret_key, half.login, address)
    with services.db.writing(EVERY_TENANT) as session:
        attempt = limits.begin(session, who, clock.now())
    with services.db.reading(EVERY_TENANT) as session:
        row = session.get_one(Administrator, half.id)
    at = clock.now()
    step = _step(services, row, typed, at)
    with services.db.writing(EVERY_TENANT) as session:
        if step is None or not _use(session, row, step):
            limits.failed(session, attempt, at)
            audit.note(session, actor=audit.NOBODY, action="admin.login.failed", subject=row.login)
            return None
        sessions.end(session, half_secret)
        return Begun(_in(session, row, who, at), False)


def _step(services: Services, row: Administrator, typed: str, at: datetime) -> int | None:
    """The time step of a code that is right and new, else None."""
    try:
        secret = services.seal.open(row.totp_secret or "").decode()
    except SealBroken:
        _log.error("admin.totp.sealed", hint="twofold admin totp --off")
        return None
    return codes.accepted_step(secret, typed, row.totp_step, at)


def _use(session: Session, row: Administrator, step: int) -> bool:
    """Use a time step up; whether nobody else did, and nothing has changed meanwhile."""
    used = session.execute(
        update(Administrator)
        .where(
            Administrator.id == row.id,
            Administrator.disabled_at.is_(None),
            Administrator.totp_secret == row.totp_secret,
            or_(Administrator.totp_step.is_(None), Administrator.totp_step < step),
        )
        .values(totp_step=step)
        .returning(Administrator.id)
    )
    return used.scalar() is not None


def _in(session: Session, row: Administrator, who: limits.Trying, at: datetime) -> str:
    limits.succeeded(session, who)
    audit.note(
        session, actor=audit.administrator(row.login), action="admin.login", subject=row.login
    )
    return sessions.begin(session, row.id, at, awaits_code=False)
