"""The sandbox LMS in Chromium with third-party cookies blocked: deep linking, launch, axe."""

from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox_lms.config import Config
from tests.sandbox_lms.small_tool import SmallTool
from tests.sandbox_lms.test_sandbox_ags import Ags, a_score

pytestmark = pytest.mark.e2e

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(params=[360, 1280])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": request.param, "height": 800})
    yield page
    page.close()


def sign_in(page: Page, lms: Config, name: str) -> None:
    page.goto(lms.base_url)
    page.get_by_role("button", name=name).click()
    page.wait_for_url("**/courses")


def nothing_found(page: Page) -> None:
    page.evaluate(AXE)
    found = page.evaluate("axe.run().then(results => results.violations)")
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found] == []
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0, f"the page is {width} px wider than the window"


def test_an_activity_is_added_opened_and_graded(page: Page, lms: Config, tool: SmallTool) -> None:
    sign_in(page, lms, "Tina Moreau")
    page.get_by_role("link", name="Skills 101").click()
    page.get_by_role("link", name="Add activity to Talking with people").click()
    frame = page.frame_locator("iframe[name=activity]")
    frame.get_by_role("button", name="Add to course").click()
    expect(page.get_by_role("status")).to_have_text("Added to the course: Calm an upset client.")
    assert page.frames == [page.main_frame]
    nothing_found(page)

    page.get_by_role("button", name="Switch person").click()
    page.get_by_role("button", name="Ana Álvarez").click()
    page.get_by_role("link", name="Skills 101").click()
    page.get_by_role("link", name="Calm an upset client").click()
    expect(frame.get_by_role("heading")).to_have_text("Launched by Ana Álvarez")
    nothing_found(page)


def test_axe_finds_nothing_on_any_page(page: Page, lms: Config, tool: SmallTool) -> None:
    ags = Ags(lms, tool.token(lms))
    for number in range(4):
        item = ags.create(label=f"Activity {number}").json()["id"]
        ags.score(item, a_score(comment="Active listening: Proficient\n(2 · 3 + 1 · 4) / 3"))
    ags.score(item, a_score(5, gradingProgress="Pending"))
    tool.ask_token(lms, "nonsense")
    page.goto(lms.base_url)
    nothing_found(page)
    sign_in(page, lms, "Tina Moreau")
    staff = ["gradebook", "people", "add", "add-link", "skills"]
    paths = ["courses", "courses/skills-101", "tool-settings", "refused", "nowhere"]
    for path in [*paths, *(f"courses/skills-101/{name}" for name in staff)]:
        page.goto(f"{lms.base_url}/{path}")
        nothing_found(page)
    page.goto(f"{lms.base_url}/auth?client_id=stranger")
    nothing_found(page)
    sign_in(page, lms, "Ana Álvarez")
    page.goto(f"{lms.base_url}/courses/skills-101/grades")
    nothing_found(page)


def test_without_scripts_a_button_leads_on(chromium: Browser, lms: Config) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, lms, "Ana Álvarez")
    page.goto(f"{lms.base_url}/launch/skills-101-home-1")
    for _ in range(2):
        page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading")).to_have_text("Launched by Ana Álvarez")
    context.close()
