"""A mentor reads what was released to the learners that the launch names, and nothing else."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from lti_tool.app import create_app
from rubrics.tables.activities import Attempt
from rubrics.tables.people import Person
from tests.lti_tool.launch.refused import assert_refused
from tests.lti_tool.launch_app import launch_services
from tests.lti_tool.platform import LTI, MEMBERSHIP, Claims, KeySets, SignedPlatform, way_in

MENTOR = f"{MEMBERSHIP}Mentor"


@pytest.fixture
def app(db: Database, keys: KeySets) -> Flask:
    """The whole application: its pages are what a mentor reads."""
    return create_app(launch_services(db, keys))


def _mentor_of(*subjects: Any) -> Any:
    def change(claims: Claims) -> None:
        claims[f"{LTI}role_scope_mentor"] = list(subjects)

    return change


def _come(client: FlaskClient, platform: SignedPlatform, *subjects: Any) -> Any:
    answer = platform.post(
        client, _mentor_of(*subjects), sub="m", name="Mona Mentor", roles=[MENTOR]
    )
    assert answer.status_code == 303, answer.text
    return client.get(answer.location, follow_redirects=True)


def test_the_learners_who_are_known_by_name(client: FlaskClient, platform: SignedPlatform) -> None:
    for number, name in (("5", "Ana Álvarez"), ("6", "Chen Wei"), ("7", "Dana Bold")):
        platform.launch(client, sub=number, name=name)
    page = _come(client, platform, "5", "6", "nobody")
    assert page.status_code == 200
    assert "Ana Álvarez" in page.text
    assert "Chen Wei" in page.text
    assert "Dana Bold" not in page.text


def test_one_learner_opens_at_once(client: FlaskClient, platform: SignedPlatform) -> None:
    platform.launch(client, sub="5", name="Ana Álvarez")
    page = _come(client, platform, "5")
    assert "<h1>Ana Álvarez</h1>" in page.text
    assert "No result has been released yet." in page.text


@pytest.mark.parametrize("subjects", [(), ("nobody",)], ids=["empty", "unknown"])
def test_nobody_is_explained(
    subjects: tuple[str, ...], client: FlaskClient, platform: SignedPlatform
) -> None:
    platform.launch(client, sub="5", name="Ana Álvarez")
    page = _come(client, platform, *subjects)
    assert page.status_code == 200
    assert "Nobody yet" in page.text
    assert "Ana Álvarez" not in page.text


def test_the_claim_gives_nothing_to_others(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    platform.launch(client, sub="5")
    answer = platform.post(client, _mentor_of("5"), sub="6")
    with db.reading(EVERY_TENANT) as session:
        told = session.scalars(select(LaunchHandle.learners)).all()
    assert told == [None, None]
    assert client.get(f"{way_in(answer.location)}mentees").status_code == 403


def test_the_learner_of_another_school(
    client: FlaskClient, platform: SignedPlatform, db: Database, keys: KeySets
) -> None:
    """The same issuer and the same subject, in a tenant of its own."""
    other = SignedPlatform(client_id="client-2").register(db, keys, tenant_name="Other")
    other.launch(client, sub="9", name="Somebody Else")
    assert "Nobody yet" in _come(client, platform, "9").text


@pytest.mark.parametrize("scope", ["5", {"5": 1}, [5], [["5"]], ["5"] * 1001])
def test_a_scope_that_is_no_list_of_ids(
    scope: Any, client: FlaskClient, platform: SignedPlatform
) -> None:
    def change(claims: Claims) -> None:
        claims[f"{LTI}role_scope_mentor"] = scope

    assert_refused(platform.post(client, change, sub="m", roles=[MENTOR]), "launch.claim")


def test_a_review_of_one_of_theirs(client: FlaskClient, platform: SignedPlatform) -> None:
    platform.launch(client, sub="5", name="Ana Álvarez")
    platform.launch(client, sub="6", name="Chen Wei")

    def review(subject: str) -> Any:
        def change(claims: Claims) -> None:
            claims[f"{LTI}message_type"] = "LtiSubmissionReviewRequest"
            claims[f"{LTI}for_user"] = {"user_id": subject}
            claims[f"{LTI}role_scope_mentor"] = ["5"]

        return change

    answer = platform.post(client, review("5"), sub="m", roles=[MENTOR])
    assert "Ana Álvarez" in client.get(answer.location, follow_redirects=True).text
    refused = platform.post(client, review("6"), sub="m", roles=[MENTOR])
    assert_refused(refused, "launch.review.other")


def test_looking_begins_no_attempt_of_the_learner(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    platform.launch(client, sub="5", name="Ana Álvarez")
    _come(client, platform, "5")
    with db.reading(EVERY_TENANT) as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 0
        assert session.scalar(select(Person.subject).where(Person.subject == "m")) == "m"
