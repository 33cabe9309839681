"""Keys: the platform's own signing key, and the public keys that tools publish.

Touches the meta table (our private key) and the tools' key set addresses over HTTP.
Serves the 1EdTech Security Framework 1.1, section 6 (key management).
"""

import threading
import time
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from sandbox_lms.judge import Refused
from sandbox_lms.store import Store, one

_TIMEOUT_SECONDS = 5
_KEEP_SECONDS = 300


class PlatformKey:
    """The RSA key with which the LMS signs; parsed once, because parsing PEM is slow."""

    def __init__(self, store: Store) -> None:
        pem = _stored_pem(store)
        key = serialization.load_pem_private_key(pem.encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the stored platform key is not an RSA key")
        self._keys = {_kid(key): key}
        self.kid = _kid(key)
        """Of the key that signs; any one that is published may."""

    @property
    def public_jwks(self) -> list[dict[str, Any]]:
        """The key set, newest last."""
        return [_public_jwk(key) for key in self._keys.values()]

    def rotate(self, *, keep: bool) -> str:
        """Sign with a new key; `keep`: the former ones stay published. It lasts until a restart."""
        key = _new_key()
        self._keys = {**(self._keys if keep else {}), _kid(key): key}
        self.kid = _kid(key)
        return self.kid

    def sign(self, claims: dict[str, Any]) -> str:
        """The claims as a compact RS256 JWT with our key id in the header."""
        key = self._keys[self.kid]
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": self.kid})


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _kid(key: rsa.RSAPrivateKey) -> str:
    return str(_public_jwk(key)["kid"])


def _public_jwk(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    jwk: dict[str, Any] = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    jwk.pop("key_ops", None)
    return {**jwk, "alg": "RS256", "use": "sig", "kid": str(jwk["n"])[:16]}


def _stored_pem(store: Store) -> str:
    with store.writing() as connection:
        row = one(connection, "SELECT value FROM meta WHERE name = 'platform_key'")
        if row is not None:
            return str(row["value"])
        pem = (
            _new_key()
            .private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            .decode()
        )
        connection.execute("INSERT INTO meta (name, value) VALUES ('platform_key', ?)", (pem,))
        return pem


class ToolKeys:
    """The tools' public keys by key set URL; kept for five minutes, fetched again for a new kid."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, dict[str, jwt.PyJWK]]] = {}

    def find(self, jwks_url: str, kid: str) -> jwt.PyJWK:
        """The key with this kid. Refused if the set cannot be read or does not hold it."""
        fetched, keys = self._known.get(jwks_url, (0.0, {}))
        if kid not in keys or time.time() - fetched > _KEEP_SECONDS:
            with self._lock:
                keys = _fetch(jwks_url)
                self._known[jwks_url] = (time.time(), keys)
        if kid not in keys:
            raise Refused(
                401, "jwt-unknown-kid", f"The tool's key set has no RSA key {kid!r}.", _CLIENT
            )
        return keys[kid]


_CLIENT = "invalid_client"


def _fetch(jwks_url: str) -> dict[str, jwt.PyJWK]:
    try:
        answer = requests.get(jwks_url, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
        entries = answer.json()["keys"] if answer.status_code == 200 else None
    except (requests.RequestException, ValueError, KeyError, TypeError):
        entries = None
    if not isinstance(entries, list):
        raise Refused(
            401,
            "jwks-unreachable",
            f"The tool's key set at {jwks_url} could not be read (it must answer 200 with"
            ' {"keys": [...]} within 5 s).',
            _CLIENT,
        )
    keys: dict[str, jwt.PyJWK] = {}
    for entry in entries:
        usable = isinstance(entry, dict) and entry.get("kty") == "RSA"
        if usable and isinstance(entry.get("kid"), str) and "d" not in entry:
            try:
                keys[entry["kid"]] = jwt.PyJWK(entry, algorithm="RS256")
            except jwt.PyJWTError:
                continue
    return keys
