"""Signed statements: what signs a statement and what does not."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tests.xapi.samples import statement
from xapi.statements import signature
from xapi.statements.attachments import SIGNATURE
from xapi.statements.errors import Invalid

KEY = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)
SIGNED = {
    "usageType": SIGNATURE,
    "display": {"en": "Signature"},
    "contentType": "application/octet-stream",
    "length": 1,
    "sha2": "ab" * 32,
}
SENT = statement(timestamp="2026-11-23T10:00:00Z", result={"duration": "PT1S"})


def certificate(key: Any = KEY, *, by: Any = KEY, name: str = "a", issuer: str = "a") -> str:
    def called(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called(name))
        .issuer_name(called(issuer))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(by, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(Encoding.DER)).decode()


def jws(payload: Any = SENT, algorithm: str = "RS256", key: Any = KEY, **header: Any) -> bytes:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signer = jwt.PyJWS()
    return signer.encode(data, key, algorithm=algorithm, headers={"typ": None, **header}).encode()


def refused(data: bytes, sent: dict[str, Any] = SENT) -> str:
    with pytest.raises(Invalid) as error:
        signature.check(data, {**sent, "attachments": [SIGNED]}, "1.0.3")
    assert error.value.spec == "xAPI 1.0.3 Data 2.6"
    return error.value.code


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
@pytest.mark.parametrize("chain", [None, 1, 2])
def test_what_signs_it(algorithm: str, chain: int | None) -> None:
    x5c = [certificate(by=OTHER, issuer="root"), certificate(OTHER, by=OTHER, name="root",
           issuer="root")]  # fmt: skip
    header = {} if chain is None else {"x5c": x5c[:chain]}
    data = jws(algorithm=algorithm, **header)
    for version in ("1.0.3", "2.0.0"):
        signature.check(data, {**SENT, "attachments": [SIGNED]}, version)


@pytest.mark.parametrize(
    "payload",
    [
        {**SENT, "timestamp": "2026-11-23T11:00:00+01:00"},
        {**SENT, "version": "1.0.0", "stored": "2026-11-23T10:00:00Z", "authority": SENT["actor"]},
        {key: value for key, value in SENT.items() if key != "id"},
        {**SENT, "verb": {"id": SENT["verb"]["id"]}, "attachments": []},
        {**SENT, "id": SENT["id"].upper()},
    ],
)
def test_payloads_that_are_the_same_statement(payload: dict[str, Any]) -> None:
    signature.check(jws(payload), {**SENT, "attachments": [SIGNED]}, "1.0.3")


@pytest.mark.parametrize(
    "payload",
    [
        {**SENT, "result": {"duration": "PT2S"}},
        {**SENT, "timestamp": "2026-11-23T10:00:01Z"},
        {key: value for key, value in SENT.items() if key != "timestamp"},
        {**SENT, "id": statement()["id"]},
        {**SENT, "attachments": [{**SIGNED, "usageType": "https://e.org/other"}]},
        {**SENT, "actor": {}},
        [SENT],
        b'{"a": 1',
        b"\xff",
        b'{"id": 1, "id": 1}',
    ],
)
def test_payloads_that_are_another_statement(payload: Any) -> None:
    assert refused(jws(payload)) == "signature.payload"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "form"),
        (b"a.b", "form"),
        (b"a.b.c.d", "form"),
        (b"!.e30.x", "form"),
        (b"e30.e30.e30", "algorithm"),
        (b"W10.e30.e30", "header"),
        (b"e.e30.e30", "form"),
        (jws(algorithm="RS256").rpartition(b".")[0] + b".", "form"),
        (jws(algorithm="HS256", key="x" * 40), "algorithm"),
        (jws(algorithm="PS256"), "algorithm"),
        (jws(x5c=[certificate(OTHER, by=OTHER)]), "wrong"),
        (jws(x5c=[certificate()])[:-8] + b"AAAAAAAA", "wrong"),
        (jws(x5c=[]), "certificate"),
        (jws(x5c="x"), "certificate"),
        (jws(x5c=[1]), "certificate"),
        (jws(x5c=["AAAA"]), "certificate"),
        (jws(x5c=[certificate(ec.generate_private_key(ec.SECP256R1()))]), "certificate"),
        (jws(x5c=[certificate(), certificate(OTHER, by=OTHER)]), "certificate"),
        (jws(x5c=[certificate()] * 11), "certificate"),
    ],
    ids=range(19),
)
def test_what_signs_nothing(data: bytes, code: str) -> None:
    assert refused(data) == f"signature.{code}"


def test_other_attachments_are_signed_too() -> None:
    other = {**SIGNED, "usageType": "https://e.org/other"}
    sent = {**SENT, "attachments": [other]}
    signature.check(jws(sent), {**sent, "attachments": [other, SIGNED]}, "2.0.0")
    assert refused(jws(sent)) == "signature.payload"


GOOD = jws(x5c=[certificate()]).split(b".")
PIECES = [*GOOD, b"e30", b"W10", b"bnVsbA", b"", b"=", b"\xff", b"{}"]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=9)), max_size=4))
def test_anything_else_is_refused_by_our_own_exception(parts: list[bytes]) -> None:
    try:
        signature.check(b".".join(parts), {**SENT, "attachments": [SIGNED]}, "1.0.3")
    except Invalid as error:
        assert error.code.startswith("signature.")  # noqa: PT017 - either may happen
    else:
        assert parts == GOOD


@given(st.binary(max_size=4), st.integers(0, 600))
def test_no_certificate_breaks_it(noise: bytes, place: int) -> None:
    der = bytearray(base64.b64decode(certificate()))
    der[place : place + len(noise)] = noise
    x5c = [base64.b64encode(der).decode()]
    try:
        signature.check(jws(x5c=x5c), {**SENT, "attachments": [SIGNED]}, "1.0.3")
    except Invalid as error:
        assert error.code in ("signature.certificate", "signature.wrong")  # noqa: PT017
