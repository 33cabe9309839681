"""Pages of credentials: made, listed, given a new secret, revoked; each on the audit log."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import audit
from tests.lti_tool.admin.conftest import Browser
from tests.lti_tool.admin.test_admin_statements import store
from xapi.access import credentials
from xapi.access.credentials import INSTALLATION
from xapi.store.tables import Credential

NEW = "/admin/credentials/new"


@pytest.fixture
def tenant(db: Database) -> UUID:
    return store(db)


def listed(db: Database, owner: UUID) -> list[Credential]:
    with db.reading(EVERY_TENANT) as session:
        return credentials.listed(session, owner)


def noted(db: Database) -> list[tuple[str, str, UUID | None]]:
    with db.reading(EVERY_TENANT) as session:
        found = audit.entries(session, action="credential")
    return [(one.action, one.subject, one.tenant_id) for one in found]


def value(page: str, name: str) -> str:
    found = re.search(rf'id="{name}" readonly value="([^"]+)"', page)
    assert found is not None
    return found[1]


def reads(app: Flask, key: str, secret: str, path: str = "/xapi/statements") -> int:
    headers = {"X-Experience-API-Version": "2.0.0"}
    answer = app.test_client().get(path, auth=(key, secret), headers=headers)
    return answer.status_code


def test_made_shown_once_and_usable(
    app: Flask, db: Database, browser: Browser, tenant: UUID
) -> None:
    filled = {
        "name": "Reports <b>", "owner": str(tenant), "scope": ["statements/read", "state"],
        "rate": "600", "origins": "https://app.example.org\n\nhttps://other.example.org",
    }  # fmt: skip
    answer = browser.send(NEW, filled)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    key, secret = value(page, "key"), value(page, "secret")
    assert value(page, "endpoint").endswith("/xapi/")
    (row,) = listed(db, tenant)
    assert (row.key, row.name, row.rate) == (key, "Reports <b>", 600)
    assert row.scopes == ["state", "statements/read"]
    assert row.origins == ["https://app.example.org", "https://other.example.org"]
    assert reads(app, key, secret) == 200
    assert noted(db) == [("credential.added", key, tenant)]
    after = browser.get("/admin/credentials").get_data(as_text=True)
    assert "600 requests a minute" in after
    assert "Reports &lt;b&gt;" in after
    assert secret not in after
    with db.reading(EVERY_TENANT) as session:
        assert secret not in str(audit.entries(session))


def test_one_of_the_installation_works_everywhere(
    app: Flask, db: Database, browser: Browser, tenant: UUID
) -> None:
    filled = {"name": "All", "owner": str(INSTALLATION), "scope": ["all/read"]}
    page = browser.send(NEW, filled).get_data(as_text=True)
    key, secret = value(page, "key"), value(page, "secret")
    assert "tenants/" in page
    assert reads(app, key, secret, f"/xapi/tenants/{tenant}/statements") == 200
    assert noted(db) == [("credential.added", key, None)]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"name": " "}, "name"), ({"name": "x" * 201}, "name"), ({"owner": "nobody"}, "owner"),
     ({"scope": []}, "scopes"), ({"scope": ["everything"]}, "scopes"), ({"rate": "0"}, "rate"),
     ({"rate": "many"}, "rate"), ({"rate": "9" * 30}, "rate"),
     ({"origins": "https://app.example.org/path"}, "origins"), ({"origins": "app"}, "origins")],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_made(
    db: Database, browser: Browser, tenant: UUID, wrong: dict[str, object], field: str
) -> None:
    filled = {"name": "Kept", "owner": str(tenant), "scope": ["all"], "rate": "", "origins": ""}
    answer = browser.send(NEW, {**filled, **wrong})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert f'id="{field}-error"' in page
    assert listed(db, tenant) == []
    if field != "name":
        assert 'value="Kept"' in page


def test_a_new_secret_with_overlap_and_the_end(
    app: Flask, db: Database, browser: Browser, tenant: UUID
) -> None:
    with db.writing(EVERY_TENANT) as session:
        key, old = credentials.create(session, tenant, "Reports", ["all/read"])
    rotate, revoke = (f"/admin/credentials/{key}/{done}" for done in ("rotate", "revoke"))
    for days in ("-1", "91", "x", ""):
        assert browser.send(rotate, {"days": days}).status_code == 400
    new = value(browser.send(rotate, {"days": "3"}).get_data(as_text=True), "secret")
    (row,) = listed(db, tenant)
    assert row.old_until is not None
    assert timedelta(days=2) < row.old_until - clock.now() <= timedelta(days=3)
    assert [reads(app, key, secret) for secret in (old, new)] == [200, 200]
    assert "the old secret works until" in browser.get("/admin/credentials").get_data(as_text=True)
    assert "Revoke Reports?" in browser.get(revoke).get_data(as_text=True)
    assert listed(db, tenant)[0].revoked_at is None
    assert browser.send(revoke).status_code == 303
    assert listed(db, tenant)[0].revoked_at is not None
    shown = browser.get("/admin/credentials").get_data(as_text=True)
    assert "revoked" in shown
    assert key in shown
    for gone in (rotate, revoke):
        assert browser.get(gone).status_code == 404
    actions = [action for action, _, _ in noted(db)]
    assert actions == ["credential.revoked", "credential.rotated"]
