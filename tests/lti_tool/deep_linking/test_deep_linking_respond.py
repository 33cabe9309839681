"""The signed answer to a deep linking request, and the page that carries it."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from flask import Flask, g, render_template

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.access.here import Here
from lti_tool.access.tables import Purpose
from lti_tool.deep_linking.items import ActivityItem
from lti_tool.deep_linking.respond import ReturnForm, respond
from lti_tool.platforms.registrations import add_platform
from lti_tool.platforms.tables import Registration
from lti_tool.services import Services
from rubrics.errors import Refused
from rubrics.words import CourseRole
from tests.lti_tool.ags.fake_lms import signing_key
from tests.lti_tool.delivery.house import services_for
from tests.lti_tool.launch_app import launch_app

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
ACTIVITY = UUID("7b0e3a52-3f0e-4b43-9a55-0e7a3a1d2c11")


@pytest.fixture
def services(db: Database) -> Services:
    return services_for(db)


@pytest.fixture
def registration_id(db: Database) -> UUID:
    with db.writing(EVERY_TENANT) as session:
        added = add_platform(
            session,
            issuer="https://lms.example",
            client_id="client-1",
            auth_login_url="https://lms.example/auth",
            auth_token_url="https://lms.example/token",
            key_set_url="https://lms.example/jwks",
            deployment_ids=["7"],
            name="LMS",
        )
    return added.registration.id


@pytest.fixture
def app(services: Services) -> Iterator[Flask]:
    app = launch_app(services)
    with app.test_request_context():
        yield app


def present(registration_id: UUID, /, **changes: Any) -> Here:
    settings: dict[str, Any] = {
        "return_url": "https://lms.example/return?sesskey=s",
        "registration_id": str(registration_id),
        "deployment_id": "7",
        "accept_types": ["link", "ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": False,
        "accept_lineitem": None,
        "data": "opaque;/x",
    }
    return Here(
        handle="h",
        handle_id=uuid4(),
        tenant_id=uuid4(),
        person_id=uuid4(),
        person_name="Iris Teacher",
        course_id=uuid4(),
        course_title="Skills 101",
        placement_id=None,
        placement_title="",
        role=CourseRole.INSTRUCTOR,
        purpose=Purpose.DEEP_LINKING,
        locale="en",
        test_student=False,
        deep_linking={**settings, **changes},
        frame_origins=("https://lms.example",),
    )


def item(**changes: Any) -> ActivityItem:
    values: dict[str, Any] = {
        "activity_id": ACTIVITY,
        "title": "Handle an upset client",
        "text": "Play it through.",
        "maximum": Decimal("40.00"),
        "graded": True,
        "window": False,
    }
    return ActivityItem(**{**values, **changes})


def claims_of(form: ReturnForm) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        form.jwt, signing_key().key.public_key(), ["RS256"], audience="https://lms.example"
    )
    return claims


@pytest.mark.usefixtures("app")
def test_the_answer_says_who_for_whom_and_what(services: Services, registration_id: UUID) -> None:
    form = respond(services, present(registration_id), [item()], "Added.")
    assert form.action == "https://lms.example/return?sesskey=s"
    claims = claims_of(form)
    assert jwt.get_unverified_header(form.jwt)["kid"] == "our-kid"
    assert (claims["iss"], claims["aud"]) == ("client-1", "https://lms.example")
    moment = clock.now().timestamp()
    assert claims["iat"] < moment < claims["exp"] <= moment + 300
    assert claims[f"{LTI}message_type"] == "LtiDeepLinkingResponse"
    assert claims[f"{LTI}version"] == "1.3.0"
    assert claims[f"{LTI}deployment_id"] == "7"
    assert claims[f"{DL}data"] == "opaque;/x"
    assert claims[f"{DL}msg"] == "Added."
    assert claims[f"{DL}content_items"] == [
        {
            "type": "ltiResourceLink",
            "title": "Handle an upset client",
            "text": "Play it through.",
            "url": "http://localhost:8000/lti/launch",
            "icon": {
                "url": "http://localhost:8000/static/icon-64.png",
                "width": 64,
                "height": 64,
            },
            "thumbnail": {
                "url": "http://localhost:8000/static/thumbnail-256.png",
                "width": 256,
                "height": 256,
            },
            "custom": {
                "twofold_activity": str(ACTIVITY),
                "resource_link_history": "$ResourceLink.id.history",
                "context_history": "$Context.id.history",
            },
            "lineItem": {
                "scoreMaximum": 40,
                "label": "Handle an upset client",
                "resourceId": str(ACTIVITY),
                "tag": "twofold",
                "gradesReleased": True,
                "submissionReview": {"reviewableStatus": ["InProgress", "Submitted", "Completed"]},
            },
            "iframe": {"width": 800, "height": 800},
        }
    ]
    other = claims_of(respond(services, present(registration_id), [item()]))
    assert other["nonce"] != claims["nonce"]
    assert f"{DL}msg" not in other


@pytest.mark.usefixtures("app")
def test_data_goes_back_only_where_it_came(services: Services, registration_id: UUID) -> None:
    without = claims_of(respond(services, present(registration_id, data=None), []))
    assert f"{DL}data" not in without
    assert without[f"{DL}content_items"] == []
    assert claims_of(respond(services, present(registration_id, data=""), []))[f"{DL}data"] == ""


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("window", "targets", "expected"),
    [
        (True, ["iframe", "window"], {"window": {"targetName": "_blank"}}),
        (True, ["iframe"], {}),
        (False, ["iframe"], {"iframe": {"width": 800, "height": 800}}),
        (False, ["window"], {}),
        (True, [], {}),
    ],
)
def test_it_opens_as_asked_where_the_lms_can(
    services: Services,
    registration_id: UUID,
    window: bool,
    targets: list[str],
    expected: dict[str, Any],
) -> None:
    here = present(registration_id, accept_presentation_document_targets=targets)
    claims = claims_of(respond(services, here, [item(window=window)]))
    (sent,) = claims[f"{DL}content_items"]
    assert {key: sent[key] for key in ("window", "iframe") if key in sent} == expected


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("family", "maximum", "expected"),
    [
        (None, "100.00", 100),
        (None, "7.50", 7.5),
        ("canvas", "250", 250),
        ("moodle", "7.5", 100),
        ("moodle", "250", 100),
        ("moodle", "20.00", 20),
    ],
)
def test_the_column_has_points_that_the_lms_takes(
    db: Database,
    services: Services,
    registration_id: UUID,
    family: str | None,
    maximum: str,
    expected: float,
) -> None:
    with db.writing(EVERY_TENANT) as session:
        session.get_one(Registration, registration_id).product_family = family
    claims = claims_of(
        respond(services, present(registration_id), [item(maximum=Decimal(maximum))])
    )
    points = claims[f"{DL}content_items"][0]["lineItem"]["scoreMaximum"]
    assert points == expected
    assert isinstance(points, type(expected))


@pytest.mark.usefixtures("app")
def test_no_column_where_the_lms_takes_none(services: Services, registration_id: UUID) -> None:
    form = respond(services, present(registration_id, accept_lineitem=False), [item()])
    assert "lineItem" not in claims_of(form)[f"{DL}content_items"][0]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("accepts", [None, True])
def test_no_column_for_what_has_no_grade(
    services: Services, registration_id: UUID, accepts: bool | None
) -> None:
    here = present(registration_id, accept_lineitem=accepts)
    sent = claims_of(respond(services, here, [item(graded=False)]))[f"{DL}content_items"][0]
    assert "lineItem" not in sent


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("opens", "due", "expected"),
    [
        (None, None, {}),
        (
            datetime(2030, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
            None,
            {"available": {"startDateTime": "2030-01-02T03:04:05Z"}},
        ),
        (
            None,
            datetime(2030, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))),
            {"submission": {"endDateTime": "2030-01-02T01:00:00Z"}},
        ),
        (
            datetime(2030, 1, 2, tzinfo=UTC),
            datetime(2030, 1, 9, tzinfo=UTC),
            {
                "available": {"startDateTime": "2030-01-02T00:00:00Z"},
                "submission": {
                    "startDateTime": "2030-01-02T00:00:00Z",
                    "endDateTime": "2030-01-09T00:00:00Z",
                },
            },
        ),
    ],
    ids=["no dates", "opens", "due", "both"],
)
def test_dates_in_utc(
    services: Services,
    registration_id: UUID,
    opens: datetime | None,
    due: datetime | None,
    expected: dict[str, Any],
) -> None:
    form = respond(services, present(registration_id), [item(available_from=opens, due_at=due)])
    (sent,) = claims_of(form)[f"{DL}content_items"]
    assert {key: sent[key] for key in ("available", "submission") if key in sent} == expected


def test_the_pictures_are_there(app: Flask) -> None:
    client = app.test_client()
    for name, side in (("icon-64.png", 64), ("thumbnail-256.png", 256)):
        picture = client.get(f"/static/{name}")
        assert picture.mimetype == "image/png"
        assert struct.unpack(">II", picture.data[16:24]) == (side, side)


@pytest.mark.usefixtures("app")
def test_a_long_title_is_cut(services: Services, registration_id: UUID) -> None:
    form = respond(services, present(registration_id), [item(title="x" * 255)])
    sent = claims_of(form)[f"{DL}content_items"][0]
    assert (len(sent["title"]), len(sent["lineItem"]["label"])) == (250, 100)


ADDRESSES = {
    "by http": "http://lms.example/return",
    "a script": "javascript:alert(1)",
    "data": "data:text/html,x",
    "with a user": "https://a@lms.example/",
    "with a script": '"><script>alert(1)</script>',
    "of two lines": "https://lms.example/\r\nX: y",
    "without a scheme": "//evil.example/",
    "empty": "",
}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("changes", "items", "code"),
    [
        pytest.param({"accept_types": ["link"]}, 1, "deep-linking.type", id="other types"),
        pytest.param({"accept_types": []}, 1, "deep-linking.type", id="no types"),
        pytest.param({}, 2, "deep-linking.multiple", id="two for one"),
        pytest.param({"accept_multiple": None}, 2, "deep-linking.multiple", id="two, not asked"),
        pytest.param(
            {"registration_id": str(UUID(int=5))}, 1, "deep-linking.registration", id="no LMS"
        ),
        *(
            pytest.param({"return_url": url}, 1, "deep-linking.return", id=name)
            for name, url in ADDRESSES.items()
        ),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_code(
    services: Services, registration_id: UUID, changes: dict[str, Any], items: int, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        respond(services, present(registration_id, **changes), [item()] * items)
    assert refused.value.code == code
    assert "form_targets" not in g


@pytest.mark.usefixtures("app")
def test_many_items_where_many_are_taken(services: Services, registration_id: UUID) -> None:
    here = present(registration_id, accept_multiple=True)
    items = [item(), item(activity_id=uuid4())]
    assert len(claims_of(respond(services, here, items))[f"{DL}content_items"]) == 2


@pytest.mark.usefixtures("app")
def test_a_launch_of_another_kind_has_nothing_to_answer(
    services: Services, registration_id: UUID
) -> None:
    with pytest.raises(Refused) as refused:
        respond(services, replace(present(registration_id), deep_linking=None), [item()])
    assert refused.value.code == "deep-linking.not-asked"


@pytest.mark.usefixtures("app")
def test_an_answer_to_another_host_is_for_the_lms_alone(
    services: Services, registration_id: UUID
) -> None:
    """The LMS signed that address; whoever is there can do nothing with the answer elsewhere."""
    here = present(registration_id, return_url="https://elsewhere.example/return")
    form = respond(services, here, [item()])
    assert form.action == "https://elsewhere.example/return"
    assert claims_of(form)["aud"] == "https://lms.example"
    assert g.form_targets == "'self' https://elsewhere.example https://lms.example"


class Forms(HTMLParser):
    """The forms of a page and their fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str | None]] = []
        self.fields: list[dict[str, str | None]] = []
        self.scripts: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.forms.append(found)
        elif tag in ("input", "button"):
            self.fields.append({"tag": tag, **found})
        elif tag == "script":
            self.scripts.append(found.get("src"))


