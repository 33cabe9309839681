"""What somebody typed is not lost: drafts that save themselves, two windows, no scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import class_work
from tests.e2e.conftest import Visit
from tests.e2e.running import Running
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

NAME = "Mai Nguyễn Thị"


def test_a_learners_draft_saves_itself(visit: Visit, demo: Running) -> None:
    class_work.add_activity(demo, "A slow start")
    learner = visit("learner-09")
    learner.open("A slow start")
    learner.frame.get_by_label("Text").press_sequentially("Half a sentence")
    learner.frame.get_by_label("Link 1").fill("https://example.org/half")
    expect(learner.frame.locator("[data-status]")).to_have_text(re.compile(r"^saved \d\d:\d\d$"))
    learner.page.reload()
    learner.arrive()
    expect(learner.frame.get_by_label("Text")).to_have_value("Half a sentence")
    expect(learner.frame.get_by_label("Link 1")).to_have_value("https://example.org/half")
    instructor = visit("instructor-1")
    instructor.open("A slow start")
    row = instructor.frame.get_by_role("row", name=NAME)
    expect(row).to_contain_text("has begun")


def begin_to_assess(instructor: Visitor, title: str) -> None:
    instructor.open(title)
    instructor.frame.get_by_role("link", name=NAME, exact=True).click()
    instructor.frame.get_by_role("tab", name="Rubric").click()


def choose(instructor: Visitor, criterion: str, level: str) -> None:
    group = instructor.frame.get_by_role("group", name=criterion)
    group.get_by_role("radio", name=level).check()


def chosen(instructor: Visitor, criterion: str) -> str:
    group = instructor.frame.get_by_role("group", name=criterion)
    return group.locator(".level:has(:checked) .level-word").inner_text()


def test_the_second_of_two_windows_says_what_happened_and_loses_nothing(
    visit: Visit, demo: Running
) -> None:
    title = "Two windows"
    class_work.add_activity(demo, title)
    class_work.hand_in(demo, "learner-09", title, "Here it is.")
    first, second = visit("instructor-1"), visit("instructor-1")
    begin_to_assess(first, title)
    begin_to_assess(second, title)

    choose(first, "Listening", "Advanced")
    expect(first.frame.locator("[data-status]")).to_have_text(re.compile(r"^draft saved \d\d"))
    choose(second, "Listening", "Beginning")
    second.frame.get_by_label("Comment on the whole").fill("From the second window.")
    second.frame.get_by_role("button", name="Save draft").last.click()
    alert = second.frame.get_by_role("alert")
    expect(alert).to_contain_text("This assessment was changed in another window")
    second.provoke("status of 409")
    assert chosen(second, "Listening") == "1 · Beginning"
    expect(second.frame.get_by_label("Comment on the whole")).to_have_value(
        "From the second window."
    )

    second.frame.get_by_role("button", name="Save draft").last.click()
    expect(alert).to_have_count(0)

    first.frame.get_by_label("Comment on the whole").fill("From the first window.")
    first.provoke("status of 409")
    first.frame.get_by_role("button", name="Save draft").last.click()
    first.frame.get_by_role("link", name="Show the other version").click()
    first.frame.get_by_role("tab", name="Rubric").click()
    assert chosen(first, "Listening") == "1 · Beginning"
    expect(first.frame.get_by_label("Comment on the whole")).to_have_value(
        "From the second window."
    )


def test_without_scripts_everything_can_be_done(visit: Visit, demo: Running) -> None:
    title = "Plain pages"
    class_work.add_activity(demo, title)
    learner = visit("learner-09", scripts=False)
    learner.open_course()
    learner.page.get_by_role("link", name=title, exact=True).click()
    learner.press_on()
    learner.frame.get_by_label("Text").fill("Written without scripts.")
    learner.frame.get_by_label("Files").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Notes"}
    )
    learner.frame.get_by_role("button", name="Submit").click()
    expect(learner.frame.get_by_role("heading", name="Handed in")).to_be_visible()

    instructor = visit("instructor-1", scripts=False)
    instructor.open_course()
    instructor.page.get_by_role("link", name=title, exact=True).click()
    instructor.press_on()
    frame = instructor.frame
    frame.get_by_role("link", name=NAME, exact=True).click()
    expect(frame.get_by_text("Written without scripts.")).to_be_visible()
    for group in frame.get_by_role("group").filter(has=frame.get_by_role("radio")).all():
        group.get_by_role("radio", name="Proficient").check()
    frame.get_by_label("Comment on the whole").fill("Solid.")
    frame.get_by_role("button", name="Release …").click()
    frame.get_by_role("button", name="Release", exact=True).click()
    expect(frame.get_by_role("heading", name="Released")).to_be_visible()

    learner.open_course()
    learner.page.get_by_role("link", name=title, exact=True).click()
    learner.press_on()
    expect(learner.frame.get_by_text("66.67 of 100 points")).to_be_visible()
    learner.frame.get_by_role("button", name="New window").click()
    with learner.context.expect_page() as opened:
        learner.frame.get_by_role("link", name="Open in a new window").click()
    expect(opened.value.get_by_role("heading", name=title)).to_be_visible()
