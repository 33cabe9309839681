"""An instructor's preview as a student (Canvas Student View): it works, and leaves no trace."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from lti_tool.app import create_app
from lti_tool.delivery.tables import GradeDelivery
from rubrics.actions import activities
from rubrics.tables.activities import Submission
from rubrics.tables.assessments import ActivityScore
from rubrics.tables.people import Person
from tests.lti_tool.launch.activities import activity_of
from tests.lti_tool.launch_app import launch_services
from tests.lti_tool.platform import INSTRUCTOR, LEARNER, KeySets, SignedPlatform
from xapi.store.tables import Statement

TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
COLUMN = "https://lms.example/course-1/lineitems/1"


@pytest.fixture
def app(db: Database, keys: KeySets) -> Flask:
    """The whole application."""
    return create_app(launch_services(db, keys))


def _post(client: FlaskClient, address: str, rest: str, **data: str) -> int:
    page = client.get(f"{address}help").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return client.post(f"{address}{rest}", data={"csrf_token": token[1], **data}).status_code


def _count(db: Database, table: type) -> int:
    with db.reading(EVERY_TENANT) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_handing_in_and_releasing_leave_no_statement_and_no_grade(
    app: Flask, client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    platform.launch(client, sub="teacher", roles=[INSTRUCTOR], lineitem=COLUMN)
    with db.reading(EVERY_TENANT) as session:
        handle = session.scalars(select(LaunchHandle)).one()
        course_id, placement_id, tenant_id = handle.course_id, handle.placement_id, handle.tenant_id
    assert placement_id is not None
    activity = activity_of(db, str(course_id))
    with db.writing(tenant_id) as session:
        activities.place_activity(session, placement_id=placement_id, activity_id=activity)
    preview = app.test_client()
    address = platform.launch(
        preview, sub="test-student", roles=[LEARNER, TEST_USER], lineitem=COLUMN
    )
    page = preview.get(address, follow_redirects=True)
    assert "nothing is recorded" in page.text
    assert _post(preview, address, "activity/evidence", text="A try.", do="submit") == 303
    assert _count(db, Submission) == 1
    teacher = platform.launch(client, sub="teacher", roles=[INSTRUCTOR], lineitem=COLUMN)
    before = _count(db, Statement)
    _release(client, teacher, db)
    assert _count(db, ActivityScore) == 1, "the preview shows a result"
    assert _count(db, Statement) == before, "the teacher's own launch, and nothing of the preview"
    assert _count(db, GradeDelivery) == 0


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def _release(client: FlaskClient, teacher: str, db: Database) -> None:
    with db.reading(EVERY_TENANT) as session:
        student = session.scalars(select(Person.id).where(Person.subject == "test-student")).one()
    path = f"class/{student}"
    form = client.get(f"{teacher}{path}").text
    levels = dict(re.findall(r'<input type="radio" name="([^"]+)" value="([^"]+)"', form))
    first = {name: re.search(rf'name="{name}" value="([^"]+)"', form) for name in levels}
    ratings = {name: found[1] for name, found in first.items() if found}
    assert ratings
    filled = {**_hidden(form), **ratings, "do": "release"}
    assert _post(client, teacher, f"{path}/save", **filled) == 303
    question = client.get(f"{teacher}{path}/release").text
    assert _post(client, teacher, f"{path}/release", **_hidden(question)) == 303
