"""Credentials: made, listed, checked, revoked."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from foundation.db import EVERY_TENANT, Database
from foundation.secrets import digest
from tests.xapi.conftest import Site
from xapi.access import authenticate, credentials, scopes
from xapi.access.authenticate import Authenticator
from xapi.access.credentials import NoCredential
from xapi.access.scopes import Scope
from xapi.store.tables import Credential


def make(db: Database, tenant: UUID, *wanted: str) -> tuple[str, str]:
    with db.writing(tenant) as session:
        return credentials.create(session, tenant, "H5P", wanted or ("statements/read",))


def test_the_secret_is_not_kept(db: Database, tenant: UUID) -> None:
    key, secret = make(db, tenant, "statements/write", "statements/read/mine")
    with db.reading(EVERY_TENANT) as session:
        row = session.get_one(Credential, key)
    assert row.secret_digest == digest(secret)
    assert secret not in repr(vars(row))
    assert row.scopes == ["statements/read/mine", "statements/write"]
    assert len(secret) >= 43


def test_a_right_key_and_secret(db: Database, tenant: UUID) -> None:
    key, secret = make(db, tenant, "all/read")
    grant = Authenticator(db).authenticate(key, secret)
    assert grant is not None
    assert (grant.key, grant.tenant, grant.scopes) == (
        key,
        tenant,
        frozenset({Scope.ALL_READ}),
    )


def test_wrong_ones(db: Database, tenant: UUID) -> None:
    key, secret = make(db, tenant)
    other, other_secret = make(db, tenant)
    check = Authenticator(db).authenticate
    assert check(key, secret)
    for wrong_key, wrong_secret in (
        (key, ""), (key, other_secret), (other, secret), (key.upper(), secret), ("", ""),
        ("", secret), ("nobody", secret), (key, secret + "x"), ("\x00", "x"), ("ü" * 99, "ü"),
    ):  # fmt: skip
        assert check(wrong_key, wrong_secret) is None


CHECKED = ["hashlib.sha256", "hmac.compare_digest", "hmac.compare_digest"]
"""What it takes to check a secret: one quick hash, compared with two whatever the first says."""


@pytest.fixture
def steps(db: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked, hashed and compared, in its order; the slow hashes among them."""
    noted: list[str] = []

    def note(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            noted.append(name)
            if name == "hmac.compare_digest":
                assert [len(each) for each in given] == [64, 64], "digests, never a secret"
            return function(*given, **named)

        return called

    for module, name in ((hmac, "compare_digest"), (hashlib, "sha256"), (hashlib, "scrypt"),
                         (hashlib, "pbkdf2_hmac")):  # fmt: skip
        full = f"{module.__name__}.{name}"
        monkeypatch.setattr(module, name, note(full, getattr(module, name)))
    monkeypatch.setattr(db, "reading", note("reading", db.reading))
    return noted


def test_wrong_secrets_and_unknown_keys_take_the_same_steps(
    db: Database, tenant: UUID, steps: list[str]
) -> None:
    key, secret = make(db, tenant)
    revoked, old_secret = make(db, tenant)
    with db.writing(tenant) as session:
        credentials.revoke(session, tenant, revoked)
        second = credentials.rotate(session, tenant, key, timedelta(days=1))
    for of, given, right in (
        (key, secret, True), (key, second, True), (key, "wrong", False), (key, "", False),
        ("nobody", second, False), ("nobody", "", False), (revoked, old_secret, False),
    ):  # fmt: skip
        steps.clear()
        check = Authenticator(db).authenticate
        assert (check(of, given) is not None) is right
        assert steps == ["reading", *CHECKED]


def test_a_request_costs_one_quick_hash(site: Site, tenant: UUID, steps: list[str]) -> None:
    client = site.client(tenant)
    for secret, status in ((client.auth or ("", ""))[1], 400), ("wrong", 401):
        client.auth = (client.key, secret)
        steps.clear()
        assert client("GET", "/agents/profile").status_code == status
        assert [step for step in steps if step != "reading"] == CHECKED


def test_a_revoked_credential_is_refused_within_seconds(
    db: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("xapi.access.authenticate.time.monotonic", lambda: clock[0])
    key, secret = make(db, tenant)
    check = Authenticator(db).authenticate
    assert check(key, secret)
    with db.writing(tenant) as session:
        credentials.revoke(session, tenant, key)
    with pytest.raises(NoCredential), db.writing(tenant) as session:
        credentials.revoke(session, tenant, key)
    clock[0] += authenticate.REMEMBERED + 0.1
    assert check(key, secret) is None
    assert Authenticator(db).authenticate(key, secret) is None


def test_a_credential_works_in_a_running_process(db: Database, tenant: UUID) -> None:
    authenticator = Authenticator(db)
    assert authenticator.authenticate("nobody", "x") is None
    key, secret = make(db, tenant)
    assert authenticator.authenticate(key, secret)


def test_another_tenant_neither_sees_nor_revokes_it(
    db: Database, tenant: UUID, stranger: UUID
) -> None:
    key, secret = make(db, tenant)
    for ending in (
        lambda session: credentials.revoke(session, stranger, key),
        lambda session: credentials.rotate(session, stranger, key, timedelta(0)),
    ):
        with pytest.raises(NoCredential), db.writing(stranger) as session:
            ending(session)
    with db.reading(stranger) as session:
        assert credentials.listed(session, stranger) == []
    with db.reading(tenant) as session:
        assert [row.key for row in credentials.listed(session, tenant)] == [key]
    assert Authenticator(db).authenticate(key, secret)


@pytest.mark.parametrize("names", [[], ["statements"], ["all", "ALL"]])
def test_scopes_that_do_not_exist(db: Database, tenant: UUID, names: list[str]) -> None:
    with pytest.raises(ValueError, match="statements/read/mine"), db.writing(tenant) as session:
        credentials.create(session, tenant, "n", names)


@pytest.mark.parametrize(
    ("scope", "write", "read", "own"),
    [
        ("all", True, True, True),
        ("all/read", False, True, True),
        ("statements/write", True, False, False),
        ("statements/read", False, True, True),
        ("statements/read/mine", False, False, True),
        ("state", False, False, False),
        ("define", False, False, False),
        ("profile", False, False, False),
    ],
)
def test_what_a_scope_allows(scope: str, write: bool, read: bool, own: bool) -> None:
    held = scopes.parse([scope])
    assert (scopes.may_write(held), scopes.may_read(held), scopes.may_read_own(held)) == (
        write,
        read,
        own,
    )


def test_a_rotated_secret_holds_until_the_overlap_is_over(db: Database, tenant: UUID) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as now:
        key, first = make(db, tenant)
        with db.writing(tenant) as session:
            second = credentials.rotate(session, tenant, key, timedelta(days=7))
        assert Authenticator(db).authenticate(key, first)
        now.move_to(start + timedelta(days=6, hours=23))
        assert Authenticator(db).authenticate(key, first)
        assert Authenticator(db).authenticate(key, second)
        now.move_to(start + timedelta(days=7))
        assert Authenticator(db).authenticate(key, first) is None
        assert Authenticator(db).authenticate(key, second)


def test_rotating_again_ends_the_oldest_at_once(db: Database, tenant: UUID) -> None:
    key, first = make(db, tenant)
    with db.writing(tenant) as session:
        second = credentials.rotate(session, tenant, key, timedelta(days=7))
        third = credentials.rotate(session, tenant, key, timedelta(days=7))
    check = Authenticator(db).authenticate
    assert check(key, first) is None
    assert check(key, second)
    assert check(key, third)


def test_no_secret_of_a_revoked_credential_works(db: Database, tenant: UUID) -> None:
    key, first = make(db, tenant)
    with db.writing(tenant) as session:
        second = credentials.rotate(session, tenant, key, timedelta(days=7))
        credentials.revoke(session, tenant, key)
    assert Authenticator(db).authenticate(key, first) is None
    assert Authenticator(db).authenticate(key, second) is None
    with pytest.raises(NoCredential), db.writing(tenant) as session:
        credentials.rotate(session, tenant, key, timedelta(0))


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=91)])
def test_overlaps_that_cannot_be(db: Database, tenant: UUID, overlap: timedelta) -> None:
    key, _ = make(db, tenant)
    with pytest.raises(ValueError, match="90 days"), db.writing(tenant) as session:
        credentials.rotate(session, tenant, key, overlap)


@pytest.mark.parametrize(
    "wrong", [{"rate": 0}, {"rate": 1_000_001}, {"origins": ["app.example"]},
              {"origins": ["https://app.example/path"]}, {"origins": ["ftp://app.example"]}],
    ids=str,
)  # fmt: skip
def test_limits_and_origins_that_cannot_be(
    db: Database, tenant: UUID, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"rate|origin"), db.writing(tenant) as session:
        credentials.create(session, tenant, "n", ["all"], **wrong)
