"""A handle opens its page only for the person who launched, in a browser of theirs, for a while."""

from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from foundation.secrets import digest
from lti_tool.access.cookies import SESSION
from lti_tool.access.refusals import AccessRefused
from lti_tool.access.sessions import sweep
from lti_tool.access.tables import BrowserSession, LaunchHandle, WindowTicket
from tests.lti_tool.platform import INSTRUCTOR, SignedPlatform


def assert_refused(answer: TestResponse, code: str) -> None:
    assert code in answer.text, answer.text
    assert answer.status_code == AccessRefused(code).explanation.status
    is_known = code in ("access.role", "access.purpose", "access.form")
    assert is_known or "Álvarez" not in answer.text


def test_the_cookie_is_what_an_iframe_keeps(
    client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    answer = platform.post(client)
    session_cookie = next(
        header
        for header in answer.headers.getlist("Set-Cookie")
        if header.startswith("__Host-twofold=")
    )
    for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=None", "Partitioned"):
        assert f"; {attribute}" in session_cookie
    assert "Domain" not in session_cookie
    secret = session_cookie.partition("=")[2].partition(";")[0]
    token = answer.location.split("/")[2]
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(BrowserSession.id)).one() == digest(secret)
        assert session.scalars(select(LaunchHandle.digest)).one() == digest(token)


def test_strangers(app: Flask, client: FlaskClient, platform: SignedPlatform) -> None:
    page = platform.launch(client)
    assert_refused(app.test_client().get(page), "access.cookie.missing")
    guessing = app.test_client()
    guessing.set_cookie(SESSION, "guessed")
    assert_refused(guessing.get(page), "access.session.ended")
    assert_refused(client.get("/l/invented/"), "access.handle.unknown")
    assert client.get(page).status_code == 200


def test_the_cookie_of_another_person(app: Flask, platform: SignedPlatform) -> None:
    a, b = app.test_client(), app.test_client()
    page_of_a = platform.launch(a, sub="a")
    page_of_b = platform.launch(b, sub="b")
    assert_refused(b.get(page_of_a), "access.person.other")
    assert_refused(a.get(page_of_b), "access.person.other")
    assert a.get(page_of_a).status_code == b.get(page_of_b).status_code == 200


