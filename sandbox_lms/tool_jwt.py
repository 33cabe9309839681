"""Verifies a JWT that a tool signed: client assertions and deep linking responses.

Touches the tool's key set (through ToolKeys). Serves the 1EdTech Security Framework 1.1,
sections 4 and 5.2: RS256 only, kid, iss, aud, exp, iat.
"""

from typing import Any, cast

import jwt
from flask import current_app

from sandbox_lms.judge import Refused
from sandbox_lms.keys import ToolKeys

_LONGEST_LIFE_SECONDS = 3600
_RULES: list[tuple[type[jwt.PyJWTError], str]] = [
    (jwt.ExpiredSignatureError, "jwt-expired"),
    (jwt.ImmatureSignatureError, "jwt-from-the-future"),
    (jwt.InvalidAudienceError, "jwt-audience"),
    (jwt.InvalidIssuerError, "jwt-issuer"),
    (jwt.InvalidSignatureError, "jwt-signature"),
    (jwt.MissingRequiredClaimError, "jwt-claim-missing"),
]


def verified_claims(
    token: str, *, client_id: str, jwks_url: str, audience: str, also_required: str
) -> dict[str, Any]:
    """The claims of a JWT that this client signed for this audience.

    `also_required` is the one-use claim ("jti" or "nonce") that must be a non-empty string.
    Refused with status 401 and OAuth error invalid_client on any fault.
    """
    header = _header(token)
    if header.get("alg") != "RS256":
        raise _refused("jwt-algorithm", f"The JWT is signed with {header.get('alg')!r}, not RS256.")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise _refused("jwt-no-kid", "The JWT header has no kid.")
    keys = cast(ToolKeys, current_app.extensions["sandbox_tool_keys"])
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            keys.find(jwks_url, kid),
            algorithms=["RS256"],
            audience=audience,
            issuer=client_id,
            options={"require": ["iss", "aud", "exp", "iat", also_required]},
        )
    except (jwt.PyJWTError, OverflowError) as error:
        rule = next((code for kind, code in _RULES if isinstance(error, kind)), "jwt-malformed")
        raise _refused(rule, f"The JWT was refused: {error}.") from error
    if not all(isinstance(claims[name], int | float) for name in ("exp", "iat")):
        raise _refused("jwt-malformed", "exp and iat must be numbers.")
    if claims["exp"] - claims["iat"] > _LONGEST_LIFE_SECONDS:
        raise _refused("jwt-lives-too-long", "The JWT lives longer than one hour.")
    once = claims[also_required]
    if not isinstance(once, str) or not once or len(once) > 255:
        raise _refused("jwt-claim-missing", f"{also_required} must be a text of 1 to 255 letters.")
    return claims


def unverified_issuer(token: str) -> str:
    """The iss of a JWT before it is verified: only to find whose keys to verify it with."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise _refused("jwt-malformed", "What was sent is not a JWT.") from error
    issuer = claims.get("iss")
    if not isinstance(issuer, str):
        raise _refused("jwt-issuer", "The JWT's iss is missing or not a text.")
    return issuer


def _header(token: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise _refused("jwt-malformed", "What was sent is not a JWT.") from error


def _refused(rule: str, reason: str) -> Refused:
    return Refused(401, rule, reason, "invalid_client")
