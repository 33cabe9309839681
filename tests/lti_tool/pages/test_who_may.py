"""Every route under a handle, visited by everybody: a route that is not listed here fails.

Who is let in sees 200, is sent on (302, 303), or hears that the form lacks something (400, 404,
409); who is not sees 403. A handle opens nothing without its cookie, or with another school's.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event

from foundation.db import Database
from lti_tool.access.permissions import Permission
from lti_tool.access.tables import Purpose
from rubrics.words import CourseRole
from tests.lti_tool.pages import school as schools
from tests.lti_tool.pages.conftest import Browser
from tests.lti_tool.pages.school import School, Visit

STAFF = frozenset({CourseRole.INSTRUCTOR, CourseRole.ASSISTANT})
INSTRUCTORS = frozenset({CourseRole.INSTRUCTOR})
LEARNERS = frozenset({CourseRole.LEARNER})
CLASS = STAFF | LEARNERS
MENTORS = frozenset({CourseRole.MENTOR})

EXPECTED: dict[str, tuple[Permission, frozenset[CourseRole]]] = {
    "start.start": (Permission.OPEN, CLASS | MENTORS),
    "start.help": (Permission.OPEN, CLASS | MENTORS),
    "access.window": (Permission.OPEN, CLASS | MENTORS),
    "mentor.learners": (Permission.SEE_LEARNERS, MENTORS),
    "mentor.learner": (Permission.SEE_LEARNERS, MENTORS),
    "mentor.result": (Permission.SEE_LEARNERS, MENTORS),
    "instructor.choose": (Permission.CHOOSE, INSTRUCTORS),
    "instructor.write": (Permission.CHOOSE, INSTRUCTORS),
    "instructor.from_file": (Permission.CHOOSE, INSTRUCTORS),
    "instructor.add_several": (Permission.CHOOSE, INSTRUCTORS),
    "instructor.copy_course": (Permission.CHOOSE, INSTRUCTORS),
    "instructor.use_copy": (Permission.CHOOSE, INSTRUCTORS),
    "instructor.export": (Permission.CHOOSE, INSTRUCTORS),
    "instructor.find_skills": (Permission.CHOOSE, INSTRUCTORS),
    "instructor.preview": (Permission.CHOOSE, INSTRUCTORS),
    "instructor.revise": (Permission.CHOOSE, INSTRUCTORS),
    "instructor.add": (Permission.CHOOSE, INSTRUCTORS),
    "instructor.edit_activity": (Permission.CONFIGURE, INSTRUCTORS),
    "instructor.course": (Permission.SEE_CLASS, STAFF),
    "instructor.class_list": (Permission.SEE_CLASS, STAFF),
    "instructor.read_roster": (Permission.SEE_CLASS, STAFF),
    "instructor.choose_column": (Permission.CONFIGURE, INSTRUCTORS),
    "instructor.send_all_again": (Permission.ASSESS, STAFF),
    "instructor.send_again": (Permission.ASSESS, STAFF),
    "instructor.assess": (Permission.ASSESS, STAFF),
    "instructor.save": (Permission.ASSESS, STAFF),
    "instructor.autosave": (Permission.ASSESS, STAFF),
    "instructor.release": (Permission.ASSESS, STAFF),
    "instructor.download": (Permission.ASSESS, STAFF),
    "learner.activity": (Permission.SEE_ACTIVITY, CLASS),
    "learner.my_skills": (Permission.SEE_MY_SKILLS, LEARNERS),
    "learner.hand_in": (Permission.SUBMIT, LEARNERS),
    "learner.autosave": (Permission.SUBMIT, LEARNERS),
    "learner.try_again": (Permission.SUBMIT, LEARNERS),
    "learner.download": (Permission.SEE_ACTIVITY, CLASS),
}


@pytest.fixture
def db(sqlite_url: str) -> Database:
    """One engine: who may do what is asked before anything of it."""
    return Database(sqlite_url)


def _routes(app: Flask, values: dict[str, UUID]) -> list[tuple[str, str, str]]:
    """Every (endpoint, method, path after the handle)."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/l/<handle>/"):
            continue
        path = rule.rule.removeprefix("/l/<handle>/")
        for name, value in values.items():
            path = path.replace(f"<uuid:{name}>", str(value))
        assert "<" not in path, rule
        methods = (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}
        found += [(rule.endpoint, method, path) for method in sorted(methods)]
    return found


def _ids(school: School) -> dict[str, UUID]:
    return {
        "person_id": school.learner_ids[0],
        "activity_id": school.activity_id,
        "item_id": uuid4(),
        "placement_id": school.placement_id,
    }


def test_every_route_says_what_it_requires(app: Flask) -> None:
    routes = {
        rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/l/<handle>/")
    }
    assert routes == set(EXPECTED)
    for endpoint in routes:
        permission = getattr(app.view_functions[endpoint], "permission", None)
        assert permission is EXPECTED[endpoint][0], endpoint


