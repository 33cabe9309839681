"""Credentials of HTTP Basic: a key that may be known and a secret of 256 random bits.

Touches the credential table. Only the secret's SHA-256 is kept, and compared in constant time. A
checked credential is remembered for two seconds, so a revocation holds after two seconds at most.
"""

import hmac
import time
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from foundation.secrets import digest, new_token
from xapi.access import scopes as scoping
from xapi.access.scopes import Scope
from xapi.store.tables import Credential

REMEMBERED = 2.0
"""Seconds for which a credential is not read again."""

_MOST = 10_000
_NOBODY = digest("")


@dataclass(frozen=True, slots=True)
class Grant:
    """Who asks: the credential, its tenant and what it may do."""

    key: str
    tenant: UUID
    scopes: frozenset[Scope]


def create(session: Session, tenant: UUID, name: str, scopes: Collection[str]) -> tuple[str, str]:
    """Make a credential of one tenant: (key, secret). The secret is not shown again.

    Raises ValueError for a scope that does not exist.
    """
    wanted = scoping.parse(scopes)
    key, secret = uuid4().hex, new_token()
    session.add(
        Credential(
            key=key,
            tenant=tenant,
            name=name,
            secret_digest=digest(secret),
            scopes=sorted(wanted),
            created_at=clock.now(),
            revoked_at=None,
        )
    )
    session.flush()
    return key, secret


def listed(session: Session, tenant: UUID) -> list[Credential]:
    """The credentials of a tenant, revoked ones too, the oldest first."""
    query = select(Credential).where(Credential.tenant == tenant)
    return list(session.scalars(query.order_by(Credential.created_at, Credential.key)))


def revoke(session: Session, tenant: UUID, key: str) -> bool:
    """End a credential of this tenant; False where it has none of that key in force."""
    ended = session.execute(
        update(Credential)
        .where(Credential.tenant == tenant, Credential.key == key, Credential.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(Credential.key)
    )
    return ended.first() is not None


class Authenticator:
    """Checks keys and secrets; one for each application, safe in threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, str, Grant]] = {}

    def authenticate(self, key: str, secret: str) -> Grant | None:
        """The grant of a credential in force, or None."""
        if not (key.isascii() and key.isalnum()):
            return None
        known = self._known.get(key)
        if known is None or known[0] < time.monotonic():
            known = self._load(key)
        expected = _NOBODY if known is None else known[1]
        same = hmac.compare_digest(digest(secret), expected)
        return known[2] if same and known is not None else None

    def _load(self, key: str) -> tuple[float, str, Grant] | None:
        until = time.monotonic() + REMEMBERED
        with self._database.reading(EVERY_TENANT) as session:
            row = session.get(Credential, key)
        if row is None or row.revoked_at is not None:
            self._known.pop(key, None)
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        found = frozenset(Scope(name) for name in row.scopes)
        known = (until, row.secret_digest, Grant(row.key, row.tenant, found))
        self._known[key] = known
        return known
