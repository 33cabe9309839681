"""How Moodle 4.5 begins a launch, answers a login, and which cookies browsers brought with it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from lti_tool.onboarding import onboard
from lti_tool.platforms.platform_keys import PlatformKeys
from tests.judges.moodle.recordings import HOME, recorded
from tests.judges.moodle.replay import Moodle
from tests.lti_tool.ags.fake_lms import Planned, quick_http
from tests.lti_tool.launch.refused import assert_refused
from tests.lti_tool.launch_app import launch_app, launch_services
from tests.lti_tool.platform import BASE_URL, KeySets, SignedPlatform, public_jwk, rsa_key

LAUNCHES = Path(__file__).parents[2] / "lti_tool" / "launch" / "fixtures"
ANSWERS: dict[str, dict[str, Any]] = {
    each["name"]: each for each in json.loads((LAUNCHES / "oidc_auth_errors.json").read_text())
}
BEGUN = json.loads((LAUNCHES / "oidc_initiation.json").read_text())
TOOL = "http://127.0.0.1:5801/launch"
"""Where the tool was that was recorded."""
OPENED = {"ok", "no_prompt", "post_method"}
REFUSED = {
    "bad_client_id": "launch.platform.refused unauthorized_client",
    "wrong_login_hint": "launch.platform.refused access_denied",
    "no_response_mode": "launch.platform.refused invalid_request",
    "prompt_login": "launch.platform.refused invalid_request",
    "no_state": "launch.parameter.missing",
}
"""What comes back to the tool and opens nothing."""


@pytest.fixture
def app(db: Database, moodle: Moodle) -> Flask:
    """The tool, which fetches keys over HTTP; this Moodle is registered with it."""
    services = launch_services(db, KeySets())
    http = quick_http()
    onboard(
        db,
        issuer=HOME,
        client_id=BEGUN["form"]["client_id"],
        auth_login_url=f"{moodle.address}/mod/lti/auth.php",
        auth_token_url=f"{moodle.address}/mod/lti/token.php",
        key_set_url=f"{moodle.address}/mod/lti/certs.php",
        deployment_ids=[BEGUN["form"]["lti_deployment_id"]],
        name="Moodle",
        product_family="moodle",
        private=True,
    )
    object.__setattr__(services, "platform_keys", PlatformKeys(http))
    return launch_app(services)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _begin(client: FlaskClient) -> dict[str, str]:
    """The recorded start of a launch; what the browser is sent to Moodle with."""
    form = {**BEGUN["form"], "target_link_uri": f"{BASE_URL}/lti/launch"}
    answer = client.open("/lti/login", method=BEGUN["method"], data=form)
    assert answer.status_code == 302, answer.text
    assert urlsplit(answer.location).path == "/mod/lti/auth.php"
    query = parse_qs(urlsplit(answer.location).query)
    return {name: values[0] for name, values in query.items()}


def _signed(sent: dict[str, str], **header: str) -> str:
    platform = SignedPlatform(
        issuer=HOME, client_id=sent["client_id"], kid=recorded("platform_jwks")["keys"][0]["kid"]
    )
    claims = platform.claims(sent["nonce"])
    return platform.sign(claims, header=header)


def _launches(db: Database) -> int:
    with db.reading(EVERY_TENANT) as session:
        return session.scalar(select(func.count()).select_from(LaunchHandle)) or 0


def _plan_keys(moodle: Moodle, *keys: dict[str, Any]) -> None:
    moodle.plan("certs.php", Planned(200, json.dumps({"keys": list(keys)})))


def test_what_is_asked_of_moodle_is_what_it_answered(client: FlaskClient) -> None:
    sent, taken = _begin(client), ANSWERS["ok"]["params"]
    assert {*taken, "lti_deployment_id"} >= set(sent) >= set(taken)
    for name in ("scope", "response_type", "response_mode", "prompt"):
        assert sent[name] == taken[name]
    for name in ("login_hint", "lti_message_hint", "client_id"):
        assert sent[name] == BEGUN["form"][name]
    assert sent["redirect_uri"] == f"{BASE_URL}/lti/launch", "exactly, without a query"


def _answered(client: FlaskClient, name: str) -> str:
    """What becomes of a launch to which Moodle gave this answer."""
    said = ANSWERS[name]
    if said["form_action"] != TOOL:
        # A page of Moodle's own: a reload, a form that it sends to itself, a request like none
        # of ours. The browser never comes here.
        assert "id_token" not in said["form"]
        return "stays there"
    sent = _begin(client)
    form = {key: sent["state"] if value == "st-1" else value for key, value in said["form"].items()}
    token = {"id_token": _signed(sent)} if said["id_token"] else {}
    answer = client.post("/lti/launch", data={**form, **token})
    if answer.status_code == 303:
        return "opened"
    code = "launch.parameter.missing" if name == "no_state" else "launch.platform.refused"
    assert_refused(answer, code)
    assert str(said["form"].get("error", "")) in answer.text
    return f"{code} {said['form'].get('error', '')}".strip()


def test_what_moodle_answers_to_a_login(client: FlaskClient, db: Database, moodle: Moodle) -> None:
    _plan_keys(moodle, _our_key())
    found = {name: _answered(client, name) for name in ANSWERS}
    stay = dict.fromkeys(ANSWERS, "stays there")
    assert found == stay | dict.fromkeys(OPENED, "opened") | REFUSED
    assert list(found.values()).count("stays there") == 9
    assert _launches(db) == len(OPENED)


def test_moodles_own_key_is_fetched_once_and_no_other_is_taken_for_it(
    client: FlaskClient, db: Database, moodle: Moodle
) -> None:
    _plan_keys(moodle, *recorded("platform_jwks")["keys"])
    sent = _begin(client)
    forged = {"state": sent["state"], "id_token": _signed(sent)}
    assert_refused(client.post("/lti/launch", data=forged), "launch.signature")
    sent = _begin(client)
    forged = {"state": sent["state"], "id_token": _signed(sent, kid="another")}
    assert_refused(client.post("/lti/launch", data=forged), "launch.key.unknown")
    assert len(moodle.of("certs.php")) == 1
    assert _launches(db) == 0


def _our_key() -> dict[str, Any]:
    """Moodle's key set as if its key were ours to sign with."""
    return public_jwk(rsa_key("platform"), recorded("platform_jwks")["keys"][0]["kid"])


