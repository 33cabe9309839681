"""A gradebook of the LMS opens one learner's work: whose it is, who may see it, and where."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from lti_tool.app import create_app
from rubrics.tables.people import Person
from tests.lti_tool.launch.activities import activity_of
from tests.lti_tool.launch.cookieless import Kept, ticket_of
from tests.lti_tool.launch.refused import assert_refused
from tests.lti_tool.launch_app import launch_services
from tests.lti_tool.platform import INSTRUCTOR, LTI, Claims, KeySets, SignedPlatform

RECORDED: Claims = json.loads(
    (Path(__file__).parent / "fixtures/launch_submission_review.json").read_text()
)["claims"]
LINK = {"link": "7", "context": "2", "lineitem": "https://lms.example/2/7"}


@pytest.fixture
def app(db: Database, keys: KeySets) -> Flask:
    """The whole application: a review opens pages of the instructor's."""
    return create_app(launch_services(db, keys))


@pytest.fixture
def placed(client: FlaskClient, platform: SignedPlatform, db: Database) -> SignedPlatform:
    """The platform, with learner 5 in course 2 and an activity at its link 7."""
    platform.launch(client, sub="5", **LINK)
    with db.reading(EVERY_TENANT) as session:
        course_id = session.scalars(select(LaunchHandle.course_id)).one()
    activity = activity_of(db, str(course_id))
    platform.launch(client, sub="5", custom={"twofold_activity": str(activity)}, **LINK)
    return platform


def _review(**for_user: Any) -> Any:
    def change(claims: Claims) -> None:
        claims[f"{LTI}message_type"] = RECORDED[f"{LTI}message_type"]
        claims[f"{LTI}for_user"] = for_user or RECORDED[f"{LTI}for_user"]

    return change


def _person(db: Database, subject: str) -> UUID:
    with db.reading(EVERY_TENANT) as session:
        return session.scalars(select(Person.id).where(Person.subject == subject)).one()


def test_an_instructor_lands_on_that_learner(
    client: FlaskClient, placed: SignedPlatform, db: Database
) -> None:
    answer = placed.post(client, _review(), sub="3", roles=[INSTRUCTOR], **LINK)
    assert answer.status_code == 303, answer.text
    page = client.get(answer.location, follow_redirects=True)
    assert page.request.path.endswith(f"/class/{_person(db, '5')}")
    assert page.status_code == 200
    assert "Ana Álvarez" in page.text


def test_a_learner_lands_on_their_own(client: FlaskClient, placed: SignedPlatform) -> None:
    answer = placed.post(client, _review(), sub="5", **LINK)
    page = client.get(answer.location, follow_redirects=True)
    assert page.request.path.endswith("/activity")
    assert page.status_code == 200


def test_a_learner_does_not_see_another_s(client: FlaskClient, placed: SignedPlatform) -> None:
    assert_refused(placed.post(client, _review(), sub="6", **LINK), "launch.review.other")


def test_a_learner_of_another_course(client: FlaskClient, placed: SignedPlatform) -> None:
    placed.launch(client, sub="8", context="other")
    for user in ("8", "nobody", "3"):
        answer = placed.post(client, _review(user_id=user), sub="3", roles=[INSTRUCTOR], **LINK)
        assert_refused(answer, "launch.review.unknown")


def test_a_learner_of_another_school(
    client: FlaskClient, placed: SignedPlatform, db: Database, keys: KeySets
) -> None:
    other = SignedPlatform(client_id="client-2").register(db, keys, tenant_name="Other")
    other.launch(client, sub="9", **LINK)
    answer = placed.post(client, _review(user_id="9"), sub="3", roles=[INSTRUCTOR], **LINK)
    assert_refused(answer, "launch.review.unknown")


def test_a_link_without_an_activity_opens_its_start(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    answer = platform.post(client, _review(), sub="3", roles=[INSTRUCTOR])
    assert client.get(answer.location, follow_redirects=True).status_code == 200


@pytest.mark.parametrize("for_user", [None, {}, [], "5", {"user_id": ""}, {"user_id": 5}])
def test_a_review_of_nobody(for_user: Any, client: FlaskClient, placed: SignedPlatform) -> None:
    def change(claims: Claims) -> None:
        claims[f"{LTI}message_type"] = "LtiSubmissionReviewRequest"
        claims[f"{LTI}for_user"] = for_user

    answer = placed.post(client, change, sub="3", roles=[INSTRUCTOR], **LINK)
    assert_refused(answer, "launch.claim")


def test_a_review_without_cookies_lands_on_that_learner(
    app: Flask, client: FlaskClient, placed: SignedPlatform, db: Database
) -> None:
    """Proven by the LMS's storage, the way into a new window leads to the same page."""
    framed = app.test_client(use_cookies=False)
    kept = Kept(framed, placed, _review(), sub="3", roles=[INSTRUCTOR], **LINK)
    frame = kept.launch(storage_proof=kept.data["secret"])
    assert "Ana Álvarez" not in frame.text
    window = app.test_client()
    page = window.get(ticket_of(frame), follow_redirects=True)
    assert page.request.path.endswith(f"/class/{_person(db, '5')}")
    assert page.status_code == 200
