"""A person with a browser: signing in to the LMS, opening activities, and what pages complain of.

Touches one browser context. Everything is done as a person would, by what the pages show.
"""

from contextlib import suppress
from importlib.resources import files
from typing import Any

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Frame,
    FrameLocator,
    Locator,
    Page,
    expect,
)
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.e2e.running import Running

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
_TABS = 120
_RELOADS = 100
_PAUSE = 200
"""Milliseconds."""
_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`);
});
"""
_RUN_AXE = """
axe.run().then((results) => results.violations.map((violation) =>
  `${violation.id}: ${violation.nodes.map((node) => node.html).join(" | ")}`))
"""
_IS_FOCUSED = "element => element === element.ownerDocument.activeElement"


class Visitor:
    """One person's browser."""

    def __init__(self, context: BrowserContext, demo: Running) -> None:
        self.context = context
        self.demo = demo
        self.complaints: list[str] = []
        self.provoked: set[str] = set()
        context.set_default_timeout(15_000)
        context.add_init_script(_VIOLATIONS)
        context.on("console", self._listen)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.page = context.new_page()

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    def provoke(self, text: str) -> None:
        """Say which complaint the test provokes: it must come, and it is no fault."""
        self.provoked.add(text)

    def faults(self) -> list[str]:
        """The complaints that no test provoked, and those that should have come and did not."""
        unasked = [each for each in self.complaints if not any(p in each for p in self.provoked)]
        missing = [p for p in self.provoked if not any(p in each for each in self.complaints)]
        return unasked + [f"nobody complained of {text}" for text in missing]

    @property
    def frame(self) -> FrameLocator:
        """The tool, where it stands in the page of the LMS."""
        return self.page.frame_locator("iframe[name=activity]")

    @property
    def work(self) -> Locator:
        """The work below the tool's bar."""
        return self.frame.locator("main#work")

    def document(self) -> Frame:
        """The frame's document, to run scripts in."""
        frame = self.page.frame(name="activity")
        assert frame is not None
        return frame

    def sign_in(self, person: str) -> None:
        """Become somebody in the LMS."""
        self.page.goto(self.demo.lms)
        if self.page.get_by_role("button", name="Switch person").is_visible():
            self.page.get_by_role("button", name="Switch person").click()
        self.page.locator(f'button[value="{person}"]').click()
        self.page.wait_for_url("**/courses")

    def open_course(self) -> None:
        self.page.goto(self.demo.course)

    def open(self, title: str) -> None:
        """Open an activity from the course page, and see the tool in its frame."""
        self.open_course()
        self.page.get_by_role("link", name=title, exact=True).click()
        self.arrive()

    def open_skills(self) -> None:
        """Open the tool's page of the whole course."""
        self.page.goto(f"{self.demo.course}/skills")
        self.arrive()

    def add_activity(self, section: str) -> None:
        """Begin to add an activity from the course page: the tool's picker stands in its frame."""
        self.open_course()
        self.page.get_by_role("link", name=f"Add activity to {section}").click()
        self.arrive()

    def arrive(self) -> None:
        """Wait until the tool's page is in the frame, its scripts too."""
        expect(self.work).to_be_visible()
        self.document().wait_for_load_state()

    def reload_until(self, place: Locator, text: str) -> None:
        """The tool's pages do not change by themselves: reload until one says this there."""
        for _ in range(_RELOADS):
            if text in place.inner_text():
                return
            self.page.wait_for_timeout(_PAUSE)
            self.document().goto(self.document().url)
        raise AssertionError(place.inner_text())

    def make_frame(self, width: int) -> None:
        """Give the tool's page this width, in CSS pixels."""
        self.page.locator("iframe[name=activity]").evaluate(
            "(frame, width) => { frame.style.width = `${width + 2}px`; }", width
        )
        for _ in range(_RELOADS):
            if self.document().evaluate("window.innerWidth") == width:
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"the frame never became {width} px wide")

    def press_on(self) -> None:
        """Without scripts: the buttons that lead from the LMS to the tool and back."""
        buttons = self.frame.get_by_role("button", name="Continue")
        # The page on the way to the LMS may go on by itself before its link is pressed.
        on_the_way = self.frame.locator("p[data-next] a")
        go_on = buttons.or_(on_the_way)
        arrived = self.frame.locator("main#work:not(:has([data-next]))")
        go_on.or_(arrived).wait_for()
        while go_on.is_visible():
            navigated = self.page.expect_event("framenavigated", timeout=5_000)
            with suppress(PlaywrightTimeout), navigated:
                go_on.click(timeout=2_000)
            go_on.or_(arrived).wait_for()

    def tab_to(self, target: Locator) -> None:
        """Press Tab until the focus is there, as somebody without a mouse does."""
        for _ in range(_TABS):
            if target.evaluate(_IS_FOCUSED):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the focus never came to {target}")

    def press(self, keys: str) -> None:
        """Press keys, one after the other: "3 j 4 Enter"."""
        for key in keys.split():
            self.page.keyboard.press(key)


def faults_of(document: Frame | Page) -> list[str]:
    """What axe finds in a document, run inside it, and whether it is wider than its window."""
    if not document.evaluate("typeof axe === 'object'"):
        document.evaluate(AXE)
    found: list[str] = document.evaluate(_RUN_AXE)
    sizes: dict[str, Any] = document.evaluate(
        "({has: document.documentElement.clientWidth, needs: document.documentElement.scrollWidth})"
    )
    if sizes["needs"] > sizes["has"]:
        found.append(f"{sizes['needs']} px wide in {sizes['has']} px")
    return found
