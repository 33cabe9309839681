"""An administrator in a browser: logs in, makes a link, registers an LMS, switches codes on.

On every page axe finds nothing at 360 and 800 px, and nothing complains in the console.
"""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from werkzeug.serving import make_server

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import accounts
from lti_tool.app import create_app
from lti_tool.onboarding import PlatformValues
from lti_tool.platforms import key_rotation
from lti_tool.platforms.tables import DeploymentPolicy, WaitingDeployment
from lti_tool.registration import waiting
from lti_tool.registration.audited import register_by_hand
from lti_tool.services import Services, build
from tests.e2e.visitor import faults_of
from tests.lti_tool.launch_app import settings
from tests.postgres import free_port

pytestmark = pytest.mark.e2e

LMS = "https://moodle.example.org"
PASSWORD = "four random words here"
WIDTHS = (360, 800)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    """What a served tool works with; an administrator is made, and something waits."""
    database = Database(sqlite_url)
    address = f"http://localhost:{free_port()}"
    made = build(settings(database, base_url=address, files=str(tmp_path)))
    accounts.add(database, "root", PASSWORD, actor="command line")
    key_rotation.make_first(database, made.seal, clock.now())
    _let_wait(database)
    yield made
    database.dispose()


@pytest.fixture
def tool(services: Services) -> Iterator[str]:
    """The address of the served tool."""
    address = services.settings.base_url
    port = int(address.rpartition(":")[2])
    server = make_server("127.0.0.1", port, create_app(services), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield address
    server.shutdown()


@pytest.fixture
def page(chromium: Browser, tool: str) -> Iterator[Page]:
    """A browser's page; at the end nothing may have been complained of.

    It asks for the tool so that the server outlives it: what a page still fetches while the test
    ends would be refused otherwise, and complained of.
    """
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # Forms that are refused answer 400 or 403, as they should. The server of these tests is
        # Werkzeug's, which may close a line that Chromium was about to use; it then asks again.
        known = ("the server responded with a status of 40", "net::ERR_CONNECTION_RESET",
                 "net::ERR_SOCKET_NOT_CONNECTED")  # fmt: skip
        if message.type == "error" and not any(each in message.text for each in known):
            complaints.append(message.text)

    context = chromium.new_context(locale="en-GB", viewport={"width": 800, "height": 900})
    context.set_default_timeout(15_000)
    context.on("console", listen)
    yield context.new_page()
    context.close()
    assert complaints == []


def _platform(issuer: str, client_id: str) -> PlatformValues:
    return PlatformValues(
        issuer=issuer,
        client_id=client_id,
        auth_login_url=f"{issuer}/auth",
        auth_token_url=f"{issuer}/token",
        auth_audience=None,
        key_set_url=f"{issuer}/jwks",
        deployment_ids=[],
        name="Canvas of South School",
        product_family="canvas",
    )


def _let_wait(database: Database) -> None:
    known = _platform("http://127.0.0.1:9", "known")
    known["name"], known["tenant_name"], known["private"] = "Canvas of East", "East School", True
    known["policy"] = DeploymentPolicy.EACH
    registration = register_by_hand(database, actor="command line", **known)
    with database.writing(EVERY_TENANT) as session:
        waiting.keep(session, _platform("https://canvas.example.org", "170000000000012"))
        row = WaitingDeployment(registration_id=registration.id, deployment_id="7:8865aa05b4b7")
        session.add(row)


def looked_at(page: Page) -> None:
    """axe is content with the page at every width, and it is no wider than its window."""
    page.wait_for_load_state()
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = faults_of(page)
    assert (page.title(), found) == (page.title(), {width: [] for width in WIDTHS})


def log_in(page: Page, tool: str) -> None:
    page.goto(f"{tool}/admin/")
    page.get_by_label("Name").fill("root")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def go(page: Page, name: str) -> None:
    """By the bar to another section."""
    page.get_by_role("navigation", name="Administration").get_by_role("link", name=name).click()
    looked_at(page)


def test_logging_in_and_connecting(page: Page, tool: str) -> None:
    page.goto(f"{tool}/admin/keys")
    looked_at(page)
    page.get_by_label("Name").fill("root")
    page.get_by_label("Password").fill("a wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_text("do not belong together")).to_be_visible()
    looked_at(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    go(page, "Platforms")

    page.get_by_role("link", name="Connect an LMS by a link").click()
    looked_at(page)
    page.get_by_label("Organisation").fill("North School")
    page.get_by_label("Each deployment waits").check()
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("Registration address").first
    expect(link).to_have_value(re.compile(f"^{tool}/lti/register/[\\w-]{{43}}$"))
    looked_at(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link.input_value()

    page.get_by_role("link", name="Platforms").first.click()
    looked_at(page)
    page.get_by_role("link", name="Register one by hand").click()
    looked_at(page)
    typed = {
        "Name": "Moodle of North School",
        "Issuer, platform ID": LMS,
        "Client ID": "ohcz6vDXyRBZfBC",
        "Authentication request URL": f"{LMS}/mod/lti/auth.php",
        "Access token URL": f"{LMS}/mod/lti/token.php",
        "Public key set (JWKS) URL": "http://moodle.example.org/mod/lti/certs.php",
        "Deployment IDs": "1",
        "Organisation": "North School",
    }
    for label, value in typed.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.locator("#key_set_url-error")).to_contain_text("cannot be used")
    looked_at(page)
    page.get_by_label("Public key set (JWKS) URL").fill(f"{LMS}/mod/lti/certs.php")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("heading", name="Moodle of North School")).to_be_visible()
    looked_at(page)


def test_deciding_and_checking(page: Page, tool: str) -> None:
    log_in(page, tool)
    expect(page.get_by_role("heading", name="Waits for you")).to_be_visible()
    page.get_by_role("link", name="Approve … Canvas of South School").click()
    looked_at(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("Approved")
    page.get_by_role("link", name="Approve … 7:8865aa05b4b7").click()
    looked_at(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text("may launch")
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("something is missing")).to_be_visible()
    looked_at(page)
    page.get_by_role("link", name="Change", exact=True).click()
    looked_at(page)
    go(page, "Keys")
    page.get_by_role("link", name="Make a new key now").click()
    looked_at(page)
    page.get_by_role("button", name="Make the key").click()
    looked_at(page)
    go(page, "Audit")
    page.get_by_label("What was done").select_option("key.rotated")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("row")).to_have_count(2)


def test_one_time_codes(page: Page, tool: str) -> None:
    log_in(page, tool)
    go(page, "Log-in")
    page.get_by_role("link", name="Switch on …").click()
    looked_at(page)
    picture = page.get_by_role("img", name="QR code")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    shown = page.get_by_text("Or type this secret").locator("code").inner_text()
    codes = pyotp.TOTP(shown.replace(" ", ""))
    page.get_by_label("The six digits").fill(codes.now())
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("status")).to_contain_text("asks for a one-time code")
    looked_at(page)
    page.get_by_role("link", name="Switch off …").click()
    looked_at(page)
    page.get_by_role("button", name="Log out").click()
    log_in(page, tool)
    looked_at(page)
    page.get_by_label("The six digits").fill(codes.at(clock.now() + timedelta(seconds=30)))
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Platforms")).to_be_visible()
