"""An instructor of one course, and the people of another course of the same school."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from foundation.db import Database
from rubrics.actions import activities, courses
from rubrics.actions.activities import ActivityDraft
from rubrics.words import CourseRole, Method
from tests.lti_tool.pages.conftest import Browser
from tests.lti_tool.pages.school import School, Visit, _person


@pytest.fixture
def db(sqlite_url: str) -> Database:
    """One engine: the queries behind these pages are tested on both."""
    return Database(sqlite_url)


@pytest.fixture
def neighbour(school: School, browse: Callable[[Visit], Browser]) -> Browser:
    """An instructor of the course next door, at an activity of that course."""

    def action(session: Any) -> tuple[UUID, UUID, UUID]:
        course = courses.new_course(session, "Skills 102", "SK102").id
        person = _person(session, course, "Nora Next", CourseRole.INSTRUCTOR)
        placement = courses.new_placement(session, course, "Next door").id
        draft = ActivityDraft(
            title="Next door",
            text="",
            method=Method.SCENARIO,
            rubric_version_id=school.rubric.version_id,
            competency_ids=[],
            maximum=Decimal(10),
            due_at=None,
        )
        activity = activities.write_activity(
            session, course_id=course, author_id=person, draft=draft
        ).value
        activities.place_activity(session, placement_id=placement, activity_id=activity)
        return course, person, placement

    course, person, placement = school.write(action)
    there = School(**{**vars(school), "course_id": course, "placement_id": placement})
    return browse(there.visit(person, CourseRole.INSTRUCTOR))


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""),
        ("POST", "/save"),
        ("POST", "/draft"),
        ("GET", "/release"),
        ("POST", "/release"),
        ("POST", "/send"),
    ],
)
def test_people_of_another_course_cannot_be_assessed(
    method: str, rest: str, neighbour: Browser, school: School
) -> None:
    person = school.learner_ids[0]
    draft, version = school.rate(person, 2)
    levels = {f"level-{row.id}": str(row.levels[3].id) for row in school.rubric.criteria}
    form = {"version": str(version), "do": "save", "assessment": str(draft), **levels}
    path = f"class/{person}{rest}"
    answer = neighbour.get(path) if method == "GET" else neighbour.post(path, form)
    if rest == "/send":  # says how many grades it sends again: none
        assert answer.status_code == 303
    else:
        assert answer.status_code == 400
        assert "person.no_learner" in answer.text
    assert "Ana Álvarez" not in answer.text
    kept = school.draft_of(person)
    assert kept.version == version
    assert {row.level.position for row in kept.criteria} == {2}


def test_nor_are_they_listed(neighbour: Browser) -> None:
    assert "Ana Álvarez" not in neighbour.get("class").get_data(as_text=True)
