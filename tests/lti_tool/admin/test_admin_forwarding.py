"""Pages of forwarding: a target is added, looked at, paused, resumed, tried again and removed."""

from uuid import UUID

import pytest
from sqlalchemy import update

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import audit
from tests.lti_tool.admin.conftest import Browser
from tests.lti_tool.admin.test_admin_statements import store
from tests.xapi.samples import statement
from tests.xapi.store.helpers import put
from tests.xapi.transfer.standin import standing_in
from xapi.transfer import targets
from xapi.transfer.tables import ForwardRefusal, ForwardTarget
from xapi.transfer.targets import TargetState

NEW = "/admin/forwarding/new"
SECRET = "the secret of the target"


@pytest.fixture
def tenant(db: Database) -> UUID:
    return store(db)


def filled(tenant: UUID, **changes: str) -> dict[str, str]:
    return {
        "name": "Cluster", "tenant": str(tenant), "endpoint": "https://lrs.example.org/xapi/",
        "key": "key", "secret": SECRET, "version": "2.0.0", **changes,
    }  # fmt: skip


def states(db: Database, tenant: UUID) -> list[TargetState]:
    with db.reading(EVERY_TENANT) as session:
        return targets.describe(session, tenant)


def page_of(browser: Browser) -> str:
    return browser.get("/admin/forwarding").get_data(as_text=True)


def test_added_shown_and_handled(db: Database, browser: Browser, tenant: UUID) -> None:
    put(db, tenant, statement(), statement())
    verbs = "https://example.org/a\nhttps://example.org/b"
    assert browser.send(NEW, filled(tenant, verbs=verbs)).status_code == 303
    (state,) = states(db, tenant)
    assert (state.name, state.endpoint) == ("Cluster", "https://lrs.example.org/xapi")
    assert state.verbs == ("https://example.org/a", "https://example.org/b")
    page = page_of(browser)
    assert "2 statements behind." in page
    assert SECRET not in page
    base = f"/admin/forwarding/{state.id}"
    for done, is_active, said in (
        ("pause", False, "Paused."),
        ("resume", True, "2 statements behind."),
        ("retry", True, "2 statements behind."),
    ):
        assert browser.send("/admin/forwarding", to=f"{base}/{done}").status_code == 303
        assert states(db, tenant)[0].active is is_active
        assert said in page_of(browser)
    with db.writing(EVERY_TENANT) as session:
        session.execute(update(ForwardTarget).values(cursor_sid=2**62, cursor_xid=2**62))
    assert "Up to date." in page_of(browser)
    assert browser.get(f"{base}/restart").status_code == 200
    assert "Up to date." in page_of(browser)
    assert browser.send(f"{base}/restart").status_code == 303
    assert "2 statements behind." in page_of(browser)
    assert "Remove Cluster?" in browser.get(f"{base}/remove").get_data(as_text=True)
    assert len(states(db, tenant)) == 1
    assert browser.send(f"{base}/remove").status_code == 303
    assert states(db, tenant) == []
    assert browser.get(f"{base}/remove").status_code == 404
    with db.reading(EVERY_TENANT) as session:
        noted = audit.entries(session, action="forward")
    assert [one.action.partition(".")[2] for one in noted] == [
        "removed", "restarted", "retried", "resumed", "paused", "added",
    ]  # fmt: skip
    assert {one.tenant_id for one in noted} == {tenant}
    assert SECRET not in str(noted)


def test_trouble_and_refusals_are_shown(db: Database, browser: Browser, tenant: UUID) -> None:
    assert browser.send(NEW, filled(tenant)).status_code == 303
    (state,) = states(db, tenant)
    ref = statement()["id"]
    with db.writing(EVERY_TENANT) as session:
        session.execute(
            update(ForwardTarget).values(
                error_code="http.status", error="503 <i>busy</i>", error_at=clock.now(), attempts=3
            )
        )
        session.add(
            ForwardRefusal(
                target_id=state.id, statement_id=UUID(ref), status=422, code="refused",
                said="no <i>id</i>", again=False, refused_at=clock.now(),
            )
        )  # fmt: skip
    page = page_of(browser)
    assert "503 &lt;i&gt;busy&lt;/i&gt;" in page
    assert "It would not take 1 statement" in page
    assert ref in page
    assert "<i>" not in page
    assert "Try again, also what was refused" in page


def test_a_version_is_asked_for(db: Database, browser: Browser, tenant: UUID) -> None:
    with standing_in() as there:
        there.about.body = b'{"version":["1.0.3"]}'
        asked = filled(tenant, endpoint=there.endpoint, version="", private="1", from_now="1")
        assert browser.send(NEW, asked).status_code == 303
        assert states(db, tenant)[0].version == "1.0.3"
        there.about.body = b"{}"
        answer = browser.send(NEW, {**asked, "name": "Other"})
        assert answer.status_code == 400
        assert "target.version" in answer.get_data(as_text=True)
    assert len(states(db, tenant)) == 1


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [({"tenant": "x"}, "tenant", ""), ({"name": " "}, "name", "target.name"),
     ({"key": "a:b"}, "key", "target.credential"), ({"secret": ""}, "key", "target.credential"),
     ({"endpoint": "https://e.org/?a=b"}, "endpoint", "target.endpoint"),
     ({"endpoint": "http://lrs.example.org"}, "endpoint", "http."),
     ({"endpoint": "nonsense"}, "endpoint", "http."),
     ({"verbs": "scored"}, "verbs", "target.filter")],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_added(
    db: Database, browser: Browser, tenant: UUID, wrong: dict[str, str], field: str, code: str
) -> None:
    answer = browser.send(NEW, {**filled(tenant), **wrong})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert f'id="{field}-error"' in page
    assert code in page
    assert SECRET not in page
    assert states(db, tenant) == []


def test_a_name_that_is_taken(db: Database, browser: Browser, tenant: UUID) -> None:
    assert browser.send(NEW, filled(tenant)).status_code == 303
    assert browser.send(NEW, filled(tenant)).status_code == 400
    assert len(states(db, tenant)) == 1
