"""What people read after a launch: nobody's name, another language, a preview, a refusal."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from lti_tool.app import create_app
from lti_tool.launch.codes import LaunchRefused
from tests.lti_tool.launch.refused import assert_refused
from tests.lti_tool.launch_app import launch_services
from tests.lti_tool.platform import INSTRUCTOR, LEARNER, LTI, Claims, KeySets, SignedPlatform
from xapi.store.tables import Statement

TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


@pytest.fixture
def app(db: Database, keys: KeySets) -> Flask:
    """The whole application."""
    return create_app(launch_services(db, keys))


def _first_page(
    client: FlaskClient,
    platform: SignedPlatform,
    change: Callable[[Claims], object] | None = None,
    **claims: object,
) -> str:
    answer = platform.post(client, change, **claims)
    assert answer.status_code == 303, answer.text
    page = client.get(answer.location, follow_redirects=True)
    assert page.status_code == 200, page.text
    return " ".join(page.text.split())


@pytest.mark.parametrize("role", [LEARNER, INSTRUCTOR])
def test_an_anonymous_launch_says_what_is_missing(
    role: str, client: FlaskClient, platform: SignedPlatform
) -> None:
    answer = platform.post(client, lambda claims: claims.pop("sub"), roles=[role])
    assert_refused(answer, "launch.anonymous")
    for product in ("Moodle", "Canvas", "Brightspace", "Blackboard", "Sakai", "Open edX"):
        assert f"<strong>{product}:</strong>" in answer.text
    assert "(the claim “sub”)" in answer.text


def test_nobody_s_name_leaves_no_empty_bar(client: FlaskClient, platform: SignedPlatform) -> None:
    def nameless(claims: Claims) -> None:
        claims.pop("name")
        claims[f"{LTI}context"] = {"id": "course-1"}

    page = _first_page(client, platform, nameless)
    assert "<strong>You</strong> · learner · Untitled course" in page


@pytest.mark.parametrize(("locale", "language"), [("de_AT", "de"), ("de-CH", "de"), ("fr", "en")])
def test_the_locale_with_its_region(
    locale: str, language: str, client: FlaskClient, platform: SignedPlatform
) -> None:
    def change(claims: Claims) -> None:
        claims[f"{LTI}launch_presentation"]["locale"] = locale

    assert f'<html lang="{language}">' in _first_page(client, platform, change)


def test_student_view_is_marked_and_not_recorded(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    page = _first_page(client, platform, roles=[LEARNER, TEST_USER])
    assert "nothing is recorded" in page
    with db.reading(EVERY_TENANT) as session:
        assert session.scalar(select(func.count()).select_from(Statement)) == 0
        assert session.scalars(select(LaunchHandle.test_student)).all() == [True]


def test_the_way_back_to_the_lms_is_not_kept(client: FlaskClient, platform: SignedPlatform) -> None:
    assert "sesskey" not in _first_page(client, platform)


@pytest.mark.parametrize("code", sorted(LaunchRefused.table))
def test_every_refusal_is_said_in_german(code: str, app: Flask) -> None:
    refused = LaunchRefused(code).explanation
    with app.test_request_context(headers={"Accept-Language": "en"}):
        english = [str(refused.title), str(refused.happened), str(refused.next_step)]
    with app.test_request_context(headers={"Accept-Language": "de-AT,de;q=0.9"}):
        german = [str(refused.title), str(refused.happened), str(refused.next_step)]
    assert all(said and said != meant for said, meant in zip(german, english, strict=True))


def test_a_refusal_in_german(client: FlaskClient, platform: SignedPlatform) -> None:
    german = {"Accept-Language": "de-AT"}
    page = client.post("/lti/launch", data={"error": "login_required"}, headers=german)
    assert '<html lang="de">' in page.text
    assert "Ihre Lernplattform" in page.text
