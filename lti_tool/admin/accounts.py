"""Who the administrators are: made, given another password or second factor, let in or kept out.

Touches administrators, their sessions and failed log-ins, each change with its audit entry in the
same transaction. Passwords are hashed before a transaction begins.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from foundation.secrets import Seal
from lti_tool.admin import audit, limits, passwords, sessions
from lti_tool.admin.tables import Administrator
from rubrics.errors import Refused

_LOGIN = re.compile(r"[\w.@+-]{2,64}")


@dataclass(frozen=True, slots=True)
class Account:
    """An administrator outside of a session."""

    login: str
    created_at: datetime
    uses_codes: bool
    disabled_at: datetime | None


def folded(login: str) -> str:
    """A login name as it is kept and compared."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def add(db: Database, login: str, password: str, *, actor: str) -> None:
    """Make an administrator. Raises Refused (codes "admin.…")."""
    name = folded(login)
    if not _LOGIN.fullmatch(name):
        raise Refused(
            "admin.login",
            "A login name has 2 to 64 letters, digits and . _ @ + - and no spaces.",
        )
    passwords.check_new(name, password)
    kept = passwords.hash_of(password)
    with db.writing(EVERY_TENANT) as session:
        if _find(session, name) is not None:
            raise Refused("admin.known", "There is an administrator %(login)s already.", login=name)
        session.add(Administrator(login=name, password_hash=kept))
        audit.note(session, actor=actor, action="admin.created", subject=name)


def set_password(
    db: Database, login: str, password: str, *, actor: str, secret_key: str, but: str = ""
) -> None:
    """Give an administrator another password, and end their sessions but the one of digest `but`.

    What failed before is forgiven. Raises Refused.
    """
    name = folded(login)
    passwords.check_new(name, password)
    kept = passwords.hash_of(password)
    with db.writing(EVERY_TENANT) as session:
        row = _require(session, name)
        row.password_hash = kept
        sessions.end_all(session, row.id, but=but)
        limits.forgive(session, limits.trying(secret_key, name, ""))
        audit.note(session, actor=actor, action="admin.password.changed", subject=name)


def switch_codes_on(
    db: Database, seal: Seal, login: str, secret: str, step: int, *, actor: str, but: str
) -> None:
    """Ask for a one-time code from now on; `step` is that of the code which proved the secret."""
    sealed = seal.seal(secret.encode())
    with db.writing(EVERY_TENANT) as session:
        row = _require(session, folded(login))
        row.totp_secret, row.totp_step = sealed, step
        sessions.end_all(session, row.id, but=but)
        audit.note(session, actor=actor, action="admin.totp.on", subject=row.login)


def switch_codes_off(db: Database, login: str, *, actor: str, but: str = "") -> None:
    """Let the password be enough from now on. Raises Refused."""
    with db.writing(EVERY_TENANT) as session:
        row = _require(session, folded(login))
        row.totp_secret = row.totp_step = None
        sessions.end_all(session, row.id, but=but)
        audit.note(session, actor=actor, action="admin.totp.off", subject=row.login)


def disable(db: Database, login: str, *, actor: str) -> None:
    """Keep an administrator out, from this moment. Raises Refused."""
    with db.writing(EVERY_TENANT) as session:
        row = _require(session, folded(login))
        row.disabled_at = row.disabled_at or clock.now()
        sessions.end_all(session, row.id)
        audit.note(session, actor=actor, action="admin.disabled", subject=row.login)


def enable(db: Database, login: str, *, actor: str) -> None:
    """Let a disabled administrator in again. Raises Refused."""
    with db.writing(EVERY_TENANT) as session:
        row = _require(session, folded(login))
        row.disabled_at = None
        audit.note(session, actor=actor, action="admin.enabled", subject=row.login)


def listed(session: Session) -> list[Account]:
    """All administrators, by name."""
    rows = session.scalars(select(Administrator).order_by(Administrator.login))
    return [
        Account(row.login, row.created_at, row.totp_secret is not None, row.disabled_at)
        for row in rows
    ]


def _find(session: Session, name: str) -> Administrator | None:
    return session.scalar(
        select(Administrator).where(Administrator.login == name).with_for_update()
    )


def _require(session: Session, name: str) -> Administrator:
    row = _find(session, name)
    if row is None:
        raise Refused(
            "admin.unknown",
            "There is no administrator %(login)s. See: twofold admin list",
            login=name,
        )
    return row
