"""The public keys of the LMSs: fetched from their key sets, parsed once, kept and refreshed.

Touches the network through the guarded client only. Serves 1EdTech Security Framework 1.1, 6.3: a
platform may rotate its keys at any time, and a launch must not wait for a fetch that is not needed.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from foundation.http import HttpFailed, HttpRefused, HttpResponse
from lti_tool.outgoing import on_behalf_of
from lti_tool.platforms.registrations import RegistrationInfo

FRESH_SECONDS = 3600.0
"""How long a key set is used without asking again."""
STALE_SECONDS = 24 * 3600.0
"""How long it may still be used while the LMS cannot be reached."""
RETRY_SECONDS = 30.0
"""The least time between two fetches of one key set, whatever is asked."""
MOST_KEYS = 50
_SMALLEST_BITS, _LARGEST_BITS = 2048, 8192


class Http(Protocol):
    """What is needed of foundation.http.HttpClient."""

    def request(
        self, method: str, url: str, *, private_hosts: tuple[str, ...] = (), max_bytes: int = ...
    ) -> HttpResponse:
        """One call without redirects."""


class KeysUnavailable(Exception):
    """The LMS's key set cannot be had and no earlier one is usable; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class _KeySet:
    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: dict[str, RSAPublicKey] = field(default_factory=dict)
    fetched_at: float | None = None
    tried_at: float | None = None
    failure: str = ""


class PlatformKeys:
    """The key sets of all platforms; one per process, safe between threads."""

    def __init__(self, http: Http, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._clock = clock
        self._lock = threading.Lock()
        self._sets: dict[tuple[str, tuple[str, ...]], _KeySet] = {}

    def key_for(self, registration: RegistrationInfo, kid: str) -> RSAPublicKey | None:
        """The key of this kid in the registration's key set; None where it has no such key.

        Raises KeysUnavailable where the key set could not be had.
        """
        address = (registration.key_set_url, registration.private_hosts)
        with self._lock:
            keys = self._sets.setdefault(address, _KeySet())
        key = keys.keys.get(kid)
        if key is not None and self._age(keys) < FRESH_SECONDS:
            return key
        # While one thread asks a slow LMS, the others go on with the key that is known.
        known_serves = key is not None and self._age(keys) < STALE_SECONDS
        if not keys.lock.acquire(blocking=not known_serves):
            return key
        try:
            if kid not in keys.keys or self._age(keys) >= FRESH_SECONDS:
                self._refresh(keys, registration)
            if self._age(keys) >= STALE_SECONDS:
                raise KeysUnavailable(keys.failure or "http.unreachable")
            return keys.keys.get(kid)
        finally:
            keys.lock.release()

    def _age(self, keys: _KeySet) -> float:
        return float("inf") if keys.fetched_at is None else self._clock() - keys.fetched_at

    def _refresh(self, keys: _KeySet, registration: RegistrationInfo) -> None:
        moment = self._clock()
        if keys.tried_at is not None and moment - keys.tried_at < RETRY_SECONDS:
            return
        keys.tried_at = moment
        try:
            keys.keys = read_keys(self._http, registration)
        except (HttpFailed, HttpRefused) as error:
            keys.failure = error.code
        else:
            keys.fetched_at = moment
            keys.failure = ""


def read_keys(http: Http, registration: RegistrationInfo) -> dict[str, RSAPublicKey]:
    """The usable keys of an LMS by kid, asked for now. Raises HttpFailed and HttpRefused."""
    with on_behalf_of(registration.id):
        answer = http.request(
            "GET",
            registration.key_set_url,
            private_hosts=registration.private_hosts,
            max_bytes=200_000,
        )
    if answer.status != 200:
        raise HttpFailed("http.status", f"the key set answered {answer.status}")
    return _parse(answer.json())


def _parse(document: Any) -> dict[str, RSAPublicKey]:
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise HttpFailed("http.keys", "the answer is not a key set")
    found: dict[str, RSAPublicKey] = {}
    for jwk in listed:
        key = _usable(jwk)
        if key is not None:
            found.setdefault(jwk["kid"], key)
    return found


def _usable(jwk: Any) -> RSAPublicKey | None:
    """An RSA key for RS256 signatures of a decent size; others are no business of ours."""
    if (
        not isinstance(jwk, dict)
        or jwk.get("kty") != "RSA"
        or jwk.get("alg", "RS256") != "RS256"
        or jwk.get("use", "sig") != "sig"
        or not isinstance(jwk.get("kid"), str)
        or not all(isinstance(jwk.get(part), str) for part in ("n", "e"))
    ):
        return None
    try:
        key = RSAAlgorithm.from_jwk({"kty": "RSA", "n": jwk["n"], "e": jwk["e"]})
    except (InvalidKeyError, ValueError):
        return None
    usable = isinstance(key, RSAPublicKey) and _SMALLEST_BITS <= key.key_size <= _LARGEST_BITS
    return key if usable and isinstance(key, RSAPublicKey) else None
