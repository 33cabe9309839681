"""Our own signing keys: made at need, sealed at rest, parsed once a process, published as a JWKS.

Touches the table of tool keys, which key_rotation.py turns over. Serves 1EdTech Security Framework
1.1, 6.3 (RFC 7517): what LMSs verify our client assertions and deep linking answers with.
"""

import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from foundation.secrets import Seal
from lti_tool.platforms import key_rotation
from lti_tool.platforms.key_rotation import KeyRow

KNOWN_FOR = timedelta(seconds=60)
"""How long a process signs without looking whether the keys have turned."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, parsed, and the kid that names it."""

    kid: str
    key: rsa.RSAPrivateKey


class ToolKeys:
    """The keys of this installation; safe between threads, and between processes that start."""

    def __init__(self, db: Database, seal: Seal) -> None:
        self._db = db
        self._seal = seal
        self._lock = threading.Lock()
        self._parsed: dict[str, SigningKey] = {}
        self._signing: SigningKey | None = None
        self._known_until: datetime | None = None

    def signing(self) -> SigningKey:
        """The key to sign with; the first call of an installation makes it.

        Raises SealBroken where TWOFOLD_SECRET_KEY is not the one the key was sealed with.
        """
        with self._lock:
            moment = clock.now()
            known = self._known_until is not None and moment < self._known_until
            if self._signing is None or not known:
                rows = self._published(moment)
                self._signing = self._parse(key_rotation.signer(rows, moment))
                turns = [row.signs_from for row in rows if row.signs_from > moment]
                self._known_until = min([moment + KNOWN_FOR, *turns])
            return self._signing

    def jwks(self) -> dict[str, Any]:
        """The public halves of all keys that sign, will sign or did so lately (RFC 7517)."""
        with self._lock:
            return {"keys": [_public(self._parse(row)) for row in self._published(clock.now())]}

    def _published(self, moment: datetime) -> list[KeyRow]:
        with self._db.reading(EVERY_TENANT) as session:
            rows = key_rotation.published(session, moment)
        if not rows:
            key_rotation.make_first(self._db, self._seal, moment)
            with self._db.reading(EVERY_TENANT) as session:
                rows = key_rotation.published(session, moment)
        return rows

    def _parse(self, row: KeyRow) -> SigningKey:
        if row.kid not in self._parsed:
            key = load_pem_private_key(self._seal.open(row.sealed), password=None)
            if not isinstance(key, rsa.RSAPrivateKey):
                raise TypeError(f"tool key {row.kid} is not an RSA key")
            self._parsed[row.kid] = SigningKey(row.kid, key)
        return self._parsed[row.kid]


def _public(key: SigningKey) -> dict[str, Any]:
    jwk = json.loads(RSAAlgorithm.to_jwk(key.key.public_key()))
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": key.kid,
        "n": jwk["n"],
        "e": jwk["e"],
    }
