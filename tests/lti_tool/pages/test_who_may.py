"""Every route under a handle, visited by everybody: the table says who is let in.

Who is let in sees 200, is sent on (302, 303), or hears that the form lacks something (400, 404,
409); who is not sees 403. Strangers of all kinds: tests/lti_tool/routes.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from foundation.db import Database
from rubrics.words import CourseRole
from tests.lti_tool.pages.conftest import Browser
from tests.lti_tool.pages.school import School, Visit
from tests.lti_tool.routes.table import TABLE, Door, rules


@pytest.fixture
def db(sqlite_url: str) -> Database:
    """One engine: who may do what is asked before anything of it."""
    return Database(sqlite_url)


def _routes(app: Flask, school: School) -> list[tuple[str, str, str]]:
    """Every (endpoint, method, path after the handle)."""
    values: dict[str, Any] = {
        "handle": "handle",
        "person_id": school.learner_ids[0],
        "activity_id": school.activity_id,
        "item_id": uuid4(),
        "placement_id": school.placement_id,
    }
    with app.test_request_context():
        return [
            (
                rule.endpoint,
                method,
                app.url_for(
                    rule.endpoint, **{name: values[name] for name in rule.arguments}
                ).removeprefix("/l/handle/"),
            )
            for rule, _, method in rules(app, Door.HANDLE)
        ]


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
    for endpoint, method, path in _routes(app, school):
        answer = browser.get(path) if method == "GET" else browser.post(path)
        if role in TABLE[endpoint].roles:
            assert answer.status_code in (200, 302, 303, 400, 404, 409), (endpoint, method)
        else:
            assert answer.status_code == 403, (endpoint, method, answer.status_code)
            assert "access.role" in answer.text, (endpoint, method)


@pytest.mark.parametrize("role", [CourseRole.INSTRUCTOR, CourseRole.LEARNER])
def test_a_nul_is_refused_everywhere(
    app: Flask, school: School, browse: Callable[[Visit], Browser], role: CourseRole
) -> None:
    """PostgreSQL cannot keep it, and no form sends it."""
    person = school.instructor_id if role is CourseRole.INSTRUCTOR else school.learner_ids[0]
    browser = browse(school.visit(person, role))
    for endpoint, method, path in _routes(app, school):
        if role not in TABLE[endpoint].roles:
            continue
        if method == "GET":
            answer = browser.get(path, query_string={"q": "a\0b"})
        else:
            answer = browser.post(path, {"text": "a\0b"})
        assert answer.status_code in (400, 403), (endpoint, method, answer.status_code)
        assert answer.status_code == 400 or b"access.purpose" in answer.data
