"""An LMS registers the tool in a frame of its own page, and is asked to close it, by its origin."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from werkzeug.serving import make_server

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.app import create_app
from lti_tool.platforms.tables import DeploymentPolicy
from lti_tool.registration import links
from lti_tool.services import build
from tests.lti_tool.launch_app import settings
from tests.lti_tool.registration.fake_platform import Answer, FakePlatform, fake_platform, moodle
from tests.postgres import free_port

pytestmark = pytest.mark.e2e

_ADMINISTRATION = """<!doctype html><title>LMS</title><p id="said">nothing yet</p>
<iframe src="{link}" width="800" height="600"></iframe>
<script>
addEventListener("message", (event) => {{
  document.getElementById("said").textContent = event.origin + " " + JSON.stringify(event.data);
}});
</script>"""


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    with fake_platform() as running:
        yield moodle(running)


@pytest.fixture
def tool(sqlite_url: str, tmp_path: Path) -> Iterator[tuple[str, Database]]:
    """The address of a served tool, and its database."""
    port, database = free_port(), Database(sqlite_url)
    address = f"http://localhost:{port}"
    services = build(settings(database, base_url=address, files=str(tmp_path)))
    server = make_server("127.0.0.1", port, create_app(services), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield address, database
    server.shutdown()
    database.dispose()


def _open(page: Page, tool: tuple[str, Database], platform: FakePlatform, at: str) -> None:
    """Open the LMS's page, at one of its addresses, with the link in a frame."""
    address, database = tool
    with database.writing(EVERY_TENANT) as session:
        token = links.make(
            session,
            actor="command line",
            tenant_name=None,
            policy=DeploymentPolicy.FIRST,
            private=True,
            days=1,
            at=clock.now(),
        )
    link = (
        f"{address}/lti/register/{token}?openid_configuration={platform.configuration_address}"
        f"&amp;registration_token={platform.token}"
    )
    platform.planned["/admin"] = Answer(200, _ADMINISTRATION.format(link=link))
    page.goto(f"{at}/admin")


def test_the_lms_is_asked_to_close(
    chromium: Browser, tool: tuple[str, Database], platform: FakePlatform
) -> None:
    with chromium.new_context(locale="en-GB") as context:
        page = context.new_page()
        _open(page, tool, platform, platform.address)
        frame = page.frame_locator("iframe")
        frame.get_by_role("button", name="Register").click()
        frame.get_by_role("button", name="Close and go back").click()
        frame.get_by_text("you may close it").wait_for()
        page.wait_for_function("document.getElementById('said').textContent !== 'nothing yet'")
        said = page.locator("#said").text_content()
    assert said == f'{tool[0]} {{"subject":"org.imsglobal.lti.close"}}'


def test_no_other_page_may_frame_a_private_link(
    chromium: Browser, tool: tuple[str, Database], platform: FakePlatform
) -> None:
    with chromium.new_context(locale="en-GB") as context:
        page = context.new_page()
        _open(page, tool, platform, platform.address.replace("127.0.0.1", "localhost"))
        with pytest.raises(PlaywrightTimeout):
            page.frame_locator("iframe").get_by_role("button").wait_for(timeout=1500)
        assert platform.registered == []
