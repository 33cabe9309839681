"""An LMS that fails for a while: the class list says so in words, and the grade arrives, once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e import class_work
from tests.e2e.conftest import Visit
from tests.e2e.running import Running
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

TITLE = "When the gradebook is away"
LEVELS = (4, 4, 4, 4, 2)
POINTS = "91.67"


@pytest.fixture(scope="module")
def activity(demo: Running) -> str:
    class_work.add_activity(demo, TITLE)
    return TITLE


@pytest.fixture
def healed(demo: Running) -> Iterator[None]:
    yield
    demo.forget_faults()


def release_to(demo: Running, person: str, name: str) -> None:
    class_work.open_activity(demo, person, TITLE)
    class_work.release(demo, TITLE, name, LEVELS, "Well done.")


def row_of(instructor: Visitor, name: str) -> Locator:
    instructor.open(TITLE)
    return instructor.frame.get_by_role("row", name=name)


def came_once(demo: Running, person: str) -> None:
    (score,) = [each for each in demo.scores(person) if f"“{TITLE}”" in each["comment"]]
    assert score["score"] == float(POINTS)
    assert score["activity_progress"] == "Completed"
    assert score["grading_progress"] == "FullyGraded"


@pytest.mark.usefixtures("activity", "healed")
def test_an_lms_that_answers_500_gets_the_grade_later(visit: Visit, demo: Running) -> None:
    demo.plan_fault("scores", "500", times=3)
    release_to(demo, "learner-04", "Olúwaṣeun Adébáyọ̀")
    instructor = visit("instructor-1")
    row = row_of(instructor, "Olúwaṣeun Adébáyọ̀")
    instructor.reload_until(row, "on its way; the LMS did not take it yet")
    expect(row).to_contain_text("500 Internal Server Error")
    expect(row).to_contain_text("next try")
    instructor.reload_until(row, f"✓ in the gradebook {POINTS}")
    came_once(demo, "learner-04")


@pytest.mark.usefixtures("activity", "healed")
def test_an_lms_that_says_409_is_asked_what_it_has(visit: Visit, demo: Running) -> None:
    demo.plan_fault("scores", "409")
    release_to(demo, "learner-05", "Siobhán O’Brien")
    instructor = visit("instructor-1")
    row = row_of(instructor, "Siobhán O’Brien")
    instructor.reload_until(row, f"✓ in the gradebook {POINTS}")
    came_once(demo, "learner-05")


@pytest.mark.usefixtures("activity", "healed")
def test_an_lms_that_says_nothing_for_a_while_gets_the_grade_once(
    visit: Visit, demo: Running
) -> None:
    """First it hangs and cuts the line; then it keeps the score, but nobody hears of it."""
    demo.plan_fault("scores", "hang", seconds=2)
    demo.plan_fault("scores", "drop-after-commit")
    release_to(demo, "learner-06", "Łukasz Wójcik")
    instructor = visit("instructor-1")
    row = row_of(instructor, "Łukasz Wójcik")
    instructor.reload_until(row, "on its way")
    instructor.reload_until(row, f"✓ in the gradebook {POINTS}")
    came_once(demo, "learner-06")


@pytest.mark.usefixtures("activity", "healed")
def test_a_refused_grade_says_why_and_send_again_sends_it(visit: Visit, demo: Running) -> None:
    demo.plan_fault("scores", "404")
    release_to(demo, "learner-07", "Fatima Zahra El Idrissi")
    instructor = visit("instructor-1")
    row = row_of(instructor, "Fatima Zahra El Idrissi")
    instructor.reload_until(row, "The LMS said: “404 Not Found”")
    assert demo.scores("learner-07") == []
    row.get_by_role("button", name="Send again").click()
    expect(instructor.frame.get_by_role("status")).to_contain_text("Sent again.")
    instructor.reload_until(row, f"✓ in the gradebook {POINTS}")
    came_once(demo, "learner-07")
