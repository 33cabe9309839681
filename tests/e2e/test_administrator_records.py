"""The administrator's pages of the record store in a browser: statements as they come, credentials,
forwarding. On every page axe finds nothing at 360 and 800 px."""

import os
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from foundation.db import EVERY_TENANT
from lti_tool.services import Services
from rubrics.queries.tenants import tenants
from tests.e2e.test_administrator import (  # noqa: F401 - fixtures
    go,
    log_in,
    looked_at,
    page,
    services,
    tool,
)
from tests.xapi.samples import statement
from tests.xapi.store.helpers import put

pytestmark = pytest.mark.e2e

RATED = "https://example.org/rated"
VERB = {"id": RATED, "display": {"en": "rated"}}


def store(services: Services) -> UUID:  # noqa: F811
    with services.db.reading(EVERY_TENANT) as session:
        return next(key for key, name in tenants(session).items() if name == "East School")


def pictured(page: Page, name: str) -> None:  # noqa: F811
    """Look at the page; keep pictures of it where PICTURES names a folder."""
    looked_at(page)
    folder = os.environ.get("PICTURES")
    for width in (360, 800) if folder else ():
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(str(folder)) / f"{name}-{width}.png", full_page=True)


def test_statements_come_in_by_themselves(
    page: Page,  # noqa: F811
    tool: str,  # noqa: F811
    services: Services,  # noqa: F811
) -> None:
    tenant = store(services)
    result = {"score": {"scaled": 0.8333}}
    activity = {
        "id": "https://example.org/activity/1",
        "definition": {"name": {"en": "The late delivery: a conversation with a client"}},
    }
    put(services.db, tenant, statement(verb=VERB, object=activity, result=result))
    put(services.db, tenant, *(statement() for _ in range(30)))
    log_in(page, tool)
    go(page, "Statements")
    pictured(page, "choose")
    page.get_by_label("Whose").select_option("East School")
    page.get_by_role("button", name="Show").click()
    rows = page.locator("[data-id]")
    expect(rows).to_have_count(25)
    page.get_by_role("link", name="Older").click()
    expect(rows).to_have_count(6)
    rows.last.locator("summary").click()
    expect(rows.last.get_by_role("region")).to_contain_text('"scaled": 0.8333')
    pictured(page, "older")
    page.get_by_role("link", name="The newest").click()
    page.get_by_text("Narrow it down").click()
    page.get_by_label("Verb").fill(RATED)
    page.get_by_role("button", name="Show").click()
    expect(rows).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("come by themselves")
    put(services.db, tenant, statement(), statement(verb=VERB), statement(verb=VERB))
    expect(page.get_by_role("status")).to_have_text("2 new statements")
    expect(rows).to_have_count(3)
    pictured(page, "feed")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status")).to_have_text("Paused.")
    put(services.db, tenant, statement(verb=VERB))
    page.wait_for_timeout(4500)
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Go on").click()
    expect(rows).to_have_count(4)
    page.get_by_label("Verb").fill("rated")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#verb-error")).to_contain_text("whole address")
    pictured(page, "unreadable")


def test_credentials(page: Page, tool: str) -> None:  # noqa: F811
    log_in(page, tool)
    go(page, "Credentials")
    page.get_by_role("link", name="Make a credential").click()
    pictured(page, "credential-form")
    page.get_by_label("Name").fill("Reports of the learning office")
    page.get_by_label("Whose statements").select_option("East School")
    page.get_by_label("Requests a minute").fill("600")
    page.get_by_label("Web pages").fill("https://app.example.org")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#scopes-error")).to_be_visible()
    pictured(page, "credential-wrong")
    page.get_by_label("Read all statements").check()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_label("Secret").first).not_to_have_value("")
    pictured(page, "credential-made")
    page.get_by_role("link", name="I have copied it").click()
    pictured(page, "credentials")
    page.get_by_role("link", name="New secret … Reports").click()
    pictured(page, "credential-rotate")
    page.get_by_role("button", name="Make the secret").click()
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("link", name="Revoke … Reports").click()
    pictured(page, "credential-revoke")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("status")).to_contain_text("It ends now")
    pictured(page, "credential-revoked")


def test_forwarding(page: Page, tool: str, services: Services) -> None:  # noqa: F811
    put(services.db, store(services), statement(), statement())
    log_in(page, tool)
    go(page, "Forwarding")
    page.get_by_role("link", name="Add a record store").click()
    page.get_by_label("Name", exact=True).fill("The cluster")
    page.get_by_label("Whose statements").select_option("East School")
    page.get_by_label("Endpoint").fill("http://lrs.example.org/xapi")
    page.get_by_label("Key").fill("key")
    page.get_by_label("Secret").fill("secret")
    page.get_by_label("Version").select_option("2.0.0")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#endpoint-error")).to_contain_text("http.scheme")
    pictured(page, "forward-form")
    page.get_by_label("Endpoint").fill("https://lrs.example.org/xapi")
    page.get_by_label("Secret").fill("secret")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("2 statements behind.")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused.", exact=True)).to_be_visible()
    pictured(page, "forwarding")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="Send everything again …").click()
    pictured(page, "forward-again")
    page.get_by_role("button", name="Send everything again").click()
    expect(page.get_by_role("status")).to_contain_text("from the beginning")
    page.get_by_role("link", name="Remove …").click()
    pictured(page, "forward-remove")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="Statements stay here")).to_be_visible()
