"""An activity as a file: downloaded from one school's page and taken over on another's."""

import io
import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from foundation.db import Database
from lti_tool.access.tables import Purpose
from rubrics.tables.activities import Activity
from rubrics.tables.frameworks import Competency
from rubrics.words import CourseRole
from tests.lti_tool.pages import school as schools
from tests.lti_tool.pages.conftest import Browser
from tests.lti_tool.pages.school import School, Visit


@pytest.fixture
def south(db: Database) -> School:
    """Another school."""
    return schools.found(db, "South")


@pytest.fixture
def chooser(south: School, browse: Callable[[Visit], Browser]) -> Browser:
    """Its instructor, in deep linking."""
    return _choosing(south, browse)


def _choosing(school: School, browse: Callable[[Visit], Browser], locale: str = "en") -> Browser:
    return browse(
        school.visit(
            school.instructor_id,
            CourseRole.INSTRUCTOR,
            Purpose.DEEP_LINKING,
            deep_linking={"return_url": "https://lms.example/return"},
            locale=locale,
        )
    )


def _send(browser: Browser, content: bytes, name: str = "a.twofold.json") -> TestResponse:
    file = FileStorage(io.BytesIO(content), filename=name)
    return browser.post("choose/file", {"file": file})


def _activities(school: School) -> int:
    count = select(func.count()).select_from(Activity)
    return school.read(lambda s: s.scalar(count) or 0)


def test_down_here_and_up_there(
    school: School, south: School, instructor: Browser, chooser: Browser
) -> None:
    page = instructor.get("activity/edit").text
    assert f"choose/{school.activity_id}/file" in page
    answer = instructor.get(f"choose/{school.activity_id}/file")
    assert answer.mimetype == "application/json"
    disposition = answer.headers["Content-Disposition"]
    assert disposition == "attachment; filename=Handle-an-upset-client.twofold.json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Ines of North" not in answer.text
    assert str(school.tenant_id) not in answer.text
    assert "choose/file" in chooser.get("choose").text
    assert "choose/file" in chooser.get("choose/new").text
    done = _send(chooser, answer.data)
    assert done.status_code == 303
    preview = chooser.get(f"choose/{done.location.rpartition('/')[2]}").text
    assert "Handle an upset client" in preview
    assert "Active listening" in preview
    assert _activities(south) == 2
    with south.db.reading(south.tenant_id) as session:
        versions = set(session.scalars(select(Activity.rubric_version_id)))
    assert versions == {south.rubric.version_id}, "the library has this very rubric"


def test_skills_that_the_school_lacks_are_named(
    school: School, south: School, instructor: Browser, chooser: Browser
) -> None:
    file = json.loads(instructor.get(f"choose/{school.activity_id}/file").data)
    for item in file["CFItems"]:
        if item["abbreviatedStatement"] == "Active listening":
            old, item["uri"] = item["identifier"], "https://elsewhere.example/x"
            item["abbreviatedStatement"] = "Hearing <b>well</b>"
    changed = json.dumps(file).replace(old, "00000000-0000-4000-8000-000000000009")
    before = south.read(lambda s: s.scalar(select(func.count()).select_from(Competency)))
    answer = _send(chooser, changed.encode())
    assert answer.status_code == 200
    assert "<li>Hearing &lt;b&gt;well&lt;/b&gt;</li>" in answer.text
    assert "was taken over" in answer.text
    assert _activities(south) == 2
    assert south.read(lambda s: s.scalar(select(func.count()).select_from(Competency))) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This is not the file of an activity"),
        (b"{}", "This is not the file of an activity"),
        (b"\x00\xff", "This is not the file of an activity"),
        (b"[" * 4000, "This is not the file of an activity"),
        (b" " * 500_001, "larger than 500 kB"),
        (b'{"format": "twofold-activity", "version": 9}', "another version of the format"),
        (
            b'{"format": "twofold-activity", "version": 1, "<script>": 1}',
            "“&lt;script&gt;” in this file is not known here",
        ),
        (b'{"format": "twofold-activity", "version": 1}', "“CFItems” in this file is missing"),
    ],
)
def test_another_file_is_refused_beside_the_field(
    chooser: Browser, south: School, content: bytes, said: str
) -> None:
    answer = _send(chooser, content)
    assert answer.status_code == 400
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert _activities(south) == 1


def test_no_file_is_asked_for(chooser: Browser) -> None:
    answer = chooser.post("choose/file", {})
    assert answer.status_code == 400
    assert "Choose a file first." in answer.text


def test_it_speaks_german(app: Flask, south: School, browse: Callable[[Visit], Browser]) -> None:
    answer = _send(_choosing(south, browse, "de"), b'{"format": "twofold-activity", "version": 1}')
    assert "„CFItems“ fehlt in dieser Datei" in answer.text


def test_the_activity_of_another_course_is_not_downloaded(
    school: School, south: School, chooser: Browser
) -> None:
    assert chooser.get(f"choose/{school.activity_id}/file").status_code == 404
