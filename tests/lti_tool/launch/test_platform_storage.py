"""Where the browser keeps no cookie, the LMS keeps the login's secret; what that opens, and how."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.access.cookies import SESSION
from lti_tool.launch.logins import cookie_name
from lti_tool.platforms.tables import Registration
from tests.lti_tool.launch.cookieless import Kept, data_of, login, ticket_of
from tests.lti_tool.launch.refused import assert_refused
from tests.lti_tool.platform import SignedPlatform


@pytest.fixture
def framed(app: Flask) -> FlaskClient:
    """A browser that keeps no cookie of ours."""
    return app.test_client(use_cookies=False)


def test_the_page_on_the_way_to_the_platform(framed: FlaskClient, platform: SignedPlatform) -> None:
    kept = Kept(framed, platform)
    assert kept.data["storage-frame"] == "storage"
    assert kept.data["origin"] == "https://lms.example"
    assert kept.data["key"] == f"state_{kept.state}"
    assert kept.data["next"].startswith("https://lms.example/auth?")
    assert kept.data["secret"] in kept.page.headers["Set-Cookie"]
    assert kept.state not in kept.page.headers["Set-Cookie"]
    policy = kept.page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'self' https:" in policy
    assert not re.search(r"<script(?![^>]* src=)", kept.page.text)
    assert 'http-equiv="refresh"' in kept.page.text


def test_without_a_target_nothing_is_kept(framed: FlaskClient, platform: SignedPlatform) -> None:
    answer = login(framed, platform)
    assert answer.status_code == 302
    state = parse_qs(urlsplit(answer.location).query)["state"][0]
    answer = framed.post("/lti/launch", data={"state": state, "id_token": "a.b.c"})
    assert_refused(answer, "launch.cookie.missing")
    assert "What helps" in answer.text


@pytest.mark.parametrize(
    "target",
    [
        "_top",
        "_self",
        "_blank",
        "_parent ",
        '"><script>alert(1)</script>',
        "x" * 101,
        "a b",
        "1a",
        "é",
        "a\n",
    ],
)
def test_hostile_targets(target: str, framed: FlaskClient, platform: SignedPlatform) -> None:
    answer = login(framed, platform, lti_storage_target=target)
    assert_refused(answer, "launch.parameter.malformed")
    assert answer.headers.getlist("Set-Cookie") == []


@pytest.mark.parametrize("target", ["_parent", "post_message_forwarding", "a" * 100])
def test_honest_targets(target: str, framed: FlaskClient, platform: SignedPlatform) -> None:
    kept = Kept(framed, platform, target=target)
    assert kept.data["storage-frame"] == target
    assert data_of(kept.launch())["storage-frame"] == target


def test_who_is_asked_for_a_frame(
    framed: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    """Blackboard keeps data and does not say so; of an LMS that nobody knows, frames ask."""
    asked: dict[str | None, list[str]] = {}
    for family in ("BlackboardLearn", "moodle", "canvas", "Schoology", None):
        with db.writing(EVERY_TENANT) as session:
            session.scalars(select(Registration)).one().product_family = family
        for place in ("iframe", "document", ""):
            framed.environ_base["HTTP_SEC_FETCH_DEST"] = place
            answer = login(framed, platform)
            if answer.status_code == 200:
                assert data_of(answer)["storage-frame"] == ""
                asked.setdefault(family, []).append(place)
            else:
                assert answer.status_code == 302
    everywhere = ["iframe", "document", ""]
    assert asked == {"BlackboardLearn": everywhere, "Schoology": ["iframe"], None: ["iframe"]}


def test_the_launch_asks_before_anything_is_shown(
    framed: FlaskClient, platform: SignedPlatform
) -> None:
    kept = Kept(framed, platform)
    page = kept.launch()
    assert page.status_code == 200
    assert data_of(page) == {
        "storage-frame": "storage",
        "origin": "https://lms.example",
        "key": kept.data["key"],
    }
    assert kept.data["secret"] not in page.text
    assert "Álvarez" not in page.text
    assert page.headers.getlist("Set-Cookie") == []
    assert f'value="{kept.form["id_token"]}"' in page.text


def test_a_proven_launch_opens_in_a_new_window_only(
    app: Flask, framed: FlaskClient, platform: SignedPlatform
) -> None:
    kept = Kept(framed, platform)
    page = kept.launch(storage_proof=kept.data["secret"])
    assert page.status_code == 200
    assert page.headers.getlist("Set-Cookie") == []
    assert "Álvarez" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://lms.example")
    window = app.test_client()
    opened = window.get(ticket_of(page))
    assert opened.status_code == 303
    assert window.get(opened.location).get_json()["name"] == "Ana Álvarez"
    assert framed.get(opened.location).status_code == 401
    assert app.test_client().get(ticket_of(page)).status_code == 410


def test_the_ticket_lasts_a_minute(
    app: Flask, framed: FlaskClient, platform: SignedPlatform
) -> None:
    kept = Kept(framed, platform)
    ticket = ticket_of(kept.launch(storage_proof=kept.data["secret"]))
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert app.test_client().get(ticket).status_code == 410


def test_a_proven_launch_happens_once(framed: FlaskClient, platform: SignedPlatform) -> None:
    kept = Kept(framed, platform)
    proof = {"storage_proof": kept.data["secret"]}
    assert kept.launch(**proof).status_code == 200
    assert_refused(kept.launch(**proof), "launch.state.unknown")
    assert_refused(kept.launch(), "launch.state.unknown")


def test_a_wrong_proof(framed: FlaskClient, platform: SignedPlatform) -> None:
    kept, other = Kept(framed, platform), Kept(framed, platform)
    for proof in ("invented", other.data["secret"], kept.state):
        assert_refused(kept.launch(storage_proof=proof), "launch.state.browser")
    crossed = {"state": kept.state, "id_token": other.form["id_token"]}
    answer = framed.post("/lti/launch", data=crossed | {"storage_proof": kept.data["secret"]})
    assert_refused(answer, "launch.nonce")
    assert kept.launch(storage_proof=kept.data["secret"]).status_code == 200


def test_a_proof_counts_only_where_the_lms_was_to_keep_it(
    client: FlaskClient, framed: FlaskClient, platform: SignedPlatform
) -> None:
    """Login CSRF: what an attacker's own browser kept, sent by the browser of somebody else."""
    sent = platform.login(client)
    kept = client.get_cookie(cookie_name(sent["state"]))
    assert kept is not None
    form = {
        "state": sent["state"],
        "id_token": platform.sign(platform.claims(sent["nonce"])),
        "storage_proof": kept.value,
    }
    assert_refused(framed.post("/lti/launch", data=form), "launch.cookie.missing")
    marked = form | {"state": f"{sent['state']}.storage"}
    assert_refused(framed.post("/lti/launch", data=marked), "launch.state.unknown")
    assert client.post("/lti/launch", data=form).status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_proof_from_another_site_counts_for_nothing(
    site: str, framed: FlaskClient, platform: SignedPlatform
) -> None:
    """Login CSRF: an attacker's own login with storage, posted by the browser of somebody else."""
    kept = Kept(framed, platform)
    form = kept.form | {"storage_proof": kept.data["secret"]}
    posted = framed.post("/lti/launch", data=form, headers={"Sec-Fetch-Site": site})
    assert "storage_proof" in posted.get_data(as_text=True), "the page that asks, and no launch"
    own = framed.post("/lti/launch", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 200
    assert "/lti/window/" in own.get_data(as_text=True)


def test_a_state_is_not_moved_to_another_frame(
    framed: FlaskClient, platform: SignedPlatform
) -> None:
    kept = Kept(framed, platform)
    moved = kept.form | {"state": kept.state.replace(".storage", ".elsewhere")}
    assert moved["state"] != kept.state
    assert_refused(framed.post("/lti/launch", data=moved), "launch.state.unknown")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        ("none", "launch.cookie.missing"),
        ("frame", "launch.storage.frame"),
        ("silent", "launch.storage.silent"),
        ("empty", "launch.storage.empty"),
        ("<script>", "launch.parameter.malformed"),
    ],
)
def test_the_lms_did_not_help(
    failure: str, code: str, framed: FlaskClient, platform: SignedPlatform
) -> None:
    answer = Kept(framed, platform).launch(storage_failure=failure)
    assert_refused(answer, code)
    assert ("What helps" in answer.text) is (code != "launch.parameter.malformed")


def test_what_is_no_token_is_not_shown_again(framed: FlaskClient, platform: SignedPlatform) -> None:
    kept = Kept(framed, platform)
    kept.form["id_token"] = '"><script>alert(1)</script>'
    assert_refused(kept.launch(), "launch.token.malformed")


def test_where_the_cookie_lives_nothing_is_asked(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    answer = Kept(client, platform).launch()
    assert answer.status_code == 303
    assert client.get_cookie(SESSION) is not None


def test_a_proof_is_bounded(client: FlaskClient, platform: SignedPlatform) -> None:
    kept = Kept(client, platform)
    other = client.application.test_client(use_cookies=False)
    assert_refused(
        other.post("/lti/launch", data=kept.form | {"storage_proof": "x" * 256}),
        "launch.parameter.malformed",
    )


def test_another_person_s_session_ends_in_the_new_window(
    app: Flask, framed: FlaskClient, platform: SignedPlatform
) -> None:
    window = app.test_client()
    others = platform.launch(window, sub="b")
    kept = Kept(framed, platform, sub="a")
    opened = window.get(ticket_of(kept.launch(storage_proof=kept.data["secret"])))
    assert window.get(opened.location).status_code == 200
    assert "access.person.other" in window.get(others).text
