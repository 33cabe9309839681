"""Launches that are genuine, and what they lead to."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from lti_tool.platforms.frames import list_frames
from lti_tool.platforms.tables import LtiContext, Registration, ResourceLink
from rubrics.tables.activities import Attempt, Placement
from rubrics.tables.people import Course, Enrolment, Person
from tests.lti_tool.launch.activities import activity_of
from tests.lti_tool.platform import (
    BASE_URL,
    INSTRUCTOR,
    LEARNER,
    LTI,
    Claims,
    KeySets,
    SignedPlatform,
)
from xapi.store.tables import Statement

FIXTURES = Path(__file__).parent / "fixtures"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


def _page(client: FlaskClient, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def _count(db: Database, table: type[Any]) -> int:
    with db.reading(EVERY_TENANT) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_learner_comes_in(client: FlaskClient, platform: SignedPlatform, db: Database) -> None:
    page = _page(client, platform.launch(client))
    assert page["name"] == "Ana Álvarez"
    assert page["role"] == "learner"
    assert page["course_title"] == "Course course-1"
    assert page["placement_title"] == "Link link-1"
    assert page["purpose"] == "course-home"
    assert page["deep_linking"] is None
    with db.reading(EVERY_TENANT) as session:
        person = session.scalars(select(Person)).one()
        assert (person.issuer, person.subject) == (platform.issuer, "5")
        context = session.scalars(select(LtiContext)).one()
        assert context.lineitems_url == "https://lms.example/course-1/lineitems"
        assert context.ags_scopes == ["https://purl.imsglobal.org/spec/lti-ags/scope/score"]


def test_coming_again_makes_nothing_twice(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    first = _page(client, platform.launch(client))
    second = _page(
        client, platform.launch(client, name="Ana Á.", roles=[INSTRUCTOR], lineitem="https://l.x/1")
    )
    for same in ("person", "course", "placement", "tenant"):
        assert first[same] == second[same]
    assert (second["name"], second["role"]) == ("Ana Á.", "instructor")
    assert second["purpose"] == "activity"
    for table in (Person, Course, Placement, ResourceLink, LtiContext, Enrolment):
        assert _count(db, table) == 1


def test_another_course_with_the_same_link_id_is_another_place(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    here = _page(client, platform.launch(client, context="a"))
    there = _page(client, platform.launch(client, context="b"))
    assert here["course"] != there["course"]
    assert here["placement"] != there["placement"]


def test_the_hint_places_the_activity_of_this_course_only(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    course = _page(client, platform.launch(client, roles=[INSTRUCTOR]))["course"]
    activity = activity_of(db, course)
    hint = {"twofold_activity": str(activity)}
    other = _page(client, platform.launch(client, context="other", custom=hint))
    mine = _page(client, platform.launch(client, link="link-2", custom=hint))
    with db.reading(EVERY_TENANT) as session:
        assert session.get_one(Placement, UUID(other["placement"])).activity_id is None
        assert session.get_one(Placement, UUID(mine["placement"])).activity_id == activity
        attempt = session.scalars(select(Attempt)).one()
        assert str(attempt.person_id) == mine["person"]
    assert other["purpose"] == "activity", "a copied link: it waits for its activity"
    assert mine["purpose"] == "activity"
    again = {"twofold_activity": str(activity_of(db, course))}
    platform.launch(client, link="link-2", custom=again)
    with db.reading(EVERY_TENANT) as session:
        assert session.get_one(Placement, UUID(mine["placement"])).activity_id == activity


def test_a_launch_of_an_activity_is_recorded(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    page = _page(client, platform.launch(client, roles=[INSTRUCTOR]))
    hint = {"twofold_activity": str(activity_of(db, page["course"]))}
    assert _count(db, Statement) == 0
    platform.launch(client, custom=hint, sub="6")
    assert _count(db, Statement) == 1
    platform.launch(client, custom=hint, sub="t", roles=[LEARNER, TEST_USER])
    assert _count(db, Statement) == 1


def test_a_test_student_is_marked(client: FlaskClient, platform: SignedPlatform) -> None:
    page = _page(client, platform.launch(client, roles=[LEARNER, TEST_USER]))
    assert page["test_student"] is True
    assert page["role"] == "learner"


RECORDED = {
    "launch_student.json": "learner",
    "launch_student_no_pii.json": "learner",
    "launch_student_special_chars.json": "learner",
    "launch_teacher.json": "instructor",
    "launch_ta_nonediting.json": "instructor",
    "launch_admin.json": "instructor",
    "launch_plain_activity_no_deep_link.json": None,
    "deep_linking_request.json": "instructor",
}


def _recorded(name: str) -> Claims:
    recording = json.loads((FIXTURES / name).read_text())
    claims: Claims = recording.get("claims") or recording.get("launch", {}).get("claims")
    return claims or recording


@pytest.mark.parametrize("name", RECORDED)
def test_what_moodle_4_5_sends_is_accepted(
    name: str, client: FlaskClient, db: Database, keys: KeySets
) -> None:
    recorded = _recorded(name)
    moodle = SignedPlatform(
        issuer=recorded["iss"],
        client_id=recorded["aud"],
        deployment_id=recorded[f"{LTI}deployment_id"],
        host="https://moodle.example",
    ).register(db, keys)

    def as_recorded(claims: Claims) -> None:
        now = {claim: claims[claim] for claim in ("nonce", "iat", "exp")}
        target = {f"{LTI}target_link_uri": f"{BASE_URL}/lti/launch"}
        claims.clear()
        claims.update(recorded | now | target)

    answer = moodle.post(client, as_recorded)
    assert answer.status_code == 303, answer.text
    page = _page(client, answer.location)
    if RECORDED[name]:
        assert page["role"] == RECORDED[name]
    assert page["course_title"] == "Skills 101"
    assert page["name"] == recorded.get("name", "").strip()
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Registration.product_family)).one() == "moodle"
        stored = json.dumps([row.frame_origins for row in session.scalars(select(LaunchHandle))])
        context = session.scalars(select(LtiContext)).one()
    assert "sesskey" not in stored
    assert "http://127.0.0.1:8088" in stored
    assert "/bindings/" in (context.memberships_url or "")


def test_sites_that_the_administrator_lists_frame_the_pages_too(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    with db.writing(EVERY_TENANT) as session:
        registration = session.scalars(select(Registration)).one()
        list_frames(session, registration.id, ["https://apps.school.example"])
    policy = client.get(platform.launch(client)).headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://lms.example https://apps.school.example")


def test_the_locale_may_stand_outside_of_the_presentation(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    def change(claims: Claims) -> None:
        claims[f"{LTI}launch_presentation"].pop("locale")
        claims["locale"] = "de_AT"

    assert client.get(platform.post(client, change).location).get_json()["locale"] == "de_AT"


def test_the_same_e_mail_is_not_the_same_person(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    for sub in ("5", "6"):
        platform.post(client, lambda claims: claims.update(email="a@b.example"), sub=sub)
    assert _count(db, Person) == 2


def test_keys_are_fetched_once(
    client: FlaskClient, platform: SignedPlatform, keys: KeySets
) -> None:
    for _ in range(3):
        platform.launch(client)
    assert keys.requests == 1


def test_our_keys_are_published(client: FlaskClient, app: Flask) -> None:
    answer = client.get("/lti/jwks")
    (key,) = answer.get_json()["keys"]
    assert {"kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB"}.items() <= key.items()
    assert set(key) == {"kty", "use", "alg", "kid", "n", "e"}
    assert client.get("/lti/jwks").get_json() == answer.get_json()


DEEP_LINKING_DATA = {"data": "opaque ☃", "title": "Add", "accept_lineitem": True}


def test_deep_linking_brings_an_instructor_to_the_picker(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    address = platform.launch(client, roles=[INSTRUCTOR], deep_linking=DEEP_LINKING_DATA)
    page = _page(client, address)
    assert page["purpose"] == "deep-linking"
    assert page["placement"] == "None"
    settings = page["deep_linking"]
    assert settings["data"] == "opaque ☃"
    assert settings["return_url"] == "https://lms.example/deep-link"
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is True
    assert settings["accept_lineitem"] is True
    assert settings["deployment_id"] == "1"
    assert UUID(settings["registration_id"])
    assert _count(db, Placement) == 0
    assert client.get(f"{address}class").status_code == 403


@pytest.mark.parametrize(
    "role",
    [LEARNER, f"{MEMBERSHIP}/Instructor#TeachingAssistant", f"{MEMBERSHIP}/Learner#Instructor"],
)
def test_only_instructors_may_add_activities(
    role: str, client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    answer = platform.post(client, roles=[role], deep_linking={})
    assert answer.status_code == 403
    assert "launch.deep_linking.role" in answer.text
    assert _count(db, Person) == 0
