"""An administrator pastes one link, and the LMS is registered: Moodle, Canvas, Brightspace."""

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.platforms.deployments import admit
from lti_tool.platforms.registrations import info
from lti_tool.platforms.tables import Deployment, DeploymentPolicy, Registration
from rubrics.tables.frameworks import Competency
from rubrics.tables.people import Tenant
from tests.lti_tool.registration.conftest import BASE_URL, MakeLink, register
from tests.lti_tool.registration.fake_platform import (
    MOODLE,
    TOOL,
    FakePlatform,
    brightspace,
    canvas,
    moodle,
)


def only(db: Database) -> tuple[Registration, list[Deployment], Tenant]:
    with db.reading(EVERY_TENANT) as session:
        row = session.scalars(select(Registration)).one()
        deployments = list(session.scalars(select(Deployment)))
        tenant = session.scalars(select(Tenant)).one()
        session.expunge_all()
    return row, deployments, tenant


def test_moodle(client: FlaskClient, db: Database, platform: FakePlatform, link: MakeLink) -> None:
    moodle(platform)
    done = register(client, link("North School"), platform)
    assert done.status_code == 200, done.get_data(as_text=True)
    row, deployments, tenant = only(db)
    assert row.issuer == platform.address
    assert row.client_id == MOODLE["registration_response"]["body"]["client_id"]
    assert row.auth_login_url == f"{platform.address}/mod/lti/auth.php"
    assert row.auth_token_url == f"{platform.address}/mod/lti/token.php"
    assert row.key_set_url == f"{platform.address}/mod/lti/certs.php"
    assert row.auth_audience is None
    assert row.product_family == "moodle"
    assert row.private_hosts == [platform.host]
    assert [(each.deployment_id, each.tenant_id) for each in deployments] == [("1", tenant.id)]
    assert tenant.name == "North School"
    with db.reading(tenant.id) as session:
        assert (session.scalar(select(func.count()).select_from(Competency)) or 0) > 20
    page = done.get_data(as_text=True)
    assert "Activate" in page
    assert f'data-close="{platform.address}"' in page


def test_what_moodle_is_sent(client: FlaskClient, platform: FakePlatform, link: MakeLink) -> None:
    moodle(platform)
    register(client, link(), platform)
    (sent,) = platform.registered
    recorded = MOODLE["registration_request"]
    assert set(recorded) <= set(sent)
    assert sent["redirect_uris"] == [f"{BASE_URL}/lti/launch"]
    assert sent["initiate_login_uri"] == f"{BASE_URL}/lti/login"
    assert sent["jwks_uri"] == f"{BASE_URL}/lti/jwks"
    assert set(sent["scope"].split()) == set(recorded["scope"].split())
    tool = sent[TOOL]
    assert set(recorded[TOOL]) <= set(tool)
    assert tool["domain"] == "localhost:8000"
    assert tool["claims"] == ["iss", "sub", "name", "given_name", "family_name", "email"]
    assert tool["custom_parameters"] == {
        "context_history": "$Context.id.history",
        "section_sourcedid": "$CourseSection.sourcedId",
        "group_ids": "$Moodle.Person.userGroupIds",
    }
    assert [each["type"] for each in tool["messages"]] == [
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
    ]
    assert tool["messages"][1]["placements"] == ["ContentArea"]


def test_an_update_by_the_link_of_another_organisation_moves_nothing(
    client: FlaskClient, db: Database, platform: FakePlatform, link: MakeLink
) -> None:
    moodle(platform)
    register(client, link("North School", policy=DeploymentPolicy.EACH), platform)
    platform.token = "another-one-time-token-0123456789"
    platform.configuration["jwks_uri"] = f"{platform.address}/mod/lti/certs2.php"
    done = register(client, link("South School"), platform)
    assert done.status_code == 200
    assert "stays with it" in done.get_data(as_text=True)
    row, deployments, tenant = only(db)
    assert (tenant.name, len(deployments)) == ("North School", 1)
    assert row.key_set_url.endswith("/certs2.php")
    assert row.policy is DeploymentPolicy.EACH


