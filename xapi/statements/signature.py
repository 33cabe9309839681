"""Signed statements: whether a JSON Web Signature signs this statement. Pure.

xAPI 1.0.3 Data 2.6, IEEE 9274.1.1 4.2.6 (RFC 7515): RS256, RS384 or RS512; the payload is the
statement before it was signed; with certificates (x5c) the signature is verified by the first.
"""

import base64
import binascii
from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from xapi.statements import compare, parse, times, validate
from xapi.statements.attachments import is_signature
from xapi.statements.errors import V1, Invalid

_ALGORITHMS = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}
_MOST_CERTIFICATES = 10


class _Bad(Exception):
    """The signature cannot be accepted: a code and a message."""


def check(jws: bytes, statement: Mapping[str, Any], version: str) -> None:
    """Raise Invalid unless `jws` signs the statement, a valid one of `version` with its id."""
    try:
        _check(jws, statement, version)
    except _Bad as error:
        code, message = error.args
        section = "xAPI 1.0.3 Data 2.6" if version == V1 else "IEEE 9274.1.1 4.2.6"
        raise Invalid(f"signature.{code}", "$", message, section) from None


def _check(jws: bytes, statement: Mapping[str, Any], version: str) -> None:
    parts = jws.split(b".")
    if len(parts) != 3:
        raise _Bad("form", "the signature is not a JWS in compact form (three parts, two dots)")
    header_data, payload, signature = (_decoded(part) for part in parts)
    header = _json(header_data, "header")
    algorithm = _ALGORITHMS.get(header.get("alg", "")) if _is_text(header.get("alg")) else None
    if algorithm is None:
        raise _Bad("algorithm", f"alg must be one of {', '.join(_ALGORITHMS)}")
    if "x5c" in header:
        key = _key(header["x5c"])
        try:
            key.verify(signature, parts[0] + b"." + parts[1], padding.PKCS1v15(), algorithm)
        except (InvalidSignature, ValueError):
            raise _Bad("wrong", "the certificate's key does not verify the signature") from None
    elif not signature:
        raise _Bad("form", "the signature is empty")
    _compare(_json(payload, "payload"), statement, version)


def _compare(signed: dict[str, Any], statement: Mapping[str, Any], version: str) -> None:
    try:
        validate.check(signed, version)
    except Invalid as error:
        raise _Bad("payload", f"the payload is no statement: {error}") from None
    same = compare.comparison_hash(_unsigned(signed)) == compare.comparison_hash(
        _unsigned(statement)
    )
    identity = signed.get("id", statement["id"])
    if not same or UUID(identity) != UUID(statement["id"]) or _at(signed) != _at(statement):
        raise _Bad("payload", "the payload is another statement than the one that it signs")


def _unsigned(statement: Mapping[str, Any]) -> dict[str, Any]:
    bare = dict(statement)
    others = [one for one in bare.pop("attachments", ()) if not is_signature(one)]
    return {**bare, "attachments": others} if others else bare


def _at(statement: Mapping[str, Any]) -> int | None:
    return times.moment(statement["timestamp"]) if "timestamp" in statement else None


def _key(chain: object) -> rsa.RSAPublicKey:
    """The key of the first certificate, each of which the next one issued."""
    if not isinstance(chain, list) or not 0 < len(chain) <= _MOST_CERTIFICATES:
        raise _Bad("certificate", "x5c must be a list of certificates")
    certificates = [_certificate(one) for one in chain]
    try:
        for issued, issuer in pairwise(certificates):
            issued.verify_directly_issued_by(issuer)
        key = certificates[0].public_key()
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        raise _Bad("certificate", "a certificate of x5c was not issued by the next") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise _Bad("certificate", "the first certificate of x5c has no RSA key")
    return key


def _certificate(encoded: object) -> x509.Certificate:
    try:
        if not isinstance(encoded, str):
            raise TypeError
        return x509.load_der_x509_certificate(base64.b64decode(encoded, validate=True))
    except (ValueError, TypeError, x509.InvalidVersion):
        raise _Bad("certificate", "a text of x5c is no certificate (DER in base64)") from None


def _decoded(part: bytes) -> bytes:
    try:
        return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise _Bad("form", "a part of the signature is not base64url") from None


def _json(data: bytes, what: str) -> dict[str, Any]:
    try:
        found = parse.value(data)
    except Invalid as error:
        raise _Bad(what, f"the signature's {what} is not JSON: {error.message}") from None
    if not isinstance(found, dict):
        raise _Bad(what, f"the signature's {what} is not a JSON object")
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str)
