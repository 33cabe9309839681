"""Our own signing keys: made at need, sealed at rest, parsed once a process, published as a JWKS.

Touches the table of tool keys. Serves 1EdTech Security Framework 1.1, 6.3 (RFC 7517): what LMSs
verify our client assertions and deep linking answers with.
"""

import json
import threading
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import RSAAlgorithm
from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from foundation.secrets import Seal, new_token
from lti_tool.platforms.tables import ToolKey

_BITS = 2048


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

    def signing(self) -> SigningKey:
        """The key to sign with; the first call of an installation makes it.

        Raises SealBroken where TWOFOLD_SECRET_KEY is not the one the key was sealed with.
        """
        with self._lock:
            if self._signing is None:
                self._signing = self._published()[0]
            return self._signing

    def jwks(self) -> dict[str, Any]:
        """The public halves of all keys that are not retired, as a JSON Web Key Set."""
        with self._lock:
            return {"keys": [_public(key) for key in self._published()]}

    def _published(self) -> list[SigningKey]:
        rows = self._rows()
        if not rows:
            self._make()
            rows = self._rows()
        return [self._parse(kid, sealed) for kid, sealed in rows]

    def _rows(self) -> list[tuple[str, str]]:
        query = (
            select(ToolKey.id, ToolKey.private_pem)
            .where(ToolKey.retired_at.is_(None))
            .order_by(ToolKey.created_at, ToolKey.id)
        )
        with self._db.reading(EVERY_TENANT) as session:
            return [(kid, sealed) for kid, sealed in session.execute(query)]

    def _make(self) -> None:
        # Two processes may each make one at the same moment: both are published, both are valid.
        key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        sealed = self._seal.seal(pem)
        with self._db.writing(EVERY_TENANT) as session:
            session.add(ToolKey(id=new_token()[:16], private_pem=sealed))

    def _parse(self, kid: str, sealed: str) -> SigningKey:
        if kid not in self._parsed:
            key = load_pem_private_key(self._seal.open(sealed), password=None)
            if not isinstance(key, rsa.RSAPrivateKey):
                raise TypeError(f"tool key {kid} is not an RSA key")
            self._parsed[kid] = SigningKey(kid, key)
        return self._parsed[kid]


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
