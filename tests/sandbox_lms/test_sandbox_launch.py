"""The OpenID Connect launch of the sandbox LMS: what it sends, and what it refuses."""

import time
from typing import Any

import jwt
import pytest
import requests

from sandbox_lms import seed
from sandbox_lms.config import Config
from sandbox_lms.messages import AGS_CLAIM, DEEP_LINKING, LTI, NRPS_CLAIM
from sandbox_lms.store import Store
from tests.sandbox_lms.small_tool import (
    Form,
    Judge,
    Person,
    SmallTool,
    auth_request,
    launch_claims,
)

HOME = "/launch/skills-101-home-1"


def refused(answer: requests.Response, tool: SmallTool) -> dict[str, str]:
    """The fields of an error that was form-posted back to the tool."""
    form = Form(answer)
    assert form.action == f"{tool.address}/lti/launch"
    assert "id_token" not in form.fields
    return form.fields


def test_a_launch_carries_the_claims_that_an_lms_sends(lms: Config, tool: SmallTool) -> None:
    person = Person(lms, "learner-01")
    login = person.login_fields(HOME)
    assert login["iss"] == lms.base_url
    assert login["lti_deployment_id"] == "1"
    assert "learner-01" not in login["login_hint"] + login["lti_message_hint"]

    answer = person.ask_auth(auth_request(tool, login, nonce="n-1", state="s-1"))
    form = Form(answer)
    assert (form.action, form.method) == (f"{tool.address}/lti/launch", "post")
    assert form.fields["state"] == "s-1"

    keys = jwt.PyJWKSet.from_dict(requests.get(lms.jwks_url, timeout=5).json())
    token = form.fields["id_token"]
    claims = jwt.decode(
        token,
        keys[jwt.get_unverified_header(token)["kid"]],
        algorithms=["RS256"],
        audience=seed.CLIENT_ID,
        issuer=lms.issuer,
    )
    assert claims["nonce"] == "n-1"
    assert claims["aud"] == claims["azp"] == seed.CLIENT_ID
    assert claims["exp"] - claims["iat"] == 60
    assert claims["sub"] == "learner-01"
    assert (claims["name"], claims["family_name"]) == ("Ana Álvarez", "Álvarez")
    assert claims[f"{LTI}deployment_id"] == "1"
    assert claims[f"{LTI}version"] == "1.3.0"
    assert claims[f"{LTI}message_type"] == "LtiResourceLinkRequest"
    assert claims[f"{LTI}target_link_uri"] == login["target_link_uri"]
    assert claims[f"{LTI}resource_link"]["id"] == "skills-101-home-1"
    assert claims[f"{LTI}context"]["title"] == "Skills 101"
    assert "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner" in claims[f"{LTI}roles"]
    assert claims[AGS_CLAIM]["lineitems"].endswith("/ags/skills-101/lineitems?type_id=1")
    assert claims[NRPS_CLAIM]["service_versions"] == ["2.0"]


def test_the_course_home_has_no_line_item(lms: Config, tool: SmallTool) -> None:
    claims = launch_claims(tool, Person(lms, "instructor-1"), HOME)
    assert "lineitem" not in claims[AGS_CLAIM]


@pytest.mark.parametrize(
    ("person", "role"),
    [
        ("instructor-1", "membership#Instructor"),
        ("assistant-1", "membership/Instructor#TeachingAssistant"),
        ("learner-12", "membership#Learner"),
        ("mentor-1", "membership#Mentor"),
    ],
)
def test_each_role_is_sent_as_a_full_uri(
    lms: Config, tool: SmallTool, person: str, role: str
) -> None:
    claims = launch_claims(tool, Person(lms, person), HOME)
    assert f"http://purl.imsglobal.org/vocab/lis/v2/{role}" in claims[f"{LTI}roles"]
    assert (
        claims.get(f"{LTI}role_scope_mentor") == ["learner-01", "learner-02", "learner-03"]
    ) is (person == "mentor-1")


def test_the_authorisation_request_may_be_posted(lms: Config, tool: SmallTool) -> None:
    person = Person(lms, "learner-01")
    asked = auth_request(tool, person.login_fields(HOME))
    assert "id_token" in Form(person.post(lms.auth_url, data=asked, timeout=5)).fields


@pytest.mark.parametrize(
    ("changed", "rule", "error"),
    [
        ({"response_type": "code"}, "auth-response-type", "unsupported_response_type"),
        ({"response_mode": "query"}, "auth-response-mode", "invalid_request"),
        ({"scope": "openid email"}, "auth-scope", "invalid_scope"),
        ({"prompt": "login"}, "auth-prompt", "invalid_request"),
        ({"nonce": ""}, "auth-nonce-state", "invalid_request"),
        ({"state": ""}, "auth-nonce-state", "invalid_request"),
        ({"login_hint": "learner-02"}, "auth-login-hint", "invalid_request"),
        ({"lti_message_hint": "made-up"}, "auth-message-hint", "launch_no_longer_valid"),
    ],
)
def test_a_wrong_authorisation_request_comes_back_as_an_error(
    lms: Config,
    tool: SmallTool,
    judge: Judge,
    changed: dict[str, str],
    rule: str,
    error: str,
) -> None:
    person = Person(lms, "learner-01")
    asked = auth_request(tool, person.login_fields(HOME), **changed)
    fields = refused(person.ask_auth(asked), tool)
    assert fields["error"] == error
    assert fields.get("state", "") == asked["state"]
    assert judge.rules() == [rule]
    assert judge.entries()[0]["reference"] in fields["error_description"]


