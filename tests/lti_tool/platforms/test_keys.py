"""Our keys and the platforms': parsed once, fetched when needed, never from anywhere else."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import RSAAlgorithm
from requests.structures import CaseInsensitiveDict
from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from foundation.http import HttpFailed, HttpRefused, HttpResponse
from foundation.secrets import Seal, SealBroken
from lti_tool.platforms.platform_keys import (
    FRESH_SECONDS,
    RETRY_SECONDS,
    STALE_SECONDS,
    KeysUnavailable,
    PlatformKeys,
)
from lti_tool.platforms.registrations import RegistrationInfo
from lti_tool.platforms.tables import DeploymentPolicy, ToolKey
from lti_tool.platforms.tool_keys import ToolKeys
from tests.lti_tool.platform import public_jwk, rsa_key

REGISTRATION = RegistrationInfo(
    id=uuid4(),
    home_tenant_id=uuid4(),
    issuer="https://lms.example",
    client_id="c",
    auth_login_url="https://lms.example/auth",
    auth_token_url="https://lms.example/token",
    auth_audience=None,
    key_set_url="https://lms.example/jwks",
    name="LMS",
    product_family=None,
    private_hosts=("lms.example:443",),
    policy=DeploymentPolicy.FIRST,
)
Answer = Callable[[], tuple[int, bytes]]


class Lms:
    """Answers for a key set; `now` is its clock and ours."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.asked: list[tuple[str, Any]] = []
        self.answer: Answer = lambda: (200, _key_set("one"))
        self.keys = PlatformKeys(self, clock=lambda: self.now)

    def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        self.asked.append((f"{method} {url}", options["private_hosts"]))
        status, body = self.answer()
        return HttpResponse(status, "", CaseInsensitiveDict(), body, url)

    def fails(self) -> tuple[int, bytes]:
        raise HttpFailed("http.timeout", "too slow")


def _key_set(*kids: str) -> bytes:
    return json.dumps({"keys": [public_jwk(rsa_key(kid), kid) for kid in kids]}).encode()


@pytest.fixture
def lms() -> Lms:
    return Lms()


def test_a_key_is_fetched_and_parsed_once(lms: Lms) -> None:
    first = lms.keys.key_for(REGISTRATION, "one")
    assert first is not None
    assert lms.keys.key_for(REGISTRATION, "one") is first
    assert lms.asked == [("GET https://lms.example/jwks", ("lms.example:443",))]


def test_another_address_is_another_key_set(lms: Lms) -> None:
    other = replace(REGISTRATION, key_set_url="https://b.example/jwks")
    lms.keys.key_for(REGISTRATION, "one")
    lms.answer = lambda: (200, _key_set("two"))
    assert lms.keys.key_for(other, "one") is None
    assert lms.keys.key_for(REGISTRATION, "one") is not None


def test_an_unknown_kid_asks_again_but_not_in_a_storm(lms: Lms) -> None:
    lms.keys.key_for(REGISTRATION, "one")
    lms.answer = lambda: (200, _key_set("one", "two"))
    assert lms.keys.key_for(REGISTRATION, "two") is None
    lms.now += RETRY_SECONDS
    assert lms.keys.key_for(REGISTRATION, "two") is not None
    for number in range(20):
        assert lms.keys.key_for(REGISTRATION, f"no-{number}") is None
    assert len(lms.asked) == 2


def test_a_rotation_is_followed_and_a_withdrawn_key_forgotten(lms: Lms) -> None:
    lms.keys.key_for(REGISTRATION, "one")
    lms.answer = lambda: (200, _key_set("two"))
    lms.now += FRESH_SECONDS
    assert lms.keys.key_for(REGISTRATION, "two") is not None
    assert lms.keys.key_for(REGISTRATION, "one") is None


