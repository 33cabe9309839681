"""Hostile launches at the edges: clocks to the second, other tenants' values, texts on pages."""

import html
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from foundation.db import Database
from tests.lti_tool.launch.cookieless import login
from tests.lti_tool.launch.refused import assert_refused
from tests.lti_tool.launch.test_hostile_logins import FORM
from tests.lti_tool.platform import LTI, Claims, KeySets, SignedPlatform

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SCRIPT = '"><script>alert(1)</script>'


@pytest.mark.parametrize(
    ("claim", "seconds", "code"),
    [
        ("exp", -59, ""),
        ("exp", -61, "launch.expired"),
        ("iat", 59, ""),
        ("iat", 61, "launch.early"),
        ("nbf", 59, ""),
        ("nbf", 61, "launch.early"),
    ],
)
def test_a_minute_of_skew(
    claim: str, seconds: int, code: str, client: FlaskClient, platform: SignedPlatform
) -> None:
    with time_machine.travel(NOON, tick=False):
        moment = NOON.timestamp() + seconds
        answer = platform.post(client, lambda claims: claims.update({claim: moment}))
    if code:
        assert_refused(answer, code)
    else:
        assert answer.status_code == 303, answer.text


@pytest.mark.parametrize("name", FORM)
def test_a_parameter_twice(name: str, client: FlaskClient, platform: SignedPlatform) -> None:
    twice: dict[str, Any] = FORM | {name: [FORM[name], "another"]}
    assert_refused(client.post("/lti/login", data=twice), "launch.parameter.repeated")


@pytest.mark.parametrize("name", ["login_hint", "lti_message_hint", "lti_deployment_id"])
def test_a_script_in_what_is_passed_on(
    name: str, app: Flask, client: FlaskClient, platform: SignedPlatform
) -> None:
    answer = client.post("/lti/login", data=FORM | {name: SCRIPT})
    assert answer.status_code == 302
    assert "<" not in answer.location
    framed = app.test_client(use_cookies=False)
    page = login(framed, platform, lti_storage_target="_parent", **{name: SCRIPT})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert SCRIPT not in html.unescape(page.text)


def test_the_deployment_of_the_login_opens_nothing(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    """Only what is signed counts."""

    def launch(hint: str, change: Callable[[Claims], Any]) -> Any:
        sent = platform.login(client, lti_deployment_id=hint)
        claims = platform.claims(sent["nonce"])
        change(claims)
        form = {"state": sent["state"], "id_token": platform.sign(claims)}
        return client.post("/lti/launch", data=form)

    assert launch("unknown", lambda claims: None).status_code == 303
    signed = launch("1", lambda claims: claims.update({f"{LTI}deployment_id": "unknown"}))
    assert_refused(signed, "launch.deployment.waiting")


def test_the_deployment_of_another_client(client: FlaskClient, db: Database, keys: KeySets) -> None:
    SignedPlatform(client_id="north", deployment_id="of-north").register(db, keys)
    south = SignedPlatform(client_id="south", deployment_id="of-south").register(db, keys)
    south.deployment_id = "of-north"
    assert_refused(south.post(client), "launch.deployment.waiting")


def test_the_nonce_of_another_tenant_s_login(
    client: FlaskClient, platform: SignedPlatform, db: Database, keys: KeySets
) -> None:
    other = SignedPlatform(issuer="https://other.example", key_name="other").register(db, keys)
    theirs, ours = platform.login(client), other.login(client)
    token = other.sign(other.claims(theirs["nonce"]))
    for state, code in ((ours["state"], "launch.nonce"), (theirs["state"], "launch.issuer")):
        form = {"state": state, "id_token": token}
        assert_refused(client.post("/lti/launch", data=form), code)


def test_titles_are_cleaned(client: FlaskClient, platform: SignedPlatform) -> None:
    title = "<img src=x onerror=alert(1)> \u202egnp.exe\u2066 \u0007🎓 " + "long " * 60

    def change(claims: Claims) -> None:
        claims[f"{LTI}resource_link"]["title"] = title
        claims[f"{LTI}context"]["title"] = title

    page = client.get(platform.post(client, change).location).get_json()
    for shown in (page["placement_title"], page["course_title"]):
        assert shown.startswith("<img src=x onerror=alert(1)> gnp.exe 🎓 long")
        assert len(shown) <= 500