@pytest.mark.parametrize("role", list(CourseRole))
def test_roles(
    app: Flask, school: School, browse: Callable[[Visit], Browser], role: CourseRole
) -> None:
    people = {
        CourseRole.INSTRUCTOR: school.instructor_id,
        CourseRole.ASSISTANT: school.assistant_id,
        CourseRole.LEARNER: school.learner_ids[0],
    }
    person = people.get(role) or school.enrol("Some Visitor", role)
    browser = browse(school.visit(person, role, learners=[str(school.learner_ids[0])]))
    for endpoint, method, path in _routes(app, _ids(school)):
        answer = browser.get(path) if method == "GET" else browser.post(path)
        if role in EXPECTED[endpoint][1]:
            assert answer.status_code in (200, 302, 303, 400, 404, 409), (endpoint, method)
        else:
            assert answer.status_code == 403, (endpoint, method, answer.status_code)


def test_a_handle_without_its_cookie_opens_nothing(app: Flask, school: School) -> None:
    visit = school.visit(school.instructor_id, CourseRole.INSTRUCTOR)
    client = app.test_client(use_cookies=False)
    for endpoint, method, path in _routes(app, _ids(school)):
        answer = client.open(visit.path(path), method=method)
        assert answer.status_code == 401, (endpoint, method)
        assert "Client role-play" not in answer.get_data(as_text=True)


def test_the_cookie_of_another_school_opens_nothing(
    app: Flask, db: Database, school: School, browse: Callable[[Visit], Browser]
) -> None:
    other = schools.found(db, "South")
    theirs = other.visit(other.instructor_id, CourseRole.INSTRUCTOR)
    ours = school.visit(school.instructor_id, CourseRole.INSTRUCTOR)
    browser = browse(Visit(handle=ours.handle, secret=theirs.secret))
    for endpoint, method, path in _routes(app, _ids(school)):
        answer = browser.get(path) if method == "GET" else browser.post(path)
        assert answer.status_code == 403, (endpoint, method)


def test_ids_of_another_school_are_not_there(
    app: Flask, db: Database, school: School, browse: Callable[[Visit], Browser]
) -> None:
    """Another tenant's instructor, properly here, names our learners, activities and files."""
    other = schools.found(db, "South")
    school.hand_in(school.learner_ids[0], "Secret words of North.")
    browsers = [
        browse(other.visit(other.instructor_id, CourseRole.INSTRUCTOR)),
        browse(
            other.visit(
                other.instructor_id,
                CourseRole.INSTRUCTOR,
                Purpose.DEEP_LINKING,
                deep_linking={"return_url": "https://lms.example/return"},
            )
        ),
        browse(other.visit(other.learner_ids[0], CourseRole.LEARNER)),
        browse(
            other.visit(
                other.enrol("Mona Mentor", CourseRole.MENTOR),
                CourseRole.MENTOR,
                learners=[str(school.learner_ids[0])],
            )
        ),
    ]
    named = {"instructor.preview", "instructor.revise", "instructor.add", "instructor.assess"}
    named |= {
        "instructor.use_copy",
        "instructor.export",
        "instructor.save",
        "instructor.autosave",
        "instructor.release",
    }
    named |= {"instructor.download", "learner.download", "mentor.learner", "mentor.result"}
    for browser in browsers:
        for endpoint, method, path in _routes(app, _ids(school)):
            answer = browser.get(path) if method == "GET" else browser.post(path)
            assert b"Secret words" not in answer.data, endpoint
            assert b"of North" not in answer.data, endpoint
            if endpoint in named:
                assert answer.status_code in (400, 403, 404), (endpoint, answer.status_code)
    assert school.draft_of(school.learner_ids[0]) is None


def test_a_form_without_its_token_changes_nothing(app: Flask, school: School) -> None:
    visit = school.visit(school.learner_ids[0], CourseRole.LEARNER)
    browser = Browser(app.test_client(use_cookies=False), visit)
    answer = browser.client.post(
        visit.path("activity/evidence"),
        data={"text": "forged", "do": "submit"},
        headers={"Cookie": f"__Host-twofold={visit.secret}"},
    )
    assert answer.status_code == 400
    assert b"forged" not in browser.get("activity").data


@pytest.mark.parametrize("role", [CourseRole.INSTRUCTOR, CourseRole.LEARNER])
def test_a_nul_is_refused_everywhere(
    app: Flask, school: School, browse: Callable[[Visit], Browser], role: CourseRole
) -> None:
    """PostgreSQL cannot keep it, and no form sends it."""
    person = school.instructor_id if role is CourseRole.INSTRUCTOR else school.learner_ids[0]
    browser = browse(school.visit(person, role))
    for endpoint, method, path in _routes(app, _ids(school)):
        if role not in EXPECTED[endpoint][1]:
            continue
        if method == "GET":
            answer = browser.get(path, query_string={"q": "a\0b"})
        else:
            answer = browser.post(path, {"text": "a\0b"})
        assert answer.status_code in (400, 403), (endpoint, method, answer.status_code)
        assert answer.status_code == 400 or b"access.purpose" in answer.data


def test_head_changes_nothing(
    app: Flask, db: Database, school: School, browse: Callable[[Visit], Browser]
) -> None:
    """Flask sends it to the views of GET, which must not take it for a form."""
    browser = browse(school.visit(school.instructor_id, CourseRole.INSTRUCTOR))
    written: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def remember(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(sql)

    for _endpoint, method, path in _routes(app, _ids(school)):
        if method == "GET":
            browser.client.head(browser.visit.path(path), headers=browser.cookie)
    assert written == []