def test_moodle_updates_the_tool_it_has(
    client: FlaskClient, db: Database, platform: FakePlatform, link: MakeLink
) -> None:
    """Moodle's reg-update keeps client id and deployment; a second tenant would be a mistake."""
    moodle(platform)
    register(client, link("North School"), platform)
    platform.token = "another-one-time-token-0123456789"
    platform.configuration["jwks_uri"] = f"{platform.address}/mod/lti/certs2.php"
    done = register(client, link("North School", policy=DeploymentPolicy.ALL), platform)
    assert "up to date" in done.get_data(as_text=True)
    row, deployments, _ = only(db)
    assert row.key_set_url.endswith("/certs2.php")
    assert row.policy is DeploymentPolicy.ALL
    assert len(deployments) == 1


def test_canvas(client: FlaskClient, db: Database, platform: FakePlatform, link: MakeLink) -> None:
    canvas(platform)
    done = register(client, link(), platform)
    assert done.status_code == 200, done.get_data(as_text=True)
    row, deployments, tenant = only(db)
    assert row.client_id == "10000000000001"
    assert row.auth_audience is None, "Canvas names a bare host, which is no audience"
    assert tenant.name == row.name == "Test University"
    assert deployments == []
    assert admit(db, info(row), "8865:aa", clock.now()) is not None, "the first launch brings it"
    assert admit(db, info(row), "9000:bb", clock.now()) is None
    (sent,) = platform.registered
    assert sent["grant_types"] == ["client_credentials", "implicit"]
    tool = sent[TOOL]
    assert tool["https://canvas.instructure.com/lti/privacy_level"] == "public"
    assert tool["custom_parameters"] == {"context_history": "$Context.id.history"}
    placements = {each["type"]: each["placements"] for each in tool["messages"]}
    assert placements == {
        "LtiResourceLinkRequest": ["course_navigation"],
        "LtiDeepLinkingRequest": ["assignment_selection", "link_selection"],
    }
    asked = [headers for method, _, headers, _ in platform.seen if method == "GET"]
    assert [each["authorization"] for each in asked] == [f"Bearer {platform.token}"]


def test_canvas_closes_in_the_schools_own_host(
    client: FlaskClient, platform: FakePlatform, link: MakeLink
) -> None:
    canvas(platform)
    path = link()
    page = client.get(
        path,
        query_string=platform.invitation(),
        headers={"Referer": "https://school.instructure.com/accounts/1/apps"},
    )
    opener = re.search(r'name="opener" value="([^"]*)"', page.get_data(as_text=True))
    assert opener is not None
    done = client.post(path, data={**platform.invitation(), "opener": opener.group(1)})
    origins = re.search(r'data-close="([^"]*)"', done.get_data(as_text=True))
    assert origins is not None
    assert origins.group(1).split() == [platform.address, "https://school.instructure.com"]


@pytest.mark.parametrize("opener", ["*", "http://evil.example", "javascript:alert(1)", "null"])
def test_no_message_goes_to_whoever_frames_the_page(
    opener: str, client: FlaskClient, platform: FakePlatform, link: MakeLink
) -> None:
    moodle(platform)
    done = client.post(link(), data={**platform.invitation(), "opener": opener})
    origins = re.search(r'data-close="([^"]*)"', done.get_data(as_text=True))
    assert origins is not None
    assert origins.group(1) == platform.address


def test_brightspace(
    client: FlaskClient, db: Database, platform: FakePlatform, link: MakeLink
) -> None:
    brightspace(platform)
    names = "https://purl.imsglobal.org/spec/lti-platform-configuration"
    platform.configuration[names]["messages_supported"].append(
        {"type": "LtiSubmissionReviewRequest"}
    )
    done = register(client, link(), platform)
    assert done.status_code == 200, done.get_data(as_text=True)
    row, deployments, _ = only(db)
    (sent,) = platform.registered
    assert [each["type"] for each in sent[TOOL]["messages"]] == [
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
        "LtiSubmissionReviewRequest",
    ]
    assert row.auth_audience == "https://api.brightspace.com/auth/token"
    assert deployments == []
    assert all("authorization" not in headers for _, _, headers, _ in platform.seen)
    assert "Manage Extensibility" in done.get_data(as_text=True)