def test_a_platform_that_is_down_keeps_its_keys_for_a_day(lms: Lms) -> None:
    lms.keys.key_for(REGISTRATION, "one")
    lms.answer = lms.fails
    lms.now += FRESH_SECONDS + 1
    assert lms.keys.key_for(REGISTRATION, "one") is not None
    lms.now += STALE_SECONDS
    with pytest.raises(KeysUnavailable) as unavailable:
        lms.keys.key_for(REGISTRATION, "one")
    assert unavailable.value.code == "http.timeout"


def test_nobody_waits_for_a_slow_platform_whose_keys_are_known(lms: Lms) -> None:
    lms.keys.key_for(REGISTRATION, "one")
    lms.now += FRESH_SECONDS + 1
    asked, answered = threading.Event(), threading.Event()

    def slowly() -> tuple[int, bytes]:
        asked.set()
        assert answered.wait(10)
        return 200, _key_set("one")

    lms.answer = slowly
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(lms.keys.key_for, REGISTRATION, "one")
        assert asked.wait(10)
        assert lms.keys.key_for(REGISTRATION, "one") is not None
        assert not waiting.done()
        answered.set()
        assert waiting.result() is not None


def test_a_platform_that_was_never_reached(lms: Lms) -> None:
    lms.answer = lms.fails
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            lms.keys.key_for(REGISTRATION, "one")
    assert len(lms.asked) == 1


def _refuses() -> tuple[int, bytes]:
    raise HttpRefused("http.address", "private")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (_refuses, "http.address"),
        (lambda: (404, _key_set("one")), "http.status"),
        (lambda: (302, b""), "http.status"),
        (lambda: (200, b""), "http.json"),
        (lambda: (200, b"<html>"), "http.json"),
        (lambda: (200, b"[]"), "http.keys"),
        (lambda: (200, b'{"keys": {}}'), "http.keys"),
        (lambda: (200, b'{"keys": [' + b"{}," * 60 + b"{}]}"), "http.keys"),
    ],
)
def test_what_is_no_key_set(answer: Answer, code: str, lms: Lms) -> None:
    lms.answer = answer
    with pytest.raises(KeysUnavailable) as unavailable:
        lms.keys.key_for(REGISTRATION, "one")
    assert unavailable.value.code == code


def test_the_first_of_two_keys_with_one_kid_stands(lms: Lms) -> None:
    listed = [public_jwk(rsa_key(name), "same") for name in ("one", "two")]
    lms.answer = lambda: (200, json.dumps({"keys": listed}).encode())
    key = lms.keys.key_for(REGISTRATION, "same")
    assert key is not None
    assert key.public_numbers() == rsa_key("one").public_key().public_numbers()


def test_a_key_needs_no_alg(lms: Lms) -> None:
    jwk = public_jwk(rsa_key("one"), "one")
    del jwk["alg"]
    lms.answer = lambda: (200, json.dumps({"keys": [None, "x", jwk]}).encode())
    assert lms.keys.key_for(REGISTRATION, "one") is not None


SEAL = Seal("k3y-for-tests-0123456789-abcdefghij")


def test_our_key_is_made_once_and_kept_sealed(db: Database) -> None:
    signing = ToolKeys(db, SEAL).signing()
    with db.reading(EVERY_TENANT) as session:
        row = session.scalars(select(ToolKey)).one()
    assert "PRIVATE KEY" not in row.private_pem
    keys = ToolKeys(db, SEAL)
    again = keys.signing()
    assert again.kid == signing.kid == row.id
    assert keys.signing() is again
    with pytest.raises(SealBroken):
        ToolKeys(db, Seal("another-key-0123456789-abcdefghijkl")).signing()


def test_what_we_sign_is_verified_with_what_we_publish(db: Database) -> None:
    keys = ToolKeys(db, SEAL)
    signing = keys.signing()
    (jwk,) = keys.jwks()["keys"]
    assert jwk["kid"] == signing.kid
    public: Any = RSAAlgorithm.from_jwk(jwk)
    signature = signing.key.sign(b"text", PKCS1v15(), SHA256())
    public.verify(signature, b"text", PKCS1v15(), SHA256())
