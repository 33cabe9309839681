"""The whole promise, as people do it: add, hand in, assess by keyboard alone, read, record."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.running import Running
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

TITLE = "Calm an upset client"
LEARNER, NAME = "learner-12", "Noah Cohen"
# Weights 2 1 2 2 1; shares of the levels 4 3 3 4 2 are 1, 2/3, 2/3, 1, 1/3: 6.3333 of 8.
LEVELS = (4, 3, 3, 4, 2)
LINE = "Score 79.17 of 100 = (2 × 1 + 1 × 0.6667 + 2 × 0.6667 + 2 × 1 + 1 × 0.3333) ÷ 8 × 100"
COMMENT = "You let her finish. Next time agree on a day."
VERB = {
    "launched": "http://adlnet.gov/expapi/verbs/launched",
    "submitted": "http://activitystrea.ms/submit",
    "scored": "http://adlnet.gov/expapi/verbs/scored",
    "asserted": "https://w3id.org/xapi/tla/verbs/asserted",
    "achieved": "https://w3id.org/xapi/tla/verbs/achieved",
}


def test_from_adding_an_activity_to_the_gradebook_and_the_records(
    visit: Visit, demo: Running
) -> None:
    instructor, learner = visit("instructor-1"), visit(LEARNER)
    add_by_deep_linking(instructor)
    hand_in(learner)
    assess_by_keyboard_alone(instructor)
    read_the_result(learner)
    look_into_the_gradebook(instructor, learner)
    read_the_records(demo.statements(LEARNER))


def add_by_deep_linking(instructor: Visitor) -> None:
    instructor.add_activity("Talking with people")
    frame = instructor.frame
    frame.get_by_role("link", name="Write a new one").click()
    frame.get_by_label("Title").fill(TITLE)
    frame.get_by_label("What they read").fill("Play the call with a partner.\n\nThen hand it in.")
    frame.get_by_label("Method").select_option("role-play")
    frame.get_by_role("radio", name="Client role-play").check()
    frame.get_by_label("Find a skill").press_sequentially("listen")
    frame.get_by_role("checkbox", name="Active listening").check()
    frame.get_by_label("Find a skill").fill("product know")
    frame.get_by_role("checkbox", name="Product knowledge").check()
    expect(frame.get_by_role("checkbox", name="Active listening")).to_be_checked()
    frame.get_by_label("Points of the full score").fill("100")
    frame.get_by_role("button", name="Keep and look at it").last.click()
    expect(frame.get_by_role("heading", name="This is what learners will see")).to_be_visible()
    frame.get_by_role("button", name="Add to course").click()
    notice = instructor.page.get_by_role("status")
    expect(notice).to_have_text(f"Added to the course: {TITLE}.")


def hand_in(learner: Visitor) -> None:
    learner.open(TITLE)
    expect(learner.work).to_contain_text("hard Product knowledge")
    expect(learner.work).to_contain_text("soft Active listening")
    expect(learner.work).to_contain_text("Puts the client’s feeling or its cause into own words")
    frame = learner.frame
    frame.get_by_label("Text").fill("I let her finish and offered a loan machine.")
    frame.get_by_label("Link 1").fill("https://example.org/call")
    frame.get_by_label("Files").set_input_files(
        {"name": "Notes of the call.txt", "mimeType": "text/plain", "buffer": b"Saturday matters."}
    )
    frame.get_by_role("button", name="Submit").click()
    expect(learner.work.get_by_role("heading", name="Handed in")).to_be_visible()
    expect(frame.get_by_role("link", name="https://example.org/call")).to_be_visible()
    with learner.page.expect_download() as download:
        frame.get_by_role("link", name="Notes of the call.txt").first.click()
    assert download.value.path().read_bytes() == b"Saturday matters."


def assess_by_keyboard_alone(instructor: Visitor) -> None:
    """From the course page to the released grade without touching the mouse."""
    instructor.open_course()
    instructor.tab_to(instructor.page.get_by_role("link", name=TITLE, exact=True))
    instructor.press("Enter")
    instructor.arrive()
    frame = instructor.frame
    instructor.tab_to(frame.get_by_role("link", name=NAME, exact=True))
    instructor.press("Enter")
    evidence = frame.get_by_role("tab", name="Evidence")
    expect(frame.locator("#pane-evidence")).to_contain_text("offered a loan machine")
    instructor.tab_to(evidence)
    instructor.press("ArrowRight")
    first = frame.get_by_role("group", name="Listening").get_by_role("radio").first
    instructor.tab_to(first)
    for level in LEVELS:
        instructor.press(f"{level} j")
    expect(frame.get_by_text("5 of 5 rated")).to_be_visible()
    instructor.press("k k k k c")
    instructor.page.keyboard.type("You said back what she meant.")
    instructor.press("Escape")
    instructor.tab_to(frame.get_by_label("Comment on the whole"))
    instructor.page.keyboard.type(COMMENT)
    instructor.tab_to(frame.get_by_role("button", name="Release …"))
    instructor.press("Enter")
    expect(frame.get_by_text("The gradebook of the course gets 79.17 of 100.")).to_be_visible()
    instructor.tab_to(frame.get_by_role("button", name="Release", exact=True))
    instructor.press("Enter")
    expect(frame.get_by_role("heading", name="Released")).to_be_visible()


def read_the_result(learner: Visitor) -> None:
    learner.open(TITLE)
    frame = learner.frame
    expect(learner.work).to_contain_text("79.17 of 100 points")
    expect(learner.work).to_contain_text(COMMENT)
    frame.get_by_text("How this is worked out").click()
    expect(frame.get_by_text(LINE)).to_be_visible()
    levels = [pill.inner_text() for pill in frame.locator(".criterion-head .pill").all()]
    words = {4: "Advanced 4/4", 3: "Proficient 3/4", 2: "Developing 2/4"}
    assert levels == [words[level] for level in LEVELS]
    expect(learner.work).to_contain_text("You said back what she meant.")
    stands = frame.get_by_role("region", name="Where you stand now")
    listening = stands.get_by_role("article").filter(has_text="Active listening")
    expect(listening).to_contain_text("Advanced")
    expect(listening).to_contain_text("1 piece of evidence seen by 1 person, met the aim in 1 of 1")
    listening.get_by_text("Why?").click()
    expect(listening.get_by_role("row", name=TITLE)).to_contain_text("4")


def look_into_the_gradebook(instructor: Visitor, learner: Visitor) -> None:
    instructor.open(TITLE)
    row = instructor.frame.get_by_role("row", name=NAME)
    instructor.reload_until(row, "✓ in the gradebook 79.17")
    instructor.page.get_by_role("link", name="Gradebook").click()
    cells = instructor.page.locator(f'tr[data-person="{LEARNER}"] td')
    cell = cells.filter(has_text="79.17 / 100")
    expect(cell).to_contain_text(LINE)
    expect(cell).to_contain_text("Listening: Advanced.")
    expect(cell).to_contain_text("Agreeing the next step: Developing.")
    learner.page.get_by_role("link", name="My grades").click()
    expect(learner.page.get_by_role("listitem").filter(has_text=TITLE)).to_contain_text(
        "79.17 / 100"
    )


def read_the_records(statements: list[dict[str, Any]]) -> None:
    def of(verb: str) -> list[dict[str, Any]]:
        return [each for each in statements if each["verb"]["id"] == VERB[verb]]

    def name(statement: dict[str, Any]) -> str:
        names: dict[str, str] = statement["object"].get("definition", {}).get("name", {})
        return names.get("en", "")

    def here(verb: str, title: str) -> list[dict[str, Any]]:
        return [each for each in of(verb) if name(each) == title]

    assert len(here("launched", TITLE)) >= 2
    assert len(of("submitted")) == 1
    criteria = [each for each in of("scored") if name(each) != TITLE]
    assert [each["result"]["score"]["raw"] for each in criteria] == list(LEVELS)
    (score,) = here("scored", TITLE)
    assert score["result"]["score"] == {"scaled": 0.791667, "raw": 79.17, "min": 0, "max": 100}
    (listening,) = here("asserted", "Active listening")
    assert listening["result"]["score"] == {"scaled": 1, "raw": 4, "min": 0, "max": 4}
    assert listening["result"]["success"] is True
    (product,) = here("asserted", "Product knowledge")
    assert product["result"]["score"]["raw"] == 4
    assert len(here("achieved", "Active listening")) == 1
    step = "Assume responsibility"
    assert [each["result"]["success"] for each in here("asserted", step)] == [False]
    assert here("achieved", step) == []
    assert {each["actor"]["account"]["name"] for each in statements} == {LEARNER}
    registrations = {each["context"]["registration"] for each in [*criteria, score, listening]}
    assert registrations == {here("launched", TITLE)[0]["context"]["registration"]}
