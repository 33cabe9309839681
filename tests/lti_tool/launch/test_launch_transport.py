"""How a launch may reach us: one POST, by the browser that began it, once, with one of each."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.access import refusals
from lti_tool.launch.logins import cookie_name
from lti_tool.launch.states import LOGIN_SECONDS, States
from lti_tool.launch.tables import UsedLogin
from lti_tool.platforms.tables import Registration
from tests.lti_tool.launch.refused import assert_refused
from tests.lti_tool.platform import BASE_URL, KeySets, SignedPlatform

ERRORS = json.loads((Path(__file__).parent / "fixtures/oidc_auth_errors.json").read_text())
RECORDED_ERRORS = sorted({each["form"]["error"] for each in ERRORS if each["form"].get("error")})


def _launchable(client: FlaskClient, platform: SignedPlatform) -> dict[str, str]:
    sent = platform.login(client)
    return {"state": sent["state"], "id_token": platform.sign(platform.claims(sent["nonce"]))}


def test_no_state(client: FlaskClient, platform: SignedPlatform) -> None:
    form = _launchable(client, platform)
    assert_refused(
        client.post("/lti/launch", data={"id_token": form["id_token"]}),
        "launch.parameter.missing",
    )


def test_no_token(client: FlaskClient, platform: SignedPlatform) -> None:
    form = _launchable(client, platform)
    assert_refused(
        client.post("/lti/launch", data={"state": form["state"]}), "launch.parameter.missing"
    )


def test_another_browser_has_no_cookie(app: Flask, platform: SignedPlatform) -> None:
    """Login CSRF, and a captured token in a browser of its own."""
    form = _launchable(app.test_client(), platform)
    assert_refused(app.test_client().post("/lti/launch", data=form), "launch.cookie.missing")


def test_another_browser_with_a_cookie_of_its_own(app: Flask, platform: SignedPlatform) -> None:
    victim, attacker = app.test_client(), app.test_client()
    form = _launchable(victim, platform)
    attacker.set_cookie(cookie_name(form["state"]), "invented")
    assert_refused(attacker.post("/lti/launch", data=form), "launch.state.browser")
    assert victim.post("/lti/launch", data=form).status_code == 303


def test_the_token_of_one_login_with_the_state_of_another(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    first, second = _launchable(client, platform), _launchable(client, platform)
    crossed = {"state": first["state"], "id_token": second["id_token"]}
    assert_refused(client.post("/lti/launch", data=crossed), "launch.nonce")


def test_a_launch_works_once(client: FlaskClient, platform: SignedPlatform) -> None:
    form = _launchable(client, platform)
    kept = client.get_cookie(cookie_name(form["state"]))
    assert kept is not None
    assert client.post("/lti/launch", data=form).status_code == 303
    assert client.get_cookie(cookie_name(form["state"])) is None
    assert_refused(client.post("/lti/launch", data=form), "launch.state.unknown")
    client.set_cookie(cookie_name(form["state"]), kept.value)
    assert_refused(client.post("/lti/launch", data=form), "launch.state.unknown")


def test_a_used_token_with_a_fresh_state(client: FlaskClient, platform: SignedPlatform) -> None:
    used = _launchable(client, platform)
    client.post("/lti/launch", data=used)
    fresh = _launchable(client, platform)
    again = {"state": fresh["state"], "id_token": used["id_token"]}
    assert_refused(client.post("/lti/launch", data=again), "launch.nonce")


def test_a_new_token_with_a_used_nonce(client: FlaskClient, platform: SignedPlatform) -> None:
    sent = platform.login(client)
    cookie = client.get_cookie(cookie_name(sent["state"]))
    assert cookie is not None
    token = platform.sign(platform.claims(sent["nonce"]))
    client.post("/lti/launch", data={"state": sent["state"], "id_token": token})
    other = platform.sign(platform.claims(sent["nonce"], sub="6"))
    client.set_cookie(cookie_name(sent["state"]), cookie.value)
    assert_refused(
        client.post("/lti/launch", data={"state": sent["state"], "id_token": other}),
        "launch.state.unknown",
    )


def test_a_login_lasts_ten_minutes(client: FlaskClient, platform: SignedPlatform) -> None:
    sent = platform.login(client)
    later = clock.now() + timedelta(seconds=LOGIN_SECONDS + 1)
    with time_machine.travel(later):
        form = {
            "state": sent["state"],
            "id_token": platform.sign(platform.claims(sent["nonce"])),
        }
        cookie = cookie_name(sent["state"])
        client.set_cookie(cookie, "as if the browser had kept it")
        assert_refused(client.post("/lti/launch", data=form), "launch.state.unknown")


def test_client_mix_up(
    client: FlaskClient, db: Database, keys: KeySets, platform: SignedPlatform
) -> None:
    """Log in with one client id, be answered for another of the same issuer."""
    other = SignedPlatform(client_id="client-2").register(db, keys)
    sent = platform.login(client)
    token = other.sign(other.claims(sent["nonce"]))
    assert_refused(
        client.post("/lti/launch", data={"state": sent["state"], "id_token": token}),
        "launch.audience",
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods(method: str, client: FlaskClient, platform: SignedPlatform) -> None:
    form = _launchable(client, platform)
    answer = client.open("/lti/launch", method=method, query_string=form)
    assert answer.status_code == 405
    assert method == "HEAD" or "launch.method" in answer.text
    assert answer.headers["Allow"] == "POST"


def test_what_is_no_form(client: FlaskClient, platform: SignedPlatform) -> None:
    form = _launchable(client, platform)
    assert_refused(client.post("/lti/launch", json=form), "launch.parameter.missing")
    in_address = client.post("/lti/launch", query_string=form)
    assert_refused(in_address, "launch.parameter.malformed")
    twice: Any = {"state": form["state"], "id_token": [form["id_token"], form["id_token"]]}
    assert_refused(client.post("/lti/launch", data=twice), "launch.parameter.repeated")
    large = client.post("/lti/launch", data=form | {"more": "x" * 5_000_000})
    assert_refused(large, "launch.request.large")
    assert client.post("/lti/launch", data=form).status_code == 303


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("with_state", [True, False])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("login_required", "launch.platform.login"),
        ("launch_no_longer_valid", "launch.platform.login"),
        *((error, "launch.platform.refused") for error in RECORDED_ERRORS),
        ("<script>alert(1)</script>", "launch.platform.refused"),
    ],
)
def test_the_platform_answers_with_an_error(
    error: str,
    code: str,
    with_state: bool,
    method: str,
    client: FlaskClient,
    platform: SignedPlatform,
) -> None:
    state = {"state": platform.login(client)["state"]} if with_state else {}
    said = {"error": error, "error_description": "Who knows"} | state
    sent: dict[str, Any] = {"query_string" if method == "GET" else "data": said}
    answer = client.open("/lti/launch", method=method, **sent)
    assert_refused(answer, code)
    assert (error in answer.text) is error.replace("_", "").isalnum()


def test_an_error_in_the_address_launches_nothing(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    form = _launchable(client, platform)
    sent = form | {"error": "access_denied"}
    assert_refused(client.get("/lti/launch", query_string=sent), "launch.platform.refused")
    twice: Any = {"error": ["access_denied", "server_error"]}
    assert_refused(client.get("/lti/launch", query_string=twice), "launch.parameter.repeated")
    for method in ("HEAD", "PUT"):
        assert client.open("/lti/launch", method=method, query_string=sent).status_code == 405
    assert client.get("/lti/launch", query_string=form | {"error": ""}).status_code == 405
    assert client.post("/lti/launch", data=form).status_code == 303


def test_recorded_errors_were_found() -> None:
    assert len(RECORDED_ERRORS) >= 3


def test_unreachable_keys(client: FlaskClient, platform: SignedPlatform, keys: KeySets) -> None:
    keys.served.clear()
    answer = platform.post(client)
    assert_refused(answer, "launch.keys.unreachable")
    assert "http.unreachable" in answer.text


def _used(db: Database) -> list[UsedLogin]:
    with db.reading(EVERY_TENANT) as session:
        return list(session.scalars(select(UsedLogin)))


def test_a_flood_of_logins_leaves_nothing(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    assert len({platform.login(client)["state"] for _ in range(20)}) == 20
    assert _used(db) == []


def test_used_logins_are_swept(
    client: FlaskClient, platform: SignedPlatform, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before twice their time: a request that began in time may be slow."""
    monkeypatch.setattr("lti_tool.launch.logins._TIDY_EVERY", 1)
    platform.launch(client)
    for seconds, kept in ((LOGIN_SECONDS + 1, 2), (2 * LOGIN_SECONDS + 1, 2)):
        with time_machine.travel(clock.now() + timedelta(seconds=seconds)):
            platform.launch(client)
            assert len(_used(db)) == kept


