"""Frames, windows and people beside each other: nothing crosses."""

import re

import pytest
from playwright.sync_api import FrameLocator, Request, expect

from tests.e2e import class_work
from tests.e2e.conftest import Visit
from tests.e2e.running import Running
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

CALL = "The late delivery: a conversation with a client"
REVIEW = "Review a change to the booking calculator"


def launch_address(visitor: Visitor, title: str) -> str:
    """Where the LMS begins a launch: what its own page has in its frame."""
    visitor.open_course()
    visitor.page.get_by_role("link", name=title, exact=True).click()
    address = visitor.page.locator("iframe[name=activity]").get_attribute("src")
    assert address is not None
    return address


def both_on_one_page(visitor: Visitor) -> tuple[FrameLocator, FrameLocator]:
    """A page of the LMS that shows two activities at once, launched at the same moment."""
    frames = "".join(
        f'<iframe name="{name}" src="{launch_address(visitor, title)}" width="800" height="600">'
        "</iframe>"
        for name, title in (("call", CALL), ("review", REVIEW))
    )
    both = f"{visitor.demo.course}/both"
    visitor.page.route(both, lambda route: route.fulfill(body=frames, content_type="text/html"))
    visitor.page.goto(both)
    return tuple(visitor.page.frame_locator(f"[name={name}]") for name in ("call", "review"))  # type: ignore[return-value]


def submitted(demo: Running, person: str) -> int:
    """How often somebody has handed in, as the record has it."""
    verbs = [statement["verb"]["id"] for statement in demo.statements(person)]
    return verbs.count("http://activitystrea.ms/submit")


def handle(request: Request) -> str:
    found = re.search("/l/([^/]+)/", request.url)
    assert found is not None
    return found[1]


def test_two_activities_in_two_frames_do_not_cross(visit: Visit) -> None:
    learner = visit("learner-12")
    posts: list[Request] = []
    learner.page.on("request", lambda each: posts.append(each) if each.method == "POST" else None)
    frames = both_on_one_page(learner)
    for frame, title in zip(frames, (CALL, REVIEW), strict=True):
        expect(frame.get_by_role("heading", name=title)).to_be_visible()
    posts.clear()
    for frame, text in zip(frames, ("about the call", "about the review"), strict=True):
        frame.get_by_label("Text").fill(text)
    for frame in frames:
        frame.get_by_role("button", name="Save draft").last.click()
    for frame, text in zip(frames, ("about the call", "about the review"), strict=True):
        expect(frame.get_by_text("Saved. Only you see it until you submit.")).to_be_visible()
        expect(frame.get_by_label("Text")).to_have_value(text)
    call, review = (post for post in posts if post.url.endswith("/activity/evidence"))
    assert handle(call) != handle(review)
    assert "about the call" in str(call.post_data)
    assert "about the review" in str(review.post_data)

    for title, text in ((CALL, "about the call"), (REVIEW, "about the review")):
        learner.open(title)
        expect(learner.frame.get_by_label("Text")).to_have_value(text)


def test_another_person_in_the_same_browser_ends_the_first_ones_pages(visit: Visit) -> None:
    visitor = visit("learner-11")
    visitor.open(CALL)
    visitor.frame.get_by_label("Text").fill("of Aylin")
    expect(visitor.frame.locator("[data-status]")).to_have_text(re.compile("^saved"))
    first = visitor.page
    visitor.page = visitor.context.new_page()
    visitor.sign_in("learner-10")
    visitor.open(CALL)
    expect(visitor.frame.get_by_text("João Gonçalves")).to_be_visible()

    old = first.frame_locator("iframe[name=activity]")
    old.get_by_role("button", name="Save draft").last.click()
    expect(old.get_by_role("alert")).to_contain_text("Another person is using this browser")
    expect(old.get_by_text("access.person.other")).to_be_visible()
    visitor.provoke("status of 403")
    visitor.document().goto(visitor.document().url)
    expect(visitor.frame.get_by_label("Text")).to_have_value("")


def test_a_new_window_opens_the_same_page_and_works(visit: Visit) -> None:
    learner = visit("learner-10")
    learner.open(REVIEW)
    learner.frame.get_by_role("link", name="My skills").click()
    expect(learner.frame.get_by_role("heading", name="My skills")).to_be_visible()
    with learner.context.expect_page() as opened:
        learner.frame.get_by_role("button", name="New window").click()
    window = opened.value
    expect(window.get_by_role("heading", name="My skills")).to_be_visible()
    expect(window.get_by_role("banner")).to_contain_text("João Gonçalves · learner · Skills 101")
    assert window.frames == [window.main_frame]
    window.get_by_role("link", name="The activity").click()
    expect(window.get_by_role("heading", name=REVIEW)).to_be_visible()
    window.reload()
    expect(window.get_by_role("heading", name=REVIEW)).to_be_visible()
    learner.frame.get_by_role("link", name="The activity").click()
    expect(learner.frame.get_by_role("heading", name=REVIEW)).to_be_visible()


def test_reload_and_back_show_the_page_and_send_nothing_twice(visit: Visit, demo: Running) -> None:
    title = "Back and forth"
    class_work.add_activity(demo, title)
    before = submitted(demo, "learner-09")
    learner = visit("learner-09")
    learner.open(title)
    learner.frame.get_by_label("Text").fill("handed in once")
    learner.frame.get_by_role("button", name="Submit").click()
    handed_in = learner.work.get_by_role("heading", name="Handed in")
    expect(handed_in).to_be_visible()
    learner.document().evaluate("location.reload()")
    expect(handed_in).to_be_visible()
    learner.frame.get_by_role("link", name="My skills").click()
    expect(learner.frame.get_by_role("heading", name="My skills")).to_be_visible()
    learner.page.evaluate("history.back()")
    expect(handed_in).to_be_visible()
    learner.page.evaluate("history.forward()")
    expect(learner.frame.get_by_role("heading", name="My skills")).to_be_visible()
    learner.page.reload()
    learner.arrive()
    assert submitted(demo, "learner-09") == before + 1


def test_a_link_that_is_not_set_up_waits_for_the_instructor(visit: Visit) -> None:
    title = "Something to come"
    learner, instructor = visit("learner-08"), visit("instructor-1")
    instructor.open_course()
    instructor.page.get_by_role("link", name="Add a plain link to Welcome").click()
    instructor.page.get_by_label("Title").fill(title)
    instructor.page.get_by_role("button", name="Add the link").click()
    learner.open(title)
    not_yet = learner.frame.get_by_role("heading", name="Your instructor has not set this up yet")
    expect(not_yet).to_be_visible()

    instructor.open(title)
    frame = instructor.frame
    expect(frame.get_by_role("heading", name="Choose an activity")).to_be_visible()
    frame.get_by_role("link", name=CALL).click()
    frame.get_by_role("button", name="Use it here").click()
    expect(frame.get_by_role("status")).to_contain_text("The activity is set up.")
    expect(frame.get_by_role("row", name="Олена Ковальчук")).to_be_visible()

    learner.document().goto(learner.document().url)
    learner.open(title)
    expect(learner.frame.get_by_role("heading", name=CALL)).to_be_visible()
    expect(learner.frame.get_by_role("button", name="Submit")).to_be_visible()