def test_groups_are_asked_for_where_they_are_offered(
    client: FlaskClient, platform: FakePlatform, link: MakeLink
) -> None:
    moodle(platform)
    scope = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
    platform.configuration["scopes_supported"].append(scope)
    names = "https://purl.imsglobal.org/spec/lti-platform-configuration"
    platform.configuration[names]["variables"] = [
        "Canvas.course.sectionIds",
        "com.instructure.User.sectionNames",
        "Membership.course.groupIds",
    ]
    assert register(client, link(), platform).status_code == 200
    (sent,) = platform.registered
    assert scope in sent["scope"].split()
    assert sent[TOOL]["custom_parameters"] == {
        "section_names": "$com.instructure.User.sectionNames",
        "section_ids": "$Canvas.course.sectionIds",
        "group_ids": "$Membership.course.groupIds",
    }


def test_an_lms_that_says_little_is_offered_everything(
    client: FlaskClient, platform: FakePlatform, link: MakeLink
) -> None:
    moodle(platform)
    for name in ("scopes_supported", "claims_supported"):
        del platform.configuration[name]
    platform.configuration["https://purl.imsglobal.org/spec/lti-platform-configuration"] = {}
    assert register(client, link(), platform).status_code == 200
    (sent,) = platform.registered
    assert len(sent["scope"].split()) == 5
    assert sent[TOOL]["custom_parameters"] == {}


def test_the_page_before_the_button_changes_and_asks_nothing(
    client: FlaskClient, db: Database, platform: FakePlatform, link: MakeLink
) -> None:
    moodle(platform)
    page = client.get(link(), query_string=platform.invitation())
    assert platform.seen == []
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Registration)).all() == []
    policy = page.headers["Content-Security-Policy"]
    assert f"frame-ancestors 'self' https: {platform.address}" in policy
    assert "Set-Cookie" not in page.headers


def test_a_public_link_may_be_framed_by_https_pages_only(
    client: FlaskClient, platform: FakePlatform, link: MakeLink
) -> None:
    page = client.get(link(private=False), query_string=platform.invitation())
    assert platform.address not in page.headers["Content-Security-Policy"]
    assert " https: " in page.headers["Content-Security-Policy"]


def test_a_link_that_is_opened_by_hand_says_what_to_do(client: FlaskClient, link: MakeLink) -> None:
    path = link()
    page = client.get(path)
    assert page.status_code == 200
    assert f"{BASE_URL}{path}" in page.get_data(as_text=True)


def test_the_values_for_a_registration_by_hand(client: FlaskClient) -> None:
    page = client.get("/lti/config")
    assert page.status_code == 200
    text = unescape(page.get_data(as_text=True))
    for path in ("login", "launch", "jwks", "canvas.json"):
        assert f'value="{BASE_URL}/lti/{path}"' in text
    for name, variable in client.get("/lti/canvas.json").get_json()["custom_fields"].items():
        assert f"{name}={variable}" in text
    fields = re.findall(r'<(?:input|textarea)[^>]* id="([^"]+)"', text)
    assert len(fields) >= 8
    assert re.findall(r'data-copy="([^"]+)"', text) == fields
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_the_canvas_json_has_what_canvas_requires(client: FlaskClient) -> None:
    """The fields that lti_dev_key_config.md of canvas-lms marks as required."""
    document: dict[str, Any] = client.get("/lti/canvas.json").get_json()
    for name in ("title", "description", "oidc_initiation_url", "target_link_uri"):
        assert document[name]
    assert document["public_jwk_url"] == f"{BASE_URL}/lti/jwks"
    (extension,) = document["extensions"]
    assert extension["privacy_level"] == "public"
    assert extension["platform"] == "canvas.instructure.com"
    placements = {
        each["placement"]: each["message_type"] for each in extension["settings"]["placements"]
    }
    assert placements == {
        "course_navigation": "LtiResourceLinkRequest",
        "assignment_selection": "LtiDeepLinkingRequest",
        "link_selection": "LtiDeepLinkingRequest",
    }
    navigation = extension["settings"]["placements"][0]
    assert (navigation["default"], navigation["visibility"]) == ("enabled", "members")
