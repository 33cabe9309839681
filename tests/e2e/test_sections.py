"""The class list of one section, by keyboard and without scripts: from roster to walk."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.test_accessible import CALL, nothing_found

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_a_section_is_chosen_without_a_mouse(visit: Visit) -> None:
    instructor = visit("instructor-1", width=1400)
    frame = instructor.frame
    instructor.open(CALL)
    frame.get_by_role("button", name="Read the class list again").click()
    choice = frame.get_by_label("Section or group")
    expect(choice.locator("option")).to_have_text(
        [
            "The whole class",
            "Monday section (7)",
            "Thursday section (6)",
            *(f"Project: Team {name} (4)" for name in ("Amber", "Birch", "Cedar")),
        ]
    )
    nothing_found(instructor)
    choice.focus()
    instructor.press("ArrowDown ArrowDown Tab Enter")
    rows = frame.get_by_role("table").get_by_role("rowheader")
    expect(rows).to_have_count(6)
    expect(choice.locator("option:checked")).to_have_text("Thursday section (6)")
    nothing_found(instructor)
    rows.first.get_by_role("link").click()
    expect(frame.get_by_role("heading", level=1)).to_contain_text("1 of 6")
    frame.get_by_role("link", name="Class list").click()
    expect(rows).to_have_count(6)


def test_a_section_is_chosen_without_a_script(visit: Visit) -> None:
    instructor = visit("instructor-1", width=1400, scripts=False)
    instructor.page.goto(instructor.demo.course)
    instructor.page.get_by_role("link", name=CALL, exact=True).click()
    instructor.press_on()
    frame = instructor.frame
    frame.get_by_label("Section or group").select_option(label="Project: Team Birch (4)")
    frame.get_by_role("button", name="Show").click()
    expect(frame.get_by_role("table").get_by_role("rowheader")).to_have_count(4)