def _kind(cookie: str) -> str:
    """How the recording calls a cookie of such a kind."""
    parts = [part.strip().lower() for part in cookie.split(";")[1:]]
    assert "secure" in parts
    assert "samesite=none" in parts
    return "t_none_secure_part" if "partitioned" in parts else "t_none_secure"


def _launched(app: Flask, kinds: list[str]) -> set[str]:
    """A launch by a browser that brings just these kinds of cookies; the kinds that it gets."""
    browser = app.test_client(use_cookies=False)
    form = {**BEGUN["form"], "target_link_uri": f"{BASE_URL}/lti/launch"}
    begun = browser.post("/lti/login", data=form)
    sent = {name: each[0] for name, each in parse_qs(urlsplit(begun.location).query).items()}
    given = begun.headers.getlist("Set-Cookie")
    brought = [each.partition(";")[0] for each in given if _kind(each) in kinds]
    answer = browser.post(
        "/lti/launch",
        data={"state": sent["state"], "id_token": _signed(sent)},
        headers={"Cookie": "; ".join(brought)},
    )
    assert answer.status_code == 303, answer.text
    return {_kind(each) for each in answer.headers.getlist("Set-Cookie")}


def test_a_launch_keeps_its_cookie_wherever_the_browser_was(app: Flask, moodle: Moodle) -> None:
    """In frames, windows and instead of the page, with other sites' cookies allowed or not."""
    _plan_keys(moodle, _our_key())
    matrix = recorded("cookie_matrix_http")
    assert {each["third_party_cookies"] for each in matrix} == {"allowed", "blocked"}
    for seen in matrix:
        assert _launched(app, seen["cookies_at_launch"]) == {"t_none_secure_part"}, seen