def test_a_message_hint_serves_once(lms: Config, tool: SmallTool, judge: Judge) -> None:
    person = Person(lms, "learner-01")
    asked = auth_request(tool, person.login_fields(HOME))
    assert "id_token" in Form(person.ask_auth(asked)).fields
    assert refused(person.ask_auth(asked), tool)["error"] == "launch_no_longer_valid"
    assert judge.rules() == ["auth-message-hint-used"]


def test_an_old_message_hint_is_refused(
    lms: Config, tool: SmallTool, kept: Store, judge: Judge
) -> None:
    person = Person(lms, "learner-01")
    asked = auth_request(tool, person.login_fields(HOME))
    with kept.writing() as connection:
        connection.execute("UPDATE launch SET created = ?", (time.time() - 601,))
    refused(person.ask_auth(asked), tool)
    assert judge.rules() == ["auth-message-hint"]


def test_another_persons_launch_is_refused(lms: Config, tool: SmallTool, judge: Judge) -> None:
    asked = auth_request(tool, Person(lms, "instructor-1").login_fields(HOME))
    fields = refused(Person(lms, "learner-01").ask_auth(asked), tool)
    assert fields["error"] == "login_required"
    assert judge.rules() == ["auth-other-person"]


def test_a_hint_of_one_client_does_not_serve_another(
    lms: Config, tool: SmallTool, kept: Store, judge: Judge
) -> None:
    seed.add_tool(kept, "other-client", "Other", tool.address)
    person = Person(lms, "learner-01")
    asked = auth_request(tool, person.login_fields(HOME), client_id="other-client")
    refused(person.ask_auth(asked), tool)
    assert judge.rules() == ["auth-message-hint"]


def test_without_a_session_the_page_posts_itself_once_and_then_gives_up(
    lms: Config, tool: SmallTool, judge: Judge
) -> None:
    asked = auth_request(tool, Person(lms, "learner-01").login_fields(HOME))
    stranger = Person(lms)
    again = stranger.ask_auth(asked)
    form = Form(again)
    assert form.action == lms.auth_url
    assert form.fields == {**asked, "repost": "true"}
    assert judge.rules() == []
    assert refused(stranger.submit(again), tool)["error"] == "login_required"
    assert judge.rules() == ["auth-session"]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"client_id": "stranger"}, "auth-unknown-client"),
        ({"redirect_uri": "http://localhost:1/lti/launch"}, "auth-redirect-uri"),
        ({"redirect_uri": ""}, "auth-redirect-uri"),
    ],
)
def test_an_unregistered_address_gets_a_page_and_nothing_is_sent_there(
    lms: Config, tool: SmallTool, judge: Judge, changed: dict[str, str], rule: str
) -> None:
    person = Person(lms, "learner-01")
    answer = person.ask_auth(auth_request(tool, person.login_fields(HOME), **changed))
    assert answer.status_code == 400
    assert "<form" not in answer.text
    assert judge.entries()[0]["reference"] in answer.text
    assert judge.rules() == [rule]


def test_a_redirect_uri_with_a_query_is_not_the_registered_one(
    lms: Config, tool: SmallTool, judge: Judge
) -> None:
    person = Person(lms, "learner-01")
    asked = auth_request(tool, person.login_fields(HOME))
    person.ask_auth({**asked, "redirect_uri": asked["redirect_uri"] + "?activity=1"})
    assert judge.rules() == ["auth-redirect-uri"]


def test_a_repeated_parameter_is_refused(lms: Config, tool: SmallTool, judge: Judge) -> None:
    person = Person(lms, "learner-01")
    asked = auth_request(tool, person.login_fields(HOME))
    answer = person.get(lms.auth_url, params=[*asked.items(), ("nonce", "second")], timeout=5)
    assert answer.status_code == 400
    assert judge.rules() == ["auth-repeated"]


def test_nobody_launches_in_a_course_that_they_are_not_in(lms: Config, kept: Store) -> None:
    assert Person(lms, "learner-02").open("/launch/teamwork-201-home-1").status_code == 404
    assert Person(lms, "learner-13").open(HOME).status_code == 404
    signed_out = Person(lms).open(HOME)
    assert signed_out.url.startswith(f"{lms.base_url}/?next=")


def test_known_variables_are_replaced_and_unknown_ones_stay(
    lms: Config, tool: SmallTool, kept: Store
) -> None:
    custom: dict[str, Any] = {
        "link": "$ResourceLink.id",
        "who": "$User.id",
        "due": "$ResourceLink.submission.endDateTime",
        "odd": "$Not.a.variable",
        "text": "costs $5",
    }
    instructor = Person(lms, "instructor-1")
    message = launch_claims(
        tool, instructor, "/deep_linking/start?course=skills-101&section=1&tool=1"
    )
    item = {
        "type": "ltiResourceLink",
        "custom": custom,
        "submission": {"endDateTime": "2027-09-01T00:00:00Z"},
    }
    settings = message[f"{DEEP_LINKING}deep_linking_settings"]
    requests.post(
        settings["deep_link_return_url"],
        data={"JWT": tool.sign(tool.deep_linking_claims(lms, message, [item]))},
        timeout=5,
    )
    with kept.reading() as connection:
        link_id = connection.execute("SELECT id FROM link WHERE custom != '{}'").fetchone()["id"]
    claims = launch_claims(tool, Person(lms, "learner-03"), f"/launch/{link_id}")
    assert claims[f"{LTI}custom"] == {
        "link": link_id,
        "who": "learner-03",
        "due": "2027-09-01T00:00:00Z",
        "odd": "$Not.a.variable",
        "text": "costs $5",
        "section_names": '["Monday section"]',
        "section_ids": "1",
    }