def test_another_person_in_the_same_browser_ends_the_old_pages(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    old_page = platform.launch(client, sub="a")
    old_cookie = client.get_cookie(SESSION)
    assert old_cookie is not None
    new_page = platform.launch(client, sub="b")
    assert_refused(client.get(old_page), "access.person.other")
    assert client.get(new_page).status_code == 200
    client.set_cookie(SESSION, old_cookie.value)
    assert_refused(client.get(old_page), "access.session.ended")


def test_a_session_that_was_fixed_beforehand_is_not_taken_over(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    client.set_cookie(SESSION, "chosen-by-somebody-else")
    page = platform.launch(client)
    cookie = client.get_cookie(SESSION)
    assert cookie is not None
    assert cookie.value != "chosen-by-somebody-else"
    client.set_cookie(SESSION, "chosen-by-somebody-else")
    assert_refused(client.get(page), "access.session.ended")


def test_two_launches_of_one_person_share_either_cookie(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    first = platform.launch(client, link="one")
    cookie = client.get_cookie(SESSION)
    assert cookie is not None
    second = platform.launch(client, link="two")
    for page in (first, second):
        assert client.get(page).status_code == 200
    client.set_cookie(SESSION, cookie.value)
    for page in (first, second):
        assert client.get(page).status_code == 200


def test_after_twelve_hours(client: FlaskClient, platform: SignedPlatform, db: Database) -> None:
    page = platform.launch(client)
    cookie = client.get_cookie(SESSION)
    assert cookie is not None
    later = clock.now() + timedelta(hours=12, seconds=1)
    with time_machine.travel(later):
        client.set_cookie(SESSION, cookie.value)
        assert_refused(client.get(page), "access.session.ended")
        platform.launch(client)
        assert_refused(client.get(page), "access.handle.expired")
    with time_machine.travel(later + timedelta(days=8)), db.writing(EVERY_TENANT) as session:
        sweep(session, clock.now())
        assert session.scalars(select(LaunchHandle)).all() == []
        assert session.scalars(select(BrowserSession)).all() == []


def test_roles_decide(client: FlaskClient, platform: SignedPlatform) -> None:
    learner = platform.launch(client, sub="l")
    assert_refused(client.get(f"{learner}class"), "access.role")
    instructor = platform.launch(client, sub="i", roles=[INSTRUCTOR])
    assert client.get(f"{instructor}class").status_code == 200
    adding = platform.launch(client, sub="i", roles=[INSTRUCTOR], deep_linking={})
    assert_refused(client.get(f"{adding}class"), "access.purpose")


def test_headers_of_a_page(client: FlaskClient, platform: SignedPlatform) -> None:
    page = client.get(platform.launch(client))
    assert page.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'self' https://lms.example"
    )
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"
    assert "camera=()" in page.headers["Permissions-Policy"]
    assert "Set-Cookie" not in page.headers


def test_nobody_frames_what_is_no_page(client: FlaskClient) -> None:
    answer = client.get("/lti/jwks")
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


def test_forms_need_the_token_of_their_page(app: Flask, platform: SignedPlatform) -> None:
    a, b = app.test_client(), app.test_client()
    page_a, page_b = platform.launch(a, sub="a"), platform.launch(b, sub="b")
    token_a, token_b = a.get(f"{page_a}form").text, b.get(f"{page_b}form").text
    form = f"{page_a}form"
    for forged in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": token_b}):
        assert_refused(a.post(form, data=forged), "access.form")
    other_place = platform.launch(a, sub="a", link="two")
    assert_refused(a.post(f"{other_place}form", data={"csrf_token": token_a}), "access.form")
    assert a.post(form, data={"csrf_token": token_a}).text == "sent"
    assert a.post(form, headers={"X-CSRFToken": token_a}).text == "sent"


def test_a_form_stays_good_when_the_cookie_is_renewed(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    page = platform.launch(client)
    token = client.get(f"{page}form").text
    platform.launch(client, link="two")
    with time_machine.travel(clock.now() + timedelta(hours=11)):
        assert client.post(f"{page}form", data={"csrf_token": token}).text == "sent"


def _ticket(client: FlaskClient, page: str, shown: str = "") -> str:
    token = client.get(f"{page}form").text
    answer = client.post(
        f"{page}window",
        data={"csrf_token": token, "page": shown},
        headers={"Accept": "application/json"},
    )
    address = answer.get_json()["url"]
    assert isinstance(address, str)
    return address


def test_a_new_window_opens_once(app: Flask, client: FlaskClient, platform: SignedPlatform) -> None:
    page = platform.launch(client)
    address = _ticket(client, page)
    window = app.test_client()
    assert window.head(address).status_code == 405
    opened = window.get(address)
    assert (opened.status_code, opened.location) == (303, page)
    assert window.get(page).get_json() == client.get(page).get_json()
    assert_refused(app.test_client().get(address), "access.window.used")


def test_a_new_window_opens_what_the_frame_shows_and_nothing_else(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    page = platform.launch(client)
    for shown in (f"{page}help", f"{page}form?group=ü&x=1"):
        assert client.get(_ticket(client, page, shown)).location in (shown, quote(shown, "/?&="))
    foreign = "/l/of-somebody-else/help"
    outside = f"https://evil.example{page}help"
    nowhere = (f"{page}window", f"{page}nothing", f"{page}//evil.example", f"{page}help\r\nX: y")
    for shown in (foreign, outside, "//evil.example", "/lti/jwks", *nowhere, page + 2000 * "x"):
        assert client.get(_ticket(client, page, shown)).location == page


def test_the_page_of_a_new_window(client: FlaskClient, platform: SignedPlatform) -> None:
    page = platform.launch(client)
    token = client.get(f"{page}form").text
    answer = client.post(f"{page}window", data={"csrf_token": token, "page": f"{page}help"})
    assert 'href="/lti/window/' in answer.text
    assert f'href="{page}help">Stay here' in answer.text
    assert 'target="_blank"' in answer.text
    assert_refused(client.post(f"{page}window"), "access.form")


def test_a_ticket_lasts_a_minute_and_no_longer_than_its_session(
    app: Flask, client: FlaskClient, platform: SignedPlatform, db: Database
) -> None:
    page = platform.launch(client, sub="a")
    late, ended = _ticket(client, page), _ticket(client, page)
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert_refused(app.test_client().get(late), "access.window.used")
    platform.launch(client, sub="b")
    assert_refused(app.test_client().get(ended), "access.session.ended")
    assert_refused(app.test_client().get("/lti/window/invented"), "access.window.used")
    with db.reading(EVERY_TENANT) as session:
        stored = " ".join(session.scalars(select(WindowTicket.digest)))
    assert late.rpartition("/")[2] not in stored


def test_a_window_ends_the_session_of_somebody_else(
    app: Flask, client: FlaskClient, platform: SignedPlatform
) -> None:
    page = platform.launch(client, sub="a")
    window = app.test_client()
    others = platform.launch(window, sub="b")
    cookie = window.get_cookie(SESSION)
    assert cookie is not None
    window.get(_ticket(client, page))
    assert_refused(window.get(others), "access.person.other")
    window.set_cookie(SESSION, cookie.value)
    assert_refused(window.get(others), "access.session.ended")


def test_another_person_in_the_frame_ends_the_windows_of_the_first(
    app: Flask, client: FlaskClient, platform: SignedPlatform
) -> None:
    elsewhere = app.test_client()
    other_computer = platform.launch(elsewhere, sub="a")
    page = platform.launch(client, sub="a")
    window, its_window = app.test_client(), app.test_client()
    window.get(_ticket(client, page))
    its_window.get(_ticket(window, page))
    for opened in (window, its_window):
        assert opened.get(page).status_code == 200
    others = platform.launch(client, sub="b")
    for opened in (window, its_window):
        assert_refused(opened.get(page), "access.session.ended")
    assert client.get(others).status_code == 200
    assert elsewhere.get(other_computer).status_code == 200


def test_a_window_is_not_forgotten_when_its_person_launches_again(
    app: Flask, client: FlaskClient, platform: SignedPlatform
) -> None:
    first = platform.launch(client, sub="a", link="one")
    window, later_window = app.test_client(), app.test_client()
    window.get(_ticket(client, first))
    second = platform.launch(client, sub="a", link="two")
    later_window.get(_ticket(client, second))
    for opened in (window, later_window):
        assert opened.get(first).status_code == 200
    platform.launch(client, sub="b")
    for opened in (window, later_window):
        assert_refused(opened.get(first), "access.session.ended")


def test_another_person_in_a_window_ends_the_frame_that_it_came_from(
    app: Flask, client: FlaskClient, platform: SignedPlatform
) -> None:
    page = platform.launch(client, sub="a")
    window = app.test_client()
    window.get(_ticket(client, page))
    platform.launch(window, sub="b")
    assert_refused(client.get(page), "access.session.ended")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods(method: str, client: FlaskClient, platform: SignedPlatform) -> None:
    assert client.open(platform.launch(client), method=method).status_code == 405
