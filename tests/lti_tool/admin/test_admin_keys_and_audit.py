"""The pages of our keys and of the audit log, and what they show somebody who has left."""

import pytest
from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import audit
from lti_tool.platforms.tables import ToolKey
from tests.lti_tool.admin.conftest import ACTOR, Browser, browser_of, last_entry, text


@pytest.fixture
def db(sqlite_url: str) -> Database:
    """One engine: what the pages call is tested on both."""
    return Database(sqlite_url)


def test_keys_are_shown_and_made(browser: Browser, db: Database) -> None:
    assert "None yet" in text(browser, "/admin/keys")
    first = browser.send("/admin/keys/rotate", {"how": "overlap"})
    assert first.location == "/admin/keys?done=made"
    entry = last_entry(db)
    assert (entry.actor, entry.action) == (ACTOR, "key.rotated")
    assert entry.detail == {"others_deleted": False}
    assert entry.subject in text(browser, "/admin/keys")
    assert browser.send("/admin/keys/rotate", {"how": "leaked"}).status_code == 303
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(ToolKey.id)).all() == [last_entry(db).subject]
    assert "signs since" in text(browser, "/admin/keys")


def test_the_audit_page(browser: Browser, db: Database) -> None:
    with db.writing(EVERY_TENANT) as session:
        for number in range(120):
            audit.note(
                session,
                actor="command line",
                action="forward.made",
                subject=f"<number {number:03}>",
                detail={"scopes": ["a", "b"]},
            )
    newest = text(browser, "/admin/audit?action=forward.made")
    assert "<number 119>" in newest
    assert "scopes: a, b" in newest
    assert "Newer" not in newest
    older = newest.rpartition("before=")[2].partition('"')[0]
    second = text(browser, f"/admin/audit?action=forward.made&before={older}")
    assert ("<number 069>" in second, "<number 020>" in second) == (True, True)
    assert "<number 070>" not in second
    newer = second.partition("after=")[2].partition('"')[0]
    first = text(browser, f"/admin/audit?action=forward.made&after={newer}")
    assert ("<number 119>" in first, "<number 069>" in first) == (True, False)
    assert '<th scope="row">Logged in' not in newest
    assert '<th scope="row">Logged in' in text(browser, "/admin/audit?action=admin.login")
    assert "Nothing like that" in text(browser, "/admin/audit?action=x&before=zz")


def test_a_page_of_an_administrator_who_leaves(browser: Browser) -> None:
    """Two windows: one logs out, the other one's form leads to the log-in."""
    other = browser_of(browser.client.application)
    cookie = browser.client.get_cookie("__Host-twofold-admin")
    assert cookie is not None
    other.client.set_cookie("__Host-twofold-admin", cookie.value, secure=True)
    assert other.get("/admin/keys").status_code == 200
    browser.send("/admin/platforms", to="/admin/log-out")
    assert other.get("/admin/keys").status_code == 303
