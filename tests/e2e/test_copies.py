"""Pages of copies, of activities from a file, and of mentors: axe finds nothing, at any width.

Shown by the application alone: the small LMS of the other browser tests copies no courses.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from flask import Response
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from foundation.db import Database
from lti_tool.access import cookies
from lti_tool.app import create_app
from rubrics.actions import courses, releases
from rubrics.actions.copies import take_over
from rubrics.formats import activity_file
from rubrics.queries.copies import activity_content
from rubrics.words import CourseRole
from tests.e2e.visitor import faults_of
from tests.lti_tool.launch_app import launch_services
from tests.lti_tool.pages import school as schools
from tests.lti_tool.pages.school import School
from tests.lti_tool.platform import KeySets

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]
WIDTHS = (360, 800, 1280)


@pytest.fixture
def school(sqlite_url: str) -> School:
    """A school with an activity to copy."""
    return schools.found(Database(sqlite_url))


@pytest.fixture
def origin(school: School) -> Iterator[str]:
    """The application, served."""
    app = create_app(launch_services(school.db, KeySets()))

    @app.get("/come/<secret>")
    def come(secret: str) -> Response:
        """Gives a browser the cookie that a launch would give it."""
        response = Response("Come in")
        cookies.put(response, cookies.SESSION, secret, 600)
        return response

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def _at_a_copied_link(school: School, origin: str, chromium: Browser) -> tuple[Page, str]:
    """An instructor of the copied course at a link with nothing yet; the page's beginning."""
    course_id = school.write(lambda s: courses.new_course(s, "Skills 102").id)
    later = replace(school, course_id=course_id)
    instructor = later.enrol("Paul Later", CourseRole.INSTRUCTOR)
    visit = later.visit(
        instructor,
        CourseRole.INSTRUCTOR,
        placement_id=later.empty_placement(),
        copied_from={"link": [str(school.activity_id)], "course": [str(_second(school))]},
    )
    page = chromium.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{origin}/come/{visit.secret}")
    return page, f"{origin}{visit.path()}"


def _second(school: School) -> UUID:
    content = school.read(lambda s: activity_content(s, school.activity_id, school.course_id))
    return school.write(
        lambda s: (
            take_over(
                s,
                course_id=school.course_id,
                author_id=school.instructor_id,
                content=replace(content, title="Explain an outage"),
            ).value.activity_id
        )
    )


def _nothing_found(page: Page) -> None:
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found[width] = faults_of(page)
    assert (page.title(), found) == (page.title(), {width: [] for width in WIDTHS})


def test_one_click_uses_the_copy(school: School, origin: str, chromium: Browser) -> None:
    page, address = _at_a_copied_link(school, origin, chromium)
    page.goto(address)
    expect(page.get_by_role("heading", name="This course is a copy.")).to_be_visible()
    _nothing_found(page)
    page.get_by_role("link", name="Not now").click()
    expect(page.get_by_role("heading", name="This looks like a copy of")).to_be_visible()
    _nothing_found(page)
    page.get_by_text("Show what it asks and its rubric").first.click()
    _nothing_found(page)
    page.get_by_role("button", name="Use a copy").first.click()
    expect(page.get_by_role("heading", name=schools.TITLE)).to_be_visible()
    page.close()


def test_all_of_a_copied_course(school: School, origin: str, chromium: Browser) -> None:
    page, address = _at_a_copied_link(school, origin, chromium)
    page.goto(address)
    page.get_by_role("checkbox", name="Explain an outage").uncheck()
    page.get_by_role("button", name="Take over what is ticked").click()
    expect(page.get_by_role("heading", name=schools.TITLE)).to_be_visible()
    page.close()


def test_the_pages_of_a_mentor(school: School, origin: str, chromium: Browser) -> None:
    school.hand_in(school.learner_ids[0], "Evidence.")
    draft, version = school.rate(school.learner_ids[0], 3, "Well done.")
    school.write(
        lambda s: releases.release(
            s, assessment_id=draft, assessor_id=school.instructor_id, expected_version=version
        )
    )
    mentor = school.enrol("Mona Mentor", CourseRole.MENTOR)
    learners = [str(each) for each in school.learner_ids[:2]]
    visit = school.visit(mentor, CourseRole.MENTOR, learners=learners)
    page = chromium.new_page()
    page.goto(f"{origin}/come/{visit.secret}")
    page.goto(f"{origin}{visit.path()}")
    _nothing_found(page)
    page.get_by_role("link", name="Ana Álvarez").click()
    expect(page.get_by_role("heading", name="Results in this course")).to_be_visible()
    _nothing_found(page)
    page.get_by_role("link", name=schools.TITLE).click()
    expect(page.get_by_text("Well done.").first).to_be_visible()
    _nothing_found(page)
    page.close()


def test_a_file_with_a_skill_that_is_not_known(
    school: School, origin: str, chromium: Browser, tmp_path: Path
) -> None:
    content = school.read(lambda s: activity_content(s, school.activity_id, school.course_id))
    file = tmp_path / "call.twofold.json"
    page, address = _at_a_copied_link(school, origin, chromium)
    page.goto(f"{address}choose/file")
    _nothing_found(page)
    file.write_bytes(b"{}")
    page.get_by_label("The file").set_input_files(file)
    page.get_by_role("button", name="Take it over").click()
    expect(page.get_by_text("This is not the file of an activity.")).to_be_visible()
    _nothing_found(page)
    (first, *others) = content.items
    stranger = replace(first, identifier=UUID(int=1), uri=None, label="Juggling")
    file.write_bytes(activity_file.write(replace(content, items=(stranger, first, *others))))
    page.get_by_label("The file").set_input_files(file)
    page.get_by_role("button", name="Take it over").click()
    expect(page.get_by_text("Juggling")).to_be_visible()
    _nothing_found(page)
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_role("heading", name="This is what learners will see")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as a file").click()
    assert download.value.suggested_filename == "Handle-an-upset-client.twofold.json"
    page.close()
