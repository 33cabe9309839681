"""Choosing and writing an activity: in deep linking, on an empty link, and editing later."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from foundation.db import Database
from lti_tool.access.tables import Purpose
from rubrics.actions import courses, releases
from rubrics.queries.activities import activity_choices, activity_page, competency_choices
from rubrics.words import CourseRole, Kind
from tests.lti_tool.pages.conftest import Browser
from tests.lti_tool.pages.school import TITLE, School, Visit


@pytest.fixture
def db(sqlite_url: str) -> Iterator[Database]:
    """One engine: the form is looked at here; the actions behind it are tested on both."""
    database = Database(sqlite_url)
    yield database
    database.dispose()


@pytest.fixture
def chooser(school: School, browse: Callable[[Visit], Browser]) -> Browser:
    """The instructor in deep linking."""
    return browse(
        school.visit(
            school.instructor_id,
            CourseRole.INSTRUCTOR,
            Purpose.DEEP_LINKING,
            deep_linking={"return_url": "https://lms.example/return"},
        )
    )


def _choices(school: School) -> Any:
    return school.read(lambda s: activity_choices(s, school.course_id))


def _form(school: School, **changes: object) -> dict[str, object]:
    return {
        "title": "Explain an outage",
        "description": "Line one",
        "method": "scenario",
        "rubric": str(school.rubric.version_id),
        "maximum": "20",
        "do": "keep",
        **changes,
    }


def test_deep_linking_begins_with_what_the_course_has(chooser: Browser) -> None:
    assert chooser.get().location.endswith("/choose")
    text = chooser.get("choose").get_data(as_text=True)
    assert TITLE in text
    assert "mine" in text


def test_a_course_with_nothing_goes_straight_to_the_form(
    school: School, browse: Callable[[Visit], Browser]
) -> None:
    school.course_id = school.write(lambda s: courses.new_course(s, "Empty").id)
    visit = school.visit(
        school.instructor_id, CourseRole.INSTRUCTOR, Purpose.DEEP_LINKING, deep_linking={}
    )
    assert browse(visit).get("choose").location.endswith("/choose/new")


def test_writing_leads_to_the_preview(chooser: Browser, school: School) -> None:
    skill = school.read(lambda s: competency_choices(s, "Active listening"))[0]
    answer = chooser.post(
        "choose/new",
        _form(
            school,
            competency=f"{skill.id} soft {skill.label}",
            due="2030-05-01T12:00",
            zone="-120",
        ),
    )
    assert answer.status_code == 303
    written = _choices(school)[0]
    assert answer.location.endswith(f"/choose/{written.id}")
    assert [each.label for each in written.competencies] == ["Active listening"]
    assert written.due_at == datetime(2030, 5, 1, 10, 0, tzinfo=UTC)
    assert written.maximum == 20
    text = chooser.get(f"choose/{written.id}").get_data(as_text=True)
    assert "This is what learners will see" in text
    assert "Add to course" in text
    assert "Replies before the client has finished" in text


def test_no_skill_chosen_takes_those_of_the_rubric(chooser: Browser, school: School) -> None:
    chooser.post("choose/new", _form(school))
    aligned = {each.competency.id for row in school.rubric.criteria for each in row.alignments}
    assert {each.id for each in _choices(school)[0].competencies} == aligned


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "The title is missing"),
        ({"title": "x" * 256}, "at most 255 fit"),
        ({"rubric": ""}, "Choose a rubric"),
        ({"maximum": "a lot"}, "Write the points as a number"),
        ({"maximum": "0"}, "must be above 0"),
        ({"maximum": "nan"}, "must be above 0"),
        ({"address": "ftp://example.org"}, "This is not a link that can be opened"),
        ({"due": "tomorrow"}, "Write the date and time"),
        ({"due": "9999-12-31T23:59", "zone": "600"}, "Write the date and time"),
        ({"competency": "5d79eee1-f3c9-4ecb-bb24-13b34f76e996 soft X"}, "does not exist here"),
    ],
)
def test_a_mistake_keeps_what_was_typed(
    chooser: Browser, school: School, changes: dict[str, object], said: str
) -> None:
    answer = chooser.post("choose/new", _form(school, description="Kept <text>", **changes))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert said in text
    assert "Kept &lt;text&gt;</textarea>" in text
    assert len(_choices(school)) == 1


def test_finding_without_scripts_keeps_form_and_ticks(chooser: Browser, school: School) -> None:
    skill = school.read(lambda s: competency_choices(s, "Active listening"))[0]
    ticked = f"{skill.id} soft {skill.label}"
    answer = chooser.post(
        "choose/new", _form(school, do="find", find="programming", competency=ticked)
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f'value="{ticked}" checked' in text
    assert "Programming" in text
    assert 'value="Explain an outage"' in text
    assert len(_choices(school)) == 1


def test_finding_gives_hard_and_soft_side_by_side(chooser: Browser) -> None:
    text = chooser.get("choose/skills?find=listening").get_data(as_text=True)
    assert 'data-kind="hard"' in text
    assert 'data-kind="soft"' in text
    assert "Active listening" in text
    assert "<html" not in text


def test_an_echoed_tick_is_only_text(chooser: Browser, school: School) -> None:
    value = f'{school.activity_id} {Kind.SOFT.value} "><script>alert(1)</script>'
    answer = chooser.post("choose/new", _form(school, do="find", competency=value))
    assert "<script>alert" not in answer.get_data(as_text=True)


def test_an_empty_link_offers_the_same_picker_and_shows_the_choice(
    school: School, browse: Callable[[Visit], Browser]
) -> None:
    empty = school.empty_placement()
    browser = browse(school.visit(school.instructor_id, CourseRole.INSTRUCTOR, placement_id=empty))
    assert browser.get().location.endswith("/choose")
    preview = browser.get(f"choose/{school.activity_id}").get_data(as_text=True)
    assert "Use it here" in preview
    answer = browser.post(f"choose/{school.activity_id}/add")
    assert answer.location.endswith("/class?done=placed")
    page = school.read(lambda s: activity_page(s, empty))
    assert page.activity is not None
    assert page.activity.id == school.activity_id
    assert browser.get().location.endswith("/class")


def test_the_activity_of_another_course_is_not_there(chooser: Browser, school: School) -> None:
    other = school.write(lambda s: courses.new_course(s, "Other course").id)
    theirs = school.course_id
    school.course_id = other
    assert _choices(school) == ()
    school.course_id = theirs
    assert chooser.get("choose/5d79eee1-f3c9-4ecb-bb24-13b34f76e996").status_code == 404


def test_editing_the_placed_activity(instructor: Browser, school: School) -> None:
    text = instructor.get("activity/edit").get_data(as_text=True)
    assert f'value="{TITLE}"' in text
    answer = instructor.post("activity/edit", _form(school, title="A new title"))
    assert answer.location.endswith("/class?done=edited")
    assert "A new title" in instructor.get("class").get_data(as_text=True)


def test_after_a_release_the_rubric_stays(instructor: Browser, school: School) -> None:
    person = school.learner_ids[0]
    draft, version = school.rate(person, 3)
    school.write(
        lambda s: releases.release(
            s, assessment_id=draft, assessor_id=school.instructor_id, expected_version=version
        )
    )
    text = instructor.get("activity/edit").get_data(as_text=True)
    assert "so it stays" in text
    other = text.split('name="rubric" value="')[1:]
    wrong = next(
        part.split('"')[0] for part in other if str(school.rubric.version_id) not in part[:36]
    )
    answer = instructor.post("activity/edit", _form(school, rubric=wrong))
    assert answer.status_code == 400
    assert "were released, so it stays" in answer.get_data(as_text=True)


def test_the_course_page_lists_its_activities(
    school: School, browse: Callable[[Visit], Browser]
) -> None:
    school.hand_in(school.learner_ids[0], "words")
    visit = school.visit(school.assistant_id, CourseRole.ASSISTANT, Purpose.COURSE_HOME)
    browser = browse(visit)
    assert browser.get().location.endswith("/course")
    text = browser.get("course").get_data(as_text=True)
    assert TITLE in text
    assert "<strong>1</strong>" in text


def test_a_link_without_an_activity_gets_one_from_the_course_page(
    school: School, browse: Callable[[Visit], Browser]
) -> None:
    """Open edX and Sakai make links with neither a column nor a hint of what they are for."""
    link, home = school.empty_placement(), Purpose.COURSE_HOME
    visit = school.visit(school.instructor_id, CourseRole.INSTRUCTOR, home, placement_id=link)
    browser, way = browse(visit), "Choose or write its activity"
    assert browser.get().location.endswith("/course")
    assert way in browser.get("course").get_data(as_text=True)
    assert TITLE in browser.get("choose").get_data(as_text=True)
    added = browser.post(f"choose/{school.activity_id}/add")
    assert added.location.endswith("/class?done=placed")
    assert "Learners see it from now on" in browser.get("class?done=placed").get_data(as_text=True)
    assert browser.get().location.endswith("/class")
    assert way not in browser.get("course").get_data(as_text=True)
    shown = school.read(lambda s: activity_page(s, link)).activity
    assert shown is not None
    assert shown.id == school.activity_id


def test_only_instructors_choose_the_activity_of_a_link_and_only_where_it_is_one(
    school: School, browse: Callable[[Visit], Browser]
) -> None:
    link, home = school.empty_placement(), Purpose.COURSE_HOME
    for person, role, placement in (
        (school.assistant_id, CourseRole.ASSISTANT, link),
        (school.instructor_id, CourseRole.INSTRUCTOR, None),
    ):
        browser = browse(school.visit(person, role, home, placement_id=placement))
        assert "its activity" not in browser.get("course").get_data(as_text=True)
