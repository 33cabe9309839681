"""Deep linking in the sandbox LMS: what is added, and what is refused."""

import time
from typing import Any

import pytest
import requests

from sandbox_lms import seed
from sandbox_lms.config import Config
from sandbox_lms.messages import AGS_CLAIM, DEEP_LINKING, LTI
from sandbox_lms.store import Store, every
from tests.sandbox_lms.small_tool import Form, Judge, Person, SmallTool, launch_claims

START = "/deep_linking/start?course=skills-101&section=2&tool=1"


@pytest.fixture
def instructor(lms: Config) -> Person:
    return Person(lms, "instructor-1")


@pytest.fixture
def message(tool: SmallTool, instructor: Person) -> dict[str, Any]:
    return launch_claims(tool, instructor, START)


def send(message: dict[str, Any], jwt: str) -> requests.Response:
    """As a browser in a frame sends it: without the LMS's cookie."""
    settings = message[f"{DEEP_LINKING}deep_linking_settings"]
    return requests.post(settings["deep_link_return_url"], data={"JWT": jwt}, timeout=5)


def links(kept: Store) -> list[Any]:
    with kept.reading() as connection:
        return every(connection, "SELECT * FROM link WHERE section_id IS NOT NULL")


def test_the_request_says_what_may_come(message: dict[str, Any]) -> None:
    assert message[f"{LTI}message_type"] == "LtiDeepLinkingRequest"
    assert f"{LTI}resource_link" not in message
    settings = message[f"{DEEP_LINKING}deep_linking_settings"]
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is True


def test_an_activity_with_a_line_item_is_added(
    lms: Config,
    tool: SmallTool,
    instructor: Person,
    message: dict[str, Any],
    kept: Store,
    judge: Judge,
) -> None:
    items = [
        {
            "type": "ltiResourceLink",
            "title": "Calm an upset client",
            "text": "A role-play",
            "url": f"{tool.address}/lti/launch?a=1",
            "custom": {"activity": "act-1"},
            "icon": {"url": f"{tool.address}/icon.png", "width": 64, "height": 64},
            "available": {"startDateTime": "2030-01-01T00:00:00Z"},
            "submission": {"endDateTime": "2030-01-09T00:00:00+01:00"},
            "lineItem": {"scoreMaximum": 20, "label": "Grade", "resourceId": "a", "tag": "t"},
        },
        {
            "type": "ltiResourceLink",
            "title": "Second",
            "window": {},
            "lineItem": {"scoreMaximum": 5},
        },
    ]
    back = send(message, tool.sign(tool.deep_linking_claims(lms, message, items)))
    form = Form(back)
    assert (back.status_code, form.target) == (200, "_top")
    assert "Set-Cookie" not in back.headers
    course = instructor.submit(back)
    assert "Added to the course: Calm an upset client, Second." in course.text
    first, second = links(kept)
    assert (first["url"], first["document_target"]) == (items[0]["url"], "iframe")
    assert (second["url"], second["document_target"]) == (f"{tool.address}/lti/launch", "window")
    with kept.reading() as connection:
        columns = every(connection, "SELECT * FROM line_item ORDER BY id")
    assert [(c["label"], c["score_maximum"], c["resource_id"], c["tag"]) for c in columns] == [
        ("Grade", 20, "a", "t"),
        ("Second", 5, None, None),
    ]
    claims = launch_claims(tool, Person(lms, "learner-01"), f"/launch/{first['id']}")
    assert claims[f"{LTI}custom"]["activity"] == "act-1"
    assert claims[f"{LTI}target_link_uri"] == items[0]["url"]
    assert claims[AGS_CLAIM]["lineitem"].endswith(
        f"/lineitems/{columns[0]['id']}/lineitem?type_id=1"
    )
    assert judge.rules() == []


