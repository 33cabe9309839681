"""The corpus of forged tokens and hostile claims: each is refused for its own reason."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from tests.lti_tool.launch.refused import assert_refused
from tests.lti_tool.platform import (
    AGS,
    DEEP_LINKING,
    LTI,
    Claims,
    KeySets,
    SignedPlatform,
    public_jwk,
    rsa_key,
)

Forge = Callable[[SignedPlatform, Claims], str]


@pytest.fixture(scope="module")
def platform(shared_db: Database, shared_keys: KeySets) -> SignedPlatform:
    registered = SignedPlatform().register(shared_db, shared_keys)
    other = SignedPlatform(
        issuer="https://other.example", client_id="client-2", key_name="other", kid="key-2"
    ).register(shared_db, shared_keys)
    shared_keys.served[registered.key_set_url] += [
        {"kty": "oct", "kid": "oct-key", "alg": "HS256", "k": _b64(b"secret" * 8)},
        public_jwk(rsa_key("platform"), "hs-key", alg="HS256"),
        public_jwk(rsa_key("platform"), "enc-key", use="enc"),
        {k: v for k, v in public_jwk(rsa_key("platform"), "bare-key").items() if k != "alg"},
        public_jwk(_small_key(), "small-key"),
        {"kty": "RSA", "kid": "bad-key", "n": "!!", "e": "AQAB"},
    ]
    shared_keys.served[other.key_set_url].append(public_jwk(rsa_key("other"), "key-1"))
    return registered


def _small_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # a forged key set's


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _parts(header: Claims, claims: Claims) -> str:
    return f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"


def _unsigned(alg: str) -> Forge:
    return lambda platform, claims: (
        _parts({"alg": alg, "kid": platform.kid}, claims) + "." + _b64(b"x")
    )


def _hs256(secret: Callable[[rsa.RSAPublicKey], bytes], kid: str = "") -> Forge:
    def forge(platform: SignedPlatform, claims: Claims) -> str:
        signed = _parts({"alg": "HS256", "kid": kid or platform.kid}, claims)
        key = secret(rsa_key("platform").public_key())
        return f"{signed}.{_b64(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"

    return forge


def _pem(key: rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _der(key: rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _modulus(key: rsa.RSAPublicKey) -> bytes:
    return str(public_jwk(rsa_key("platform"), "x")["n"]).encode()


def _rs384(platform: SignedPlatform, claims: Claims) -> str:
    signed = _parts({"alg": "RS384", "kid": platform.kid}, claims)
    signature = rsa_key("platform").sign(signed.encode(), padding.PKCS1v15(), SHA384())
    return f"{signed}.{_b64(signature)}"


def _ps256(platform: SignedPlatform, claims: Claims) -> str:
    signed = _parts({"alg": "PS256", "kid": platform.kid}, claims)
    pss = padding.PSS(padding.MGF1(SHA256()), 32)
    return f"{signed}.{_b64(rsa_key('platform').sign(signed.encode(), pss, SHA256()))}"


def _es256(platform: SignedPlatform, claims: Claims) -> str:
    signed = _parts({"alg": "ES256", "kid": platform.kid}, claims)
    key = ec.generate_private_key(ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{_b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _header(**header: Any) -> Forge:
    return lambda platform, claims: platform.sign(claims, header=header)


def _key(name: str, **header: Any) -> Forge:
    return lambda platform, claims: platform.sign(claims, key_name=name, header=header)


def _payload(build: Callable[[Claims], str | bytes]) -> Forge:
    def forge(platform: SignedPlatform, claims: Claims) -> str:
        payload = build(claims)
        return platform.sign_raw(payload.encode() if isinstance(payload, str) else payload)

    return forge


def _text(edit: Callable[[str], str]) -> Forge:
    return lambda platform, claims: edit(platform.sign(claims))


def _tampered(token: str) -> str:
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["sub"] = "1"
    return f"{header}.{_b64(json.dumps(claims).encode())}.{signature}"


def _twice(claims: Claims) -> str:
    return json.dumps(claims)[:-1] + ', "sub": "1"}'


ALGORITHM, KID = "launch.token.algorithm", "launch.token.kid"
MALFORMED, PARAMETER = "launch.token.malformed", "launch.parameter.malformed"
LARGE = "launch.request.large"

TOKENS: dict[str, tuple[Forge, str]] = {
    "alg none": (_unsigned("none"), ALGORITHM),
    "alg None": (_unsigned("None"), ALGORITHM),
    "alg NONE": (_unsigned("NONE"), ALGORITHM),
    "alg nOnE": (_unsigned("nOnE"), ALGORITHM),
    "alg empty": (_unsigned(""), ALGORITHM),
    "HS256 with the PEM": (_hs256(_pem), ALGORITHM),
    "HS256 with the DER": (_hs256(_der), ALGORITHM),
    "HS256 with the modulus": (_hs256(_modulus), ALGORITHM),
    "HS256 for a key without alg": (_hs256(_pem, "bare-key"), ALGORITHM),
    "RS384": (_rs384, ALGORITHM),
    "PS256": (_ps256, ALGORITHM),
    "ES256": (_es256, ALGORITHM),
    "alg as a list": (_header(alg=["RS256"]), ALGORITHM),
    "unknown kid": (_header(kid="nobody"), "launch.key.unknown"),
    "kid a path": (_header(kid="../../../../dev/null"), "launch.key.unknown"),
    "kid SQL": (_header(kid="' OR 1=1 --"), "launch.key.unknown"),
    "kid a URL": (_header(kid="https://evil.example/jwks"), "launch.key.unknown"),
    "kid of a symmetric key": (_header(kid="oct-key"), "launch.key.unknown"),
    "kid of a key for HS256": (_header(kid="hs-key"), "launch.key.unknown"),
    "kid of an encryption key": (_header(kid="enc-key"), "launch.key.unknown"),
    "kid of a key of 1024 bits": (_header(kid="small-key"), "launch.key.unknown"),
    "kid of a broken key": (_header(kid="bad-key"), "launch.key.unknown"),
    "kid of another platform's": (_key("other", kid="key-2"), "launch.key.unknown"),
    "no kid": (_header(kid=None), KID),
    "kid empty": (_header(kid=""), KID),
    "kid a number": (_header(kid=1), KID),
    "kid too long": (_header(kid="k" * 256), KID),
    "foreign key, same kid": (_key("other"), "launch.signature"),
    "embedded jwk": (
        lambda platform, claims: platform.sign(
            claims, key_name="other", header={"jwk": public_jwk(rsa_key("other"), platform.kid)}
        ),
        "launch.signature",
    ),
    "jku": (_key("other", jku="https://evil.example/jwks"), "launch.signature"),
    "x5u": (_key("other", x5u="https://evil.example/cert"), "launch.signature"),
    "crit": (_header(crit=["exp"]), MALFORMED),
    "b64": (_header(b64=False), MALFORMED),
    "tampered payload": (_text(_tampered), "launch.signature"),
    "empty signature": (_text(lambda text: text.rpartition(".")[0] + "."), MALFORMED),
    "short signature": (_text(lambda text: text[:-40]), "launch.signature"),
    "two parts": (_text(lambda text: text.rpartition(".")[0]), MALFORMED),
    "five parts, a JWE": (_text(lambda text: text + ".AAAA.AAAA"), MALFORMED),
    "no JWT": (_text(lambda text: "hello"), MALFORMED),
    "junk of 150 kB": (_text(lambda text: "a" * 150_000), PARAMETER),
    "padding": (_text(lambda text: text + "=="), MALFORMED),
    "white space inside": (_text(lambda text: text[:9] + " " + text[9:]), MALFORMED),
    "line break inside": (_text(lambda text: text[:9] + "\n" + text[9:]), PARAMETER),
    "a JWT in a JWT": (
        lambda platform, claims: platform.sign_raw(platform.sign(claims).encode()),
        MALFORMED,
    ),
    "a member twice": (_payload(_twice), MALFORMED),
    "a list": (_payload(lambda claims: json.dumps([claims])), MALFORMED),
    "a string": (_payload(lambda claims: json.dumps("claims")), MALFORMED),
    "a number": (_payload(lambda claims: "1"), MALFORMED),
    "no JSON": (_payload(lambda claims: "{iss: 1}"), MALFORMED),
    "no UTF-8": (_payload(lambda claims: b'{"iss": "\xff"}'), MALFORMED),
    "nested 10 000 deep": (_payload(lambda claims: '{"a":' + "[" * 10_000), MALFORMED),
    "NaN": (_payload(lambda claims: '{"exp": NaN}'), MALFORMED),
    "1e309": (_payload(lambda claims: '{"exp": 1e309}'), MALFORMED),
    "a number of 5000 digits": (_payload(lambda claims: '{"a": ' + "9" * 5000 + "}"), MALFORMED),
}


def _set(claim: str, value: Any) -> Callable[[Claims], None]:
    return lambda claims: claims.__setitem__(claim, value)


def _drop(claim: str) -> Callable[[Claims], None]:
    return lambda claims: claims.__delitem__(claim)


def _in(claim: str, **changes: Any) -> Callable[[Claims], None]:
    return lambda claims: claims[claim].update(changes)


def _shift(claim: str, seconds: float) -> Callable[[Claims], None]:
    return lambda claims: claims.__setitem__(claim, time.time() + seconds)


def _deep_linking(**changes: Any) -> Callable[[Claims], None]:
    def change(claims: Claims) -> None:
        claims[f"{LTI}message_type"] = "LtiDeepLinkingRequest"
        claims[f"{LTI}roles"] = ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"]
        claims[DEEP_LINKING] = {
            "deep_link_return_url": "https://lms.example/return",
            "accept_types": ["ltiResourceLink"],
        } | changes

    return change


def _returns(address: str) -> Callable[[Claims], None]:
    return _deep_linking(deep_link_return_url=address)


CLAIMS: dict[str, tuple[Callable[[Claims], object], str]] = {
    "iss of another platform": (_set("iss", "https://other.example"), "launch.issuer"),
    "iss with a slash": (_set("iss", "https://lms.example/"), "launch.issuer"),
    "iss in capitals": (_set("iss", "https://LMS.example"), "launch.issuer"),
    "iss missing": (_drop("iss"), "launch.issuer"),
    "iss a list": (_set("iss", ["https://lms.example"]), "launch.issuer"),
    "aud wrong": (_set("aud", "client-2"), "launch.audience"),
    "aud missing": (_drop("aud"), "launch.audience"),
    "aud empty": (_set("aud", []), "launch.audience"),
    "aud null": (_set("aud", None), "launch.audience"),
    "aud a number": (_set("aud", 1), "launch.audience"),
    "aud an object": (_set("aud", {"client-1": 1}), "launch.audience"),
    "aud with another, no azp": (_set("aud", ["client-1", "other"]), "launch.audience"),
    "aud twice ours and more": (_set("aud", ["client-1", "client-1", "x"]), "launch.audience"),
    "azp wrong": (_set("azp", "evil"), "launch.audience"),
    "azp wrong, aud a list": (
        lambda claims: claims.update(aud=["client-1"], azp="evil"),
        "launch.audience",
    ),
    "azp null": (_set("azp", None), "launch.audience"),
    "aud with another, azp ours": (
        lambda claims: claims.update(aud=["client-1", "other"], azp="client-1"),
        "launch.audience",
    ),
    "nonce missing": (_drop("nonce"), "launch.nonce"),
    "nonce unknown": (_set("nonce", "invented"), "launch.nonce"),
    "nonce a number": (_set("nonce", 1), "launch.nonce"),
    "nonce of 10 kB": (_set("nonce", "n" * 10_000), "launch.nonce"),
    "nonce not ASCII": (_set("nonce", "nönce"), "launch.nonce"),
    "exp missing": (_drop("exp"), "launch.claim"),
    "exp a string": (_set("exp", "9999999999"), "launch.claim"),
    "exp negative": (_set("exp", -1), "launch.claim"),
    "exp true": (_set("exp", True), "launch.claim"),
    "exp in milliseconds": (_set("exp", time.time() * 1000), "launch.claim"),
    "expired an hour ago": (_shift("exp", -3600), "launch.expired"),
    "expired 61 s ago": (_shift("exp", -61), "launch.expired"),
    "iat missing": (_drop("iat"), "launch.claim"),
    "iat null": (_set("iat", None), "launch.claim"),
    "iat 61 s ahead": (_shift("iat", 65), "launch.early"),
    "iat an hour ahead": (_shift("iat", 3600), "launch.early"),
    "iat two days old": (_shift("iat", -2 * 86400), "launch.expired"),
    "iat 11 minutes old": (_shift("iat", -11 * 60 - 1), "launch.expired"),
    "nbf 65 s ahead": (_shift("nbf", 65), "launch.early"),
    "nbf a string": (_set("nbf", "soon"), "launch.claim"),
    "deployment missing": (_drop(f"{LTI}deployment_id"), "launch.claim"),
    "deployment unknown": (_set(f"{LTI}deployment_id", "2"), "launch.deployment.waiting"),
    "deployment a list": (_set(f"{LTI}deployment_id", ["1"]), "launch.claim"),
    "deployment a number": (_set(f"{LTI}deployment_id", 1), "launch.claim"),
    "deployment empty": (_set(f"{LTI}deployment_id", ""), "launch.claim"),
    "deployment of 256": (_set(f"{LTI}deployment_id", "d" * 256), "launch.claim"),
    "sub missing": (_drop("sub"), "launch.anonymous"),
    "sub empty": (_set("sub", ""), "launch.claim"),
    "sub an object": (_set("sub", {"id": "5"}), "launch.claim"),
    "sub of 256": (_set("sub", "s" * 256), "launch.claim"),
    "sub of 5000": (_set("sub", "s" * 5000), "launch.claim"),
    "sub with NUL": (_set("sub", "5\0"), "launch.claim"),
    "sub with half a character": (_set("sub", "\ud800"), "launch.claim"),
    "version 1.2": (_set(f"{LTI}version", "1.2"), "launch.claim"),
    "version missing": (_drop(f"{LTI}version"), "launch.claim"),
    "message missing": (_drop(f"{LTI}message_type"), "launch.claim"),
    "message unknown": (_set(f"{LTI}message_type", "LtiFutureRequest"), "launch.message.unknown"),
    "message a list": (_set(f"{LTI}message_type", ["LtiResourceLinkRequest"]), "launch.claim"),
    "roles missing": (_drop(f"{LTI}roles"), "launch.claim"),
    "roles a string": (_set(f"{LTI}roles", "Instructor"), "launch.claim"),
    "roles an object": (_set(f"{LTI}roles", {"Instructor": True}), "launch.claim"),
    "roles of objects": (_set(f"{LTI}roles", [{"Instructor": True}]), "launch.claim"),
    "500 roles": (_set(f"{LTI}roles", ["Learner"] * 500), "launch.claim"),
    "no role": (_set(f"{LTI}roles", []), "launch.role.none"),
    "resource_link missing": (_drop(f"{LTI}resource_link"), "launch.claim"),
    "resource_link a string": (_set(f"{LTI}resource_link", "link-1"), "launch.claim"),
    "resource_link without id": (_set(f"{LTI}resource_link", {"title": "x"}), "launch.claim"),
    "resource_link id a number": (_in(f"{LTI}resource_link", id=1), "launch.claim"),
    "title with NUL": (_in(f"{LTI}resource_link", title="a\0b"), "launch.claim"),
    "title an object": (_in(f"{LTI}resource_link", title={}), "launch.claim"),
    "name with NUL": (_set("name", "A\0"), "launch.claim"),
    "name of 20 kB": (_set("name", "A" * 20_000), "launch.claim"),
    "context missing": (_drop(f"{LTI}context"), "launch.context.missing"),
    "context a list": (_set(f"{LTI}context", []), "launch.claim"),
    "context without id": (_set(f"{LTI}context", {"title": "x"}), "launch.claim"),
    "target missing": (_drop(f"{LTI}target_link_uri"), "launch.target"),
    "target of another host": (
        _set(f"{LTI}target_link_uri", "https://evil.example/lti/launch"),
        "launch.target",
    ),
    "target with a query more": (
        _set(f"{LTI}target_link_uri", "http://localhost:8000/lti/launch?activity=2"),
        "launch.target",
    ),
    "custom a string": (_set(f"{LTI}custom", "a=b"), "launch.claim"),
    "custom a list": (_set(f"{LTI}custom", ["a"]), "launch.claim"),
    "custom of 90 kB": (_set(f"{LTI}custom", {"a": "x" * 90_000}), PARAMETER),
    "custom of 1 MB": (_set(f"{LTI}custom", {"a": "x" * 1_000_000}), LARGE),
    "lineitems a file": (_in(AGS, lineitems="file:///etc/passwd"), "launch.claim"),
    "lineitems gopher": (_in(AGS, lineitems="gopher://lms.example/"), "launch.claim"),
    "lineitem with a user": (_in(AGS, lineitem="https://a@lms.example/1"), "launch.claim"),
    "scope a string": (_in(AGS, scope="all"), "launch.claim"),
    "deep linking without settings": (
        lambda claims: (_deep_linking()(claims), claims.pop(DEEP_LINKING)),
        "launch.claim",
    ),
    "deep linking without return_url": (
        lambda claims: (
            _deep_linking()(claims),
            claims[DEEP_LINKING].pop("deep_link_return_url"),
        ),
        "launch.claim",
    ),
    "return address by http": (_returns("http://lms.example/return"), "launch.claim"),
    "return address a script": (_returns("javascript:alert(1)"), "launch.claim"),
    "return address data": (_returns("data:text/html,x"), "launch.claim"),
    "return address with a script": (_returns('"><script>alert(1)</script>'), "launch.claim"),
    "return address with a user": (_returns("https://a@lms.example/"), "launch.claim"),
    "return address with a backslash": (
        _returns("https://lms.example\\@evil.example/"),
        "launch.claim",
    ),
    "return address without a scheme": (_returns("//evil.example/"), "launch.claim"),
    "return address of two lines": (_returns("https://lms.example/\r\nX: y"), "launch.claim"),
    "return address empty": (_returns(""), "launch.claim"),
    "deep linking with 20 kB of data": (_deep_linking(data="d" * 20_001), "launch.claim"),
    "deep linking with 90 kB of data": (_deep_linking(data="d" * 90_000), PARAMETER),
    "deep linking with 1 MB of data": (_deep_linking(data="d" * 1_000_000), LARGE),
    "deep linking data a number": (_deep_linking(data=7), "launch.claim"),
    "deep linking data with NUL": (_deep_linking(data="a\0b"), "launch.claim"),
    "deep linking accepts a string": (_deep_linking(accept_types="link"), "launch.claim"),
}


@pytest.mark.parametrize("name", TOKENS)
def test_a_forged_token_is_refused(
    name: str, browser: FlaskClient, platform: SignedPlatform
) -> None:
    forge, expected = TOKENS[name]
    sent = platform.login(browser)
    text = forge(platform, platform.claims(sent["nonce"]))
    answer = browser.post("/lti/launch", data={"state": sent["state"], "id_token": text})
    assert_refused(answer, expected)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_hostile_claim_is_refused(
    name: str, browser: FlaskClient, platform: SignedPlatform
) -> None:
    change, expected = CLAIMS[name]
    assert_refused(platform.post(browser, change), expected)


def test_nothing_was_written_by_any_of_them(
    browser: FlaskClient, platform: SignedPlatform, shared_db: Database
) -> None:
    """Runs after the tables of this module, on their database; a good launch is told apart."""
    with shared_db.reading(EVERY_TENANT) as session:
        assert session.query(LaunchHandle).count() == 0
    platform.launch(browser)
    with shared_db.reading(EVERY_TENANT) as session:
        assert session.query(LaunchHandle).count() == 1
