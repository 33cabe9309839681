"""Credentials: made, listed, checked, revoked."""

from uuid import UUID

import pytest

from foundation.db import EVERY_TENANT, Database
from foundation.secrets import digest
from xapi.access import credentials, scopes
from xapi.access.credentials import Authenticator
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


def test_a_revoked_credential_is_refused_within_seconds(
    db: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("xapi.access.credentials.time.monotonic", lambda: clock[0])
    key, secret = make(db, tenant)
    check = Authenticator(db).authenticate
    assert check(key, secret)
    with db.writing(tenant) as session:
        assert credentials.revoke(session, tenant, key)
    with db.writing(tenant) as session:
        assert not credentials.revoke(session, tenant, key)
    clock[0] += credentials.REMEMBERED + 0.1
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
    with db.writing(stranger) as session:
        assert credentials.listed(session, stranger) == []
        assert not credentials.revoke(session, stranger, key)
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
