"""The sections and groups that a launch says the person is in."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.platforms.tables import LtiContext
from rubrics.tables.people import Course, CourseGroup, CourseGroupMember, Enrolment, Person
from tests.lti_tool.launch.test_launch_race import _at_once as at_once
from tests.lti_tool.launch.test_launch_race import _ready as ready
from tests.lti_tool.platform import LEARNER, LTI, Claims, KeySets, SignedPlatform

SERVICE = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
CANVAS = {"section_names": '["Monday", "Tuesday <b>"]', "section_ids": "3,4"}
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


def groups(db: Database) -> dict[str, list[tuple[str, str]]]:
    """By course: (name or key, subject) of everybody in its groups."""
    with db.reading(EVERY_TENANT) as session:
        rows = session.execute(
            select(Course.label, CourseGroup.name, CourseGroup.key, Person.subject)
            .join(CourseGroup, CourseGroup.course_id == Course.id)
            .join(CourseGroupMember, CourseGroupMember.group_id == CourseGroup.id)
            .join(Person, Person.id == CourseGroupMember.person_id)
            .order_by(Course.label, CourseGroup.key, Person.subject)
        )
        found: dict[str, list[tuple[str, str]]] = {}
        for label, name, key, subject in rows:
            found.setdefault(label or "", []).append((name or key, subject))
        return found


def context(db: Database) -> LtiContext:
    with db.reading(EVERY_TENANT) as session:
        return session.scalars(select(LtiContext)).one()


def launch(client: FlaskClient, platform: SignedPlatform, **claims: Any) -> None:
    assert client.get(platform.launch(client, **claims)).status_code == 200


def test_what_canvas_and_moodle_say_is_kept_and_replaced(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    launch(client, platform, custom=CANVAS, sub="1")
    launch(client, platform, custom={"group_ids": "9"}, sub="2")
    assert groups(db) == {
        "course-1": [("Monday", "1"), ("Tuesday <b>", "1"), ("9", "2")],
    }
    assert context(db).groups_said_at is not None
    launch(client, platform, custom={**CANVAS, "group_ids": "9"}, sub="2")
    launch(client, platform, custom={"section_names": '["Monday"]', "section_ids": "3"}, sub="1")
    assert groups(db)["course-1"] == [
        ("Monday", "1"),
        ("Monday", "2"),
        ("Tuesday <b>", "2"),
        ("9", "2"),
    ]
    launch(client, platform, custom={"group_ids": "", "section_names": "[]"}, sub="2")
    assert groups(db) == {"course-1": [("Monday", "1")]}
    launch(client, platform, sub="1")
    assert groups(db) == {"course-1": [("Monday", "1")]}, "a launch that says nothing changes none"


def test_who_comes_back_is_in_groups_at_once(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    launch(client, platform)
    with db.writing(EVERY_TENANT) as session:
        session.execute(update(Enrolment).values(left_at=clock.now()))
    launch(client, platform, custom={"group_ids": "9"})
    assert groups(db) == {"course-1": [("9", "5")]}


@pytest.mark.usefixtures("untidied")
def test_a_launch_that_says_what_is_known_takes_two_statements_more(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    launch(client, platform, custom=CANVAS)
    sent: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    counts = []
    for custom in ({}, CANVAS):
        sent.clear()
        launch(client, platform, custom=custom)
        counts.append(len(sent))
    assert counts[1] == counts[0] + 2


def test_at_the_same_moment_a_group_is_made_once(
    app: Flask, client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    launch(client, platform)
    keys = [str(key) for key in range(20)]
    for name in ("One", "Two"):
        posts = []
        for number in range(6):
            listed = [*reversed(keys)] if number % 2 else keys
            names = [f"{name} {key} {number}" for key in listed]
            custom = {"section_names": json.dumps(names), "section_ids": ",".join(listed)}
            posts.append(ready(app, platform, sub=str(number), custom=custom))
        assert [answer.status_code for answer in at_once(app, posts)] == [303] * 6
    with db.reading(EVERY_TENANT) as session:
        assert session.scalar(select(func.count()).select_from(CourseGroup)) == 20
        assert session.scalar(select(func.count()).select_from(CourseGroupMember)) == 120


def test_courses_keep_their_sections_apart(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    for course in ("course-1", "course-2"):
        launch(client, platform, custom={"group_ids": "9"}, context=course)
    with db.reading(EVERY_TENANT) as session:
        assert session.scalar(select(func.count()).select_from(CourseGroup)) == 2
    assert groups(db) == {"course-1": [("9", "5")], "course-2": [("9", "5")]}


def _claim(name: str, value: Any) -> Callable[[Claims], None]:
    return lambda claims: claims.update({name: value})


def test_the_section_of_the_lis_claim(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    lis = {"course_section_sourcedid": "SIS-1", "person_sourcedid": "x"}
    assert platform.post(client, _claim(f"{LTI}lis", lis)).status_code == 303
    assert groups(db) == {"course-1": [("SIS-1", "5")]}
    assert context(db).groups_said_at is None, "links say no more than the claim"


def test_where_the_groups_service_is(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    said = {
        "context_groups_url": "https://lms.example/groups",
        "context_group_sets_url": "https://lms.example/groupsets",
        "service_versions": ["1.0"],
    }
    assert platform.post(client, _claim(SERVICE, said)).status_code == 303
    launch(client, platform)
    assert context(db).groups_url == "https://lms.example/groups"
    assert context(db).group_sets_url == "https://lms.example/groupsets"


ODD_SECTIONS: list[Any] = [[], "x", 5, {"course_section_sourcedid": {}}]
ODD_SERVICES: list[Any] = [
    [],
    "x",
    {},
    {"context_groups_url": 5},
    {"context_groups_url": "javascript:alert(1)"},
    {"context_groups_url": "https://lms.example/" + "x" * 2000},
    {"context_groups_url": "https://lms.example/\0", "context_group_sets_url": []},
]
ODD_VALUES: list[Any] = ["$com.instructure.User.sectionNames", [], {}, None, "[" * 5000, "\0"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((f"{LTI}lis", each) for each in ODD_SECTIONS),
        *((SERVICE, each) for each in ODD_SERVICES),
        *(
            (f"{LTI}custom", dict.fromkeys(("section_names", "section_ids", "group_ids"), each))
            for each in ODD_VALUES
        ),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_no_launch_is_refused_for_what_it_says_of_groups(
    name: str, value: Any, client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    assert platform.post(client, _claim(name, value)).status_code == 303
    assert groups(db) == {}
    assert context(db).groups_url is None


def test_student_view_is_in_no_section(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    launch(client, platform, custom=CANVAS, roles=[LEARNER, TEST_USER])
    assert groups(db) == {}


def test_two_schools_keep_theirs_apart(
    client: FlaskClient, platform: SignedPlatform, db: Database, keys: KeySets
) -> None:
    south = SignedPlatform(issuer="https://south.example", client_id="2").register(db, keys)
    launch(client, platform, custom={"group_ids": "9"})
    launch(client, south, custom={"group_ids": "9"})
    with db.reading(EVERY_TENANT) as session:
        tenants = session.scalars(select(CourseGroup.tenant_id)).all()
        members = session.scalars(select(CourseGroupMember.tenant_id)).all()
    assert len(set(tenants)) == 2
    assert sorted(tenants) == sorted(members)
