"""axe, run inside the frame, finds nothing on any page: on a phone, in a frame, in a window.

Beside it: no page is wider than its frame, and none complains in the console.
"""

import pytest
from playwright.sync_api import expect

from tests.e2e import class_work
from tests.e2e.conftest import Visit
from tests.e2e.running import Running
from tests.e2e.visitor import Visitor, faults_of

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

TITLE = "For everybody"
CALL = "The late delivery: a conversation with a client"
NAME = "Aylin Yıldız"
WIDTHS = (360, 800, 1280)


def nothing_found(visitor: Visitor) -> None:
    """axe is content with the page in the frame, at every width."""
    visitor.arrive()
    found = {}
    for width in WIDTHS:
        visitor.make_frame(width)
        found[width] = faults_of(visitor.document())
    heading = visitor.frame.locator("h1").inner_text()
    assert (heading, found) == (heading, {width: [] for width in WIDTHS})


@pytest.fixture(scope="module")
def activity(demo: Running) -> str:
    class_work.add_activity(demo, TITLE)
    return TITLE


def test_pages_of_a_learner(visit: Visit, demo: Running, activity: str) -> None:
    learner = visit("learner-11", width=1400)
    frame = learner.frame
    learner.open(activity)
    nothing_found(learner)
    frame.get_by_label("Text").fill("A draft.")
    frame.get_by_label("Files").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Notes"}
    )
    frame.get_by_role("button", name="Save draft").last.click()
    expect(frame.get_by_text("Saved. Only you see it until you submit.")).to_be_visible()
    nothing_found(learner)
    frame.get_by_role("button", name="Submit").click()
    expect(frame.get_by_role("heading", name="Handed in")).to_be_visible()
    frame.get_by_text("Change it and hand in again").click()
    nothing_found(learner)
    class_work.release(demo, activity, NAME, (4, 3, 3, 2, 1), "Good work.")
    learner.open(activity)
    for folded in frame.locator("summary").all():
        folded.click()
    nothing_found(learner)
    frame.get_by_role("link", name="My skills").click()
    expect(frame.get_by_role("heading", name="My skills")).to_be_visible()
    nothing_found(learner)
    frame.get_by_role("link", name="Help").click()
    expect(frame.get_by_role("heading", name="Help")).to_be_visible()
    nothing_found(learner)


def test_pages_of_a_course_home_and_of_a_link_that_is_not_set_up(visit: Visit) -> None:
    instructor, learner = visit("instructor-1", width=1400), visit("learner-10", width=1400)
    instructor.open_skills()
    expect(
        instructor.frame.get_by_role("heading", name="Activities of this course")
    ).to_be_visible()
    expect(instructor.frame.get_by_role("rowheader", name=CALL)).to_be_visible()
    expect(instructor.frame.get_by_role("rowheader", name="not set up yet")).to_have_count(0)
    nothing_found(instructor)
    learner.open_skills()
    expect(learner.frame.get_by_text("not assessed yet").first).to_be_visible()
    nothing_found(learner)
    instructor.open_course()
    instructor.page.get_by_role("link", name="Add a plain link to Welcome").click()
    instructor.page.get_by_label("Title").fill("Not yet")
    instructor.page.get_by_role("button", name="Add the link").click()
    learner.open("Not yet")
    expect(learner.frame.get_by_role("heading", name="has not set this up yet")).to_be_visible()
    nothing_found(learner)


def test_pages_of_choosing_and_writing(visit: Visit) -> None:
    instructor = visit("instructor-1", width=1400)
    frame = instructor.frame
    instructor.add_activity("Welcome")
    expect(frame.get_by_role("heading", name="Choose an activity")).to_be_visible()
    nothing_found(instructor)
    frame.get_by_role("link", name="Write a new one").click()
    frame.get_by_label("Title").fill(" ")
    frame.get_by_role("radio", name="Code review").check()
    nothing_found(instructor)
    frame.get_by_role("button", name="Keep and look at it").last.click()
    expect(frame.get_by_role("alert")).to_contain_text("Not saved yet")
    instructor.provoke("status of 400")
    nothing_found(instructor)
    frame.get_by_label("Title").fill("For everybody too")
    frame.get_by_role("button", name="Keep and look at it").last.click()
    expect(frame.get_by_role("heading", name="This is what learners will see")).to_be_visible()
    nothing_found(instructor)


def test_pages_of_assessing(visit: Visit) -> None:
    instructor = visit("instructor-1", width=1400)
    frame = instructor.frame
    instructor.open(CALL)
    expect(frame.get_by_role("row", name="Ana Álvarez")).to_be_visible()
    nothing_found(instructor)
    frame.get_by_role("link", name="Олена Ковальчук", exact=True).click()
    nothing_found(instructor)
    frame.locator("[data-keys-help] summary").click()
    rubric = frame.get_by_role("tab", name="Rubric")
    if rubric.is_visible():
        rubric.click()
    for group in frame.locator("[data-criterion]").all():
        group.get_by_role("radio", name="Proficient").check()
    nothing_found(instructor)
    frame.get_by_role("button", name="Release …").click()
    expect(frame.get_by_role("heading", name="Release the assessment of")).to_be_visible()
    nothing_found(instructor)
    frame.get_by_role("button", name="Release", exact=True).click()
    expect(frame.get_by_role("heading", name="Released")).to_be_visible()
    frame.get_by_text("How this is worked out").click()
    nothing_found(instructor)
    frame.get_by_role("link", name="Edit").click()
    expect(frame.get_by_role("heading", name="Edit the activity")).to_be_visible()
    nothing_found(instructor)
    frame.get_by_role("link", name="Learners’ view").click()
    expect(frame.get_by_role("heading", name="What you do")).to_be_visible()
    nothing_found(instructor)
    frame.get_by_role("link", name="Help").click()
    expect(frame.get_by_role("heading", name="Assessing")).to_be_visible()
    nothing_found(instructor)


def test_pages_that_explain_what_went_wrong(visit: Visit, demo: Running) -> None:
    learner = visit("learner-01", width=1400)
    learner.open(CALL)
    address = learner.document().url
    pages = {
        f"{demo.tool}/l/nobody-was-given-this/": (404, "access.handle.unknown"),
        f"{address.rsplit('/', 1)[0]}/class": (403, "access.role"),
        f"{demo.tool}/lti/window/used": (410, "access.window.used"),
        f"{demo.tool}/lti/login": (400, "launch.parameter.missing"),
    }
    for page, (status, code) in pages.items():
        learner.document().goto(page)
        expect(learner.frame.get_by_text(code)).to_be_visible()
        learner.provoke(f"status of {status}")
        nothing_found(learner)
    stranger = visit()
    for page, status, code in (
        (address, 401, "access.cookie.missing"),
        (f"{demo.tool}/nowhere", 404, "http.404"),
    ):
        stranger.provoke(f"status of {status}")
        stranger.page.goto(page)
        expect(stranger.page.get_by_text(code)).to_be_visible()
        assert faults_of(stranger.page) == []


def test_axe_sees_what_is_in_the_frame(visit: Visit) -> None:
    """So that the tests above do not pass because it looks elsewhere."""
    learner = visit("learner-01")
    learner.open(CALL)
    learner.document().evaluate("document.querySelector('h1').append(new Image())")
    found = faults_of(learner.document())
    assert [each.partition(":")[0] for each in found] == ["image-alt"]
