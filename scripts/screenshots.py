"""Takes the pictures of docs/pictures anew: python -m scripts.screenshots

Starts the demo in a folder of its own and photographs its pages as people meet them: in the page
of the LMS, and on a phone. Needs Chromium (CHROMIUM, else /usr/bin/chromium).
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.running import Running, running
from tests.e2e.visitor import Visitor

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
LARGEST = 200_000
"""Bytes of one picture."""
CALL = "The late delivery: a conversation with a client"
IN_AN_LMS = (880, 1160)
ON_A_PHONE = (360, 740)
IN_A_WINDOW = (1280, 900)


def activity(learner: Visitor) -> None:
    learner.open(CALL)


def result(learner: Visitor) -> None:
    learner.open(CALL)
    learner.frame.get_by_text("How this is worked out").click()
    learner.frame.locator("h2#result").scroll_into_view_if_needed()


def assessing(instructor: Visitor) -> None:
    instructor.open(CALL)
    instructor.frame.get_by_role("link", name="Łukasz Wójcik", exact=True).click()
    instructor.arrive()
    rubric = instructor.frame.get_by_role("tab", name="Rubric")
    if rubric.is_visible():
        rubric.click()


def class_list(instructor: Visitor) -> None:
    instructor.open(CALL)


def choosing(instructor: Visitor) -> None:
    instructor.add_activity("Welcome")


def gradebook(instructor: Visitor) -> None:
    instructor.open_course()
    instructor.page.get_by_role("link", name="Gradebook").click()


def skills(learner: Visitor) -> None:
    learner.open_skills()


def new_window(visitor: Visitor) -> None:
    """Leave the LMS's page: the tool in a window of its own."""
    with visitor.context.expect_page() as opened:
        visitor.frame.get_by_role("button", name="New window").click()
    visitor.page = opened.value
    visitor.page.wait_for_load_state()
    visitor.page.get_by_role("link", name="Łukasz Wójcik", exact=True).click()
    visitor.page.locator("#grading").wait_for()


def in_a_window(instructor: Visitor) -> None:
    instructor.open(CALL)
    new_window(instructor)


Scene = Callable[[Visitor], None]
SCENES: tuple[tuple[str, str, Scene, tuple[int, int]], ...] = (
    ("learner-activity", "learner-12", activity, IN_AN_LMS),
    ("learner-result", "learner-01", result, IN_AN_LMS),
    ("learner-skills", "learner-01", skills, IN_AN_LMS),
    ("assessing", "instructor-1", assessing, IN_AN_LMS),
    ("assessing-window", "instructor-1", in_a_window, IN_A_WINDOW),
    ("class-list", "instructor-1", class_list, IN_AN_LMS),
    ("choosing", "instructor-1", choosing, IN_AN_LMS),
    ("gradebook", "instructor-1", gradebook, IN_AN_LMS),
    ("phone-result", "learner-01", result, ON_A_PHONE),
    ("phone-assessing", "instructor-1", assessing, ON_A_PHONE),
)


def photograph(demo: Running, chromium: Browser) -> list[str]:
    """Take every picture; gives the names of those that became too large."""
    too_large = []
    for name, person, scene, (width, height) in SCENES:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            locale="en-GB",
            timezone_id="UTC",
            reduced_motion="reduce",
        )
        visitor = Visitor(context, demo)
        visitor.sign_in(person)
        scene(visitor)
        size = len(visitor.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled"))
        print(f"{name}: {size // 1000} kB")
        if size > LARGEST:
            too_large.append(name)
        context.close()
    return too_large


def main() -> int:
    """Start the demo, take the pictures, stop it; 1 where a picture is too large to keep."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as demo,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--test-third-party-cookie-phaseout"]
        )
        too_large = photograph(demo, chromium)
        chromium.close()
    if too_large:
        print(f"Larger than {LARGEST} bytes: {', '.join(too_large)}", file=sys.stderr)
    return 1 if too_large else 0


if __name__ == "__main__":
    sys.exit(main())