def test_the_page_posts_an_escaped_form_by_a_static_script_or_a_button(
    app: Flask, services: Services, registration_id: UUID
) -> None:
    here = present(registration_id, return_url="http://127.0.0.1:8001/return?a=1&b='x'")
    form = respond(services, here, [item()])
    assert g.form_targets == "'self' http://127.0.0.1:8001 https://lms.example"
    page = render_template("deep_linking/return.html", returned=form)
    found = Forms()
    found.feed(page)
    (sent,) = [each for each in found.forms if "data-autosubmit" in each]
    assert sent["action"] == "http://127.0.0.1:8001/return?a=1&b='x'"
    assert sent["method"] == "post"
    (hidden,) = [each for each in found.fields if each.get("name") == "JWT"]
    assert hidden["value"] == form.jwt
    assert any(each["tag"] == "button" for each in found.fields)
    assert any(src and src.endswith("/autosubmit.js") for src in found.scripts)
    assert all(found.scripts), "no inline script"
    response = app.process_response(app.make_response(page))
    policy = response.headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8001 https://lms.example;" in policy
    client = app.test_client()
    assert b"requestSubmit" in client.get("/static/autosubmit.js").data


@pytest.mark.usefixtures("app")
def test_the_lms_is_given_only_the_beginning_of_long_instructions(
    services: Services, registration_id: UUID
) -> None:
    text = "First words. " * 30 + "\n\nSecond paragraph."
    form = respond(services, present(registration_id), [item(text=text)])
    (found,) = claims_of(form)[f"{DL}content_items"]
    assert found["text"].startswith("First words. First")
    assert found["text"].endswith(" …")
    assert len(found["text"]) <= 160
