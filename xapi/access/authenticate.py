"""Who asks: checks a key and a secret, in constant time, and what a browser's page may do.

Touches the credential table. A credential that was read is remembered for two seconds, so that a
revocation holds after two seconds at most and a busy client costs no queries.
"""

import hmac
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from foundation.secrets import digest
from xapi.access.credentials import INSTALLATION
from xapi.access.scopes import Scope
from xapi.store.tables import Credential

REMEMBERED = 2.0
"""Seconds for which a credential is not read again."""

_MOST = 10_000
_NOBODY = digest("")


@dataclass(frozen=True, slots=True)
class Grant:
    """Who asks: the credential, whose store it works in, and what it may do there."""

    key: str
    owner: UUID
    tenant: UUID
    scopes: frozenset[Scope]
    rate: int | None = None
    """The most requests a minute."""
    origins: frozenset[str] | None = None
    """The web origins that may use it; None: any."""

    def may_enter(self, store: UUID) -> bool:
        """Whether it works in that store: its own, or any where the installation owns it."""
        return store == self.owner or self.owner == INSTALLATION


@dataclass(frozen=True, slots=True)
class _Known:
    until: float
    secret_digest: str
    old_digest: str
    old_until: datetime
    grant: Grant


class Authenticator:
    """Checks keys and secrets; one for each application, safe in threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, _Known] = {}

    def authenticate(self, key: str, secret: str) -> Grant | None:
        """The grant of a credential in force, or None."""
        if not (key.isascii() and key.isalnum()):
            return None
        known = self._known.get(key)
        if known is None or known.until < time.monotonic():
            known = self._load(key)
        given = digest(secret)
        same = hmac.compare_digest(given, _NOBODY if known is None else known.secret_digest)
        before = hmac.compare_digest(given, _NOBODY if known is None else known.old_digest)
        if known is None or not (same or (before and clock.now() < known.old_until)):
            return None
        return known.grant

    def _load(self, key: str) -> _Known | None:
        until = time.monotonic() + REMEMBERED
        with self._database.reading(EVERY_TENANT) as session:
            row = session.get(Credential, key)
        if row is None or row.revoked_at is not None:
            self._known.pop(key, None)
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        grant = Grant(
            row.key,
            row.tenant,
            row.tenant,
            frozenset(Scope(name) for name in row.scopes),
            row.rate,
            None if row.origins is None else frozenset(row.origins),
        )
        known = _Known(
            until,
            row.secret_digest,
            row.old_digest or _NOBODY,
            row.old_until or row.created_at,
            grant,
        )
        self._known[key] = known
        return known
