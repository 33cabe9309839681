"""Secrets: random tokens, the digests we store instead of them, and encryption at rest.

Touches nothing but its arguments. A token is 256 random bits, so an unsalted SHA-256 is enough to
store it by; passwords that people choose have no place here.
"""

import base64
import hashlib
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBroken(ValueError):
    """The sealed text was not made with this installation's secret key, or it was changed."""


def new_token(prefix: str = "") -> str:
    """A URL-safe random token of 256 bits, with an optional readable prefix."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """The hexadecimal SHA-256 of a token: what the database keeps instead of the token."""
    return hashlib.sha256(token.encode()).hexdigest()


@lru_cache(maxsize=64)
def derived_key(secret_key: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, derived from the installation's secret (RFC 5869)."""
    hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode())
    return hkdf.derive(secret_key.encode())


class Seal:
    """Encrypts small secrets at rest under the installation's secret key (Fernet: AES, HMAC)."""

    def __init__(self, secret_key: str) -> None:
        key = derived_key(secret_key, "encryption at rest")
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, plain: bytes) -> str:
        """Encrypt `plain`; the result is printable text."""
        return self._fernet.encrypt(plain).decode()

    def open(self, sealed: str) -> bytes:
        """Decrypt what `seal` made. Raises SealBroken where the key is another."""
        try:
            return self._fernet.decrypt(sealed.encode())
        except InvalidToken as error:
            raise SealBroken("sealed with another secret key, or changed") from error