def test_an_empty_answer_adds_nothing_and_shows_the_tools_words(
    lms: Config, tool: SmallTool, instructor: Person, message: dict[str, Any]
) -> None:
    claims = tool.deep_linking_claims(lms, message, [])
    claims[f"{DEEP_LINKING}msg"] = "You chose <nothing>"
    course = instructor.submit(send(message, tool.sign(claims)))
    assert "Nothing was added. The tool says: You chose &lt;nothing&gt;" in course.text


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"iss": "other"}, "jwt-issuer"),
        ({"aud": "http://127.0.0.1:1"}, "jwt-audience"),
        ({"exp": int(time.time()) - 5}, "jwt-expired"),
        ({"exp": None}, "jwt-claim-missing"),
        ({"iat": None}, "jwt-claim-missing"),
        ({"nonce": None}, "jwt-claim-missing"),
        ({"deployment_id": "2"}, "deep-linking-deployment"),
        ({"deployment_id": None}, "deep-linking-deployment"),
        ({"message_type": "LtiResourceLinkRequest"}, "deep-linking-message-type"),
        ({"version": "1.2"}, "deep-linking-version"),
        ({"data": "other"}, "deep-linking-data"),
        ({"data": None}, "deep-linking-data"),
        ({"content_items": {}}, "deep-linking-items"),
    ],
)
def test_a_wrong_answer_is_refused(
    lms: Config,
    tool: SmallTool,
    message: dict[str, Any],
    kept: Store,
    judge: Judge,
    changed: dict[str, Any],
    rule: str,
) -> None:
    items = [{"type": "ltiResourceLink", "title": "No"}]
    jwt = tool.sign(tool.deep_linking_claims(lms, message, items, **changed))
    answer = send(message, jwt)
    assert answer.status_code == 400
    assert judge.entries()[0]["reference"] in answer.text
    assert judge.rules() == [rule]
    assert links(kept) == []


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"type": "link"}, "deep-linking-item-type"),
        ({"url": "http://127.0.0.1:1/lti/launch"}, "deep-linking-item-url"),
        ({"url": "javascript:alert(1)"}, "deep-linking-item-url"),
        ({"url": "http://[x"}, "deep-linking-item-url"),
        ({"custom": {"a": 5}}, "deep-linking-item-custom"),
        ({"custom": []}, "deep-linking-item-custom"),
        ({"title": 5}, "deep-linking-item-text"),
        ({"window": True}, "deep-linking-item-shape"),
        ({"available": {"startDateTime": "tomorrow"}}, "deep-linking-item-dates"),
        ({"submission": {"endDateTime": "2030-01-01T00:00:00"}}, "deep-linking-item-dates"),
        ({"available": {"startDateTime": 5}}, "deep-linking-item-dates"),
        ({"icon": "icon.png"}, "deep-linking-item-picture"),
        ({"icon": {"url": "/static/icon.png"}}, "deep-linking-item-picture"),
        ({"thumbnail": {"url": "https://x.example/a", "width": "9"}}, "deep-linking-item-picture"),
        ({"lineItem": {}}, "deep-linking-line-item"),
        ({"lineItem": {"scoreMaximum": 0}}, "deep-linking-line-item"),
        ({"lineItem": {"scoreMaximum": 5, "tag": "x" * 256}}, "deep-linking-line-item"),
    ],
)
def test_a_wrong_item_refuses_the_whole_answer(
    lms: Config,
    tool: SmallTool,
    message: dict[str, Any],
    kept: Store,
    judge: Judge,
    changed: dict[str, Any],
    rule: str,
) -> None:
    good = {"type": "ltiResourceLink", "title": "Good"}
    claims = tool.deep_linking_claims(lms, message, [good, {**good, **changed}])
    assert send(message, tool.sign(claims)).status_code == 400
    assert judge.rules() == [rule]
    assert links(kept) == []


def test_one_request_takes_one_answer_and_one_nonce(
    lms: Config,
    tool: SmallTool,
    instructor: Person,
    message: dict[str, Any],
    kept: Store,
    judge: Judge,
) -> None:
    item = {"type": "ltiResourceLink", "title": "Once"}
    claims = tool.deep_linking_claims(lms, message, [item])
    assert send(message, tool.sign(claims)).status_code == 200
    assert send(message, tool.sign(claims)).status_code == 400
    assert send(message, tool.sign({**claims, "nonce": "fresh"})).status_code == 400
    assert judge.rules() == ["deep-linking-request-used", "deep-linking-nonce-used"]
    assert len(links(kept)) == 1


def test_an_old_or_unknown_request_is_refused(
    lms: Config, tool: SmallTool, message: dict[str, Any], kept: Store, judge: Judge
) -> None:
    claims = tool.deep_linking_claims(lms, message, [])
    with kept.writing() as connection:
        connection.execute("UPDATE deep_linking_request SET created = ?", (time.time() - 3700,))
    assert send(message, tool.sign(claims)).status_code == 400
    address = f"{lms.base_url}/deep_linking/return?course=skills-101&request=made-up"
    form = {"JWT": tool.sign(claims)}
    assert requests.post(address, data=form, timeout=5).status_code == 404
    assert judge.rules() == ["deep-linking-request", "deep-linking-request-used"]


def test_one_item_at_most_where_the_tool_may_send_one(
    lms: Config, tool: SmallTool, instructor: Person, kept: Store, judge: Judge
) -> None:
    seed.add_tool(kept, seed.CLIENT_ID, "One", tool.address, accept_multiple=False)
    message = launch_claims(tool, instructor, START)
    assert message[f"{DEEP_LINKING}deep_linking_settings"]["accept_multiple"] is False
    item = {"type": "ltiResourceLink", "title": "One"}
    two = tool.sign(tool.deep_linking_claims(lms, message, [item, item]))
    assert send(message, two).status_code == 400
    assert judge.rules() == ["deep-linking-multiple"]
    one = tool.sign(tool.deep_linking_claims(lms, message, [item]))
    assert send(message, one).status_code == 200


@pytest.mark.parametrize(("person", "status"), [("learner-01", 403), ("instructor-2", 404)])
def test_only_this_courses_staff_may_start(lms: Config, person: str, status: int) -> None:
    assert Person(lms, person).open(START).status_code == status
    assert Person(lms, person).open("/courses/skills-101/add").status_code == status


def test_what_is_no_jwt_is_refused(message: dict[str, Any], judge: Judge) -> None:
    assert send(message, "nonsense").status_code == 400
    assert judge.rules() == ["jwt-malformed"]


def test_only_a_section_and_a_tool_of_this_course_may_be_named(
    lms: Config, instructor: Person
) -> None:
    for wrong in ("section=4&tool=1", "section=2&tool=9", "section=2"):
        page = instructor.open(f"/deep_linking/start?course=skills-101&{wrong}")
        assert page.status_code == 404
    assert instructor.open("/courses/skills-101/add?section=4").status_code == 404


def test_an_assistant_may_add(lms: Config) -> None:
    assert Person(lms, "assistant-1").open("/courses/skills-101/add").status_code == 200
