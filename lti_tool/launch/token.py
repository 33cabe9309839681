"""The id_token as a JWT: taken apart strictly and verified with a key that is parsed already.

Touches nothing but its arguments. Serves RFC 7515, 7519 and 1EdTech Security Framework 1.1, 5.1:
RS256 only, `kid` required; keys or key addresses inside the header are never looked at.
"""

import base64
import json
import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

from lti_tool.launch.codes import LaunchRefused

LONGEST_TOKEN = 100_000
"""Characters."""
_LONGEST_KID = 255
_SHAPE = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_RS256 = RSAAlgorithm(RSAAlgorithm.SHA256)


@dataclass(frozen=True, slots=True)
class Token:
    """A JWT whose signature nobody has verified yet."""

    kid: str
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def parse(text: str) -> Token:
    """Take a compact JWS apart. Raises LaunchRefused (codes "launch.token.…")."""
    if len(text) > LONGEST_TOKEN:
        raise LaunchRefused("launch.request.large", "id_token")
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise LaunchRefused("launch.token.malformed", "parts")
    header = _json_object(shape[1], "header")
    if header.get("alg") != "RS256":
        raise LaunchRefused("launch.token.algorithm")
    if "crit" in header or "b64" in header:
        raise LaunchRefused("launch.token.malformed", "crit")
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= _LONGEST_KID:
        raise LaunchRefused("launch.token.kid")
    return Token(
        kid=kid,
        claims=_json_object(shape[2], "payload"),
        signed=text[: shape.end(2)].encode(),
        signature=_bytes(shape[3], "signature"),
    )


def verify(token: Token, key: RSAPublicKey) -> None:
    """Check the signature. Raises LaunchRefused (launch.signature)."""
    if not _RS256.verify(token.signed, key, token.signature):
        raise LaunchRefused("launch.signature")


def _bytes(part: str, name: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError as error:
        raise LaunchRefused("launch.token.malformed", name) from error


def _json_object(part: str, name: str) -> dict[str, Any]:
    try:
        value = _DECODER.decode(_bytes(part, name).decode())
    except (ValueError, RecursionError) as error:
        raise LaunchRefused("launch.token.malformed", name) from error
    if not isinstance(value, dict):
        raise LaunchRefused("launch.token.malformed", name)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_finite, parse_constant=_no_number)
