"""The state of a login: what it was begun for, sealed, so that nothing is kept until it is used.

Touches nothing but its arguments. Serves OpenID Connect core 3.1.2.1 (state, nonce) and 1EdTech
Security Framework 1.1, 5.1.1. Nonce and browser's secret are derived from the state with the
installation's key: who sees a state in an address can make neither, nor another state.
"""

import base64
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from foundation.secrets import derived_key

LOGIN_SECONDS = 600
_BODY = struct.Struct(">16s16s32sQ")
"""Random bytes, the registration, the target's digest, and the second when the login ends."""
_SEAL_BYTES = 32
_PREFIX = "state-"
"""PyLTI1p3 puts it before every state."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that this installation began and that has not ended by time."""

    state: str
    registration_id: UUID
    target_digest: bytes
    ends_at: int
    """Seconds since 1970."""
    nonce: str
    secret: str
    """What only the browser that began it has."""


class States:
    """Makes states and opens them again, with a key of this installation's."""

    def __init__(self, secret_key: str) -> None:
        self._key = derived_key(secret_key, "logins")

    def new(self, registration_id: UUID, target: str, frame: str | None, at: datetime) -> str:
        """A state, without PyLTI1p3's prefix. `frame`: the one that stores for us (storage.py)."""
        body = _BODY.pack(
            secrets.token_bytes(16),
            registration_id.bytes,
            target_digest(target),
            int(at.timestamp()) + LOGIN_SECONDS,
        )
        mark = "" if frame is None else f".{frame}"
        return _text(body + self._mac("seal", body + mark.encode())) + mark

    def nonce(self, state: str) -> str:
        """The nonce of the login of a state that `new` made."""
        return _text(self._mac("nonce", state.encode()))

    def secret(self, state: str) -> str:
        """The secret of its browser."""
        return _text(self._mac("browser", state.encode()))

    def opened(self, state: str, at: datetime) -> Begun | None:
        """What the state was begun for; None where it is not ours, was changed or has ended."""
        text, dot, frame = state.removeprefix(_PREFIX).partition(".")
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            return None
        body, seal = raw[:-_SEAL_BYTES], raw[-_SEAL_BYTES:]
        mark = f"{dot}{frame}".encode()
        if len(body) != _BODY.size or not hmac.compare_digest(seal, self._mac("seal", body + mark)):
            return None
        # One text for one state: what is used up is the text.
        if state != f"{_PREFIX}{_text(raw)}{dot}{frame}":
            return None
        _, registration, target, ends_at = _BODY.unpack(body)
        if ends_at <= at.timestamp():
            return None
        return Begun(
            state=state,
            registration_id=UUID(bytes=registration),
            target_digest=target,
            ends_at=ends_at,
            nonce=self.nonce(state),
            secret=self.secret(state),
        )

    def _mac(self, purpose: str, message: bytes) -> bytes:
        return hmac.digest(self._key, purpose.encode() + b"\0" + message, "sha256")


def frame_in(state: str) -> str | None:
    """The frame that a state remembers, as `new` was given it."""
    _, mark, frame = state.partition(".")
    return frame if mark else None


def target_digest(target: str) -> bytes:
    """By which a target is compared with the one that the login was begun for."""
    return hashlib.sha256(target.encode()).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