def test_a_refused_launch_does_not_use_the_login_up(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    form = _launchable(client, platform)
    changed = form | {"id_token": form["id_token"][:-8] + "AAAAAAAA"}
    assert_refused(client.post("/lti/launch", data=changed), "launch.signature")
    assert _used(db) == []
    assert client.post("/lti/launch", data=form).status_code == 303
    assert len(_used(db)) == 1


def test_a_login_ends_with_its_registration(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    form = _launchable(client, platform)
    with db.writing(EVERY_TENANT) as session:
        session.execute(delete(Registration))
    assert_refused(client.post("/lti/launch", data=form), "launch.state.unknown")


def test_a_state_of_another_installation(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    """Whole and in time, but sealed with another key."""
    assert platform.registration is not None
    states = States("another-key-0123456789-abcdefghijk")
    target = f"{BASE_URL}/lti/launch"
    state = "state-" + states.new(platform.registration.id, target, None, clock.now())
    client.set_cookie(cookie_name(state), states.secret(state))
    token = platform.sign(platform.claims(states.nonce(state)))
    answer = client.post("/lti/launch", data={"state": state, "id_token": token})
    assert_refused(answer, "launch.state.unknown")


def test_no_secret_is_stored(client: FlaskClient, platform: SignedPlatform, db: Database) -> None:
    form = _launchable(client, platform)
    cookie = client.get_cookie(cookie_name(form["state"]))
    assert cookie is not None
    client.post("/lti/launch", data=form)
    (row,) = _used(db)
    stored = " ".join(str(value) for value in vars(row).values())
    for secret in (form["state"], form["state"].removeprefix("state-"), cookie.value):
        assert secret not in stored


def test_the_log_has_the_page_s_reference_and_no_secret(
    client: FlaskClient, platform: SignedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[dict[str, str]] = []

    class Log:
        def warning(self, event: str, **values: str) -> None:
            lines.append({"event": event} | values)

    monkeypatch.setattr(refusals, "_log", Log())
    form = _launchable(client, platform)
    answer = client.post("/lti/launch", data=form | {"id_token": form["id_token"] + "A"})
    (line,) = lines
    assert line["event"] == "refused"
    assert line["code"] in answer.text
    assert len(line["reference"]) == 16
    assert line["reference"] in answer.text
    logged = json.dumps(lines)
    for secret in (form["state"], form["id_token"][:50], "Álvarez", platform.issuer):
        assert secret not in logged
