"""The whole application on a fresh database, with a class in it, and browsers to visit it with."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from foundation.db import Database
from lti_tool.access import cookies
from lti_tool.app import create_app
from lti_tool.services import build
from lti_tool.settings import Settings
from rubrics.words import CourseRole
from tests.lti_tool.pages import school as schools
from tests.lti_tool.pages.school import School, Visit


class Browser:
    """One person's browser: keeps the cookie, finds the form's token."""

    def __init__(self, client: FlaskClient, visit: Visit) -> None:
        self.client = client
        self.visit = visit
        self.cookie = {"Cookie": f"{cookies.SESSION}={visit.secret}"}

    def get(self, rest: str = "", **more: object) -> TestResponse:
        """A page of this visit."""
        return self.client.get(self.visit.path(rest), headers=self.cookie, **more)

    def post(self, rest: str, data: Mapping[str, object] | None = None) -> TestResponse:
        """A form of this visit, with the token that its pages carry."""
        return self.client.post(
            self.visit.path(rest),
            data={"csrf_token": self.token(), **(data or {})},
            headers=self.cookie,
        )

    def token(self) -> str:
        """The token of this visit's forms."""
        page = self.get("help").get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        return found.group(1) if found else ""


@pytest.fixture
def app(db: Database, database_url: str, tmp_path: Path) -> Flask:
    """The application as it is served."""
    settings = Settings(
        secret_key="for-tests-only-0123456789-abcdefghijkl",
        base_url="http://localhost:8000",
        database_url=database_url,
        iri_base="",
        files=str(tmp_path / "files"),
        max_file_bytes="5000",
        session_hours="12",
        ca_bundle="",
        log_level="error",
        actor_names="0",
    )
    return create_app(build(settings, db))


@pytest.fixture
def school(db: Database) -> School:
    """A class of three."""
    return schools.found(db)


@pytest.fixture
def browse(app: Flask) -> Callable[[Visit], Browser]:
    """A browser for a visit."""
    return lambda visit: Browser(app.test_client(use_cookies=False), visit)


@pytest.fixture
def instructor(school: School, browse: Callable[[Visit], Browser]) -> Browser:
    """The instructor at the activity."""
    return browse(school.visit(school.instructor_id, CourseRole.INSTRUCTOR))


@pytest.fixture
def learner(school: School, browse: Callable[[Visit], Browser]) -> Browser:
    """The first learner at the activity."""
    return browse(school.visit(school.learner_ids[0], CourseRole.LEARNER))
