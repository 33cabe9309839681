"""Logging in and out, one-time codes, sessions that end, and the page of one's own security."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pyotp
import pytest
import time_machine
from sqlalchemy import select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from foundation.secrets import Seal
from lti_tool.access import cookies
from lti_tool.admin import accounts, audit, sessions
from lti_tool.admin.tables import Administrator, AdministratorSession
from tests.lti_tool.admin.conftest import LOGIN, PASSWORD, Browser, browser_of
from tests.lti_tool.launch_app import SECRET

NEW = "some other random words"
PHONE = pyotp.random_base32()


@pytest.fixture
def db(sqlite_url: str) -> Database:
    """One engine: what is counted and kept is tested on both in test_admin_limits.py."""
    return Database(sqlite_url)


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 3, 2, 8, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def with_phone(db: Database, root: str, travel: time_machine.Traveller) -> str:
    """An administrator with a second factor."""
    accounts.switch_codes_on(db, Seal(SECRET), root, PHONE, 0, actor="command line", but="")
    return root


def code_now() -> str:
    return pyotp.TOTP(PHONE).now()


def cookie_of(browser: Browser) -> str:
    cookie = browser.client.get_cookie(cookies.ADMINISTRATOR)
    return cookie.value if cookie else ""


def is_in(browser: Browser) -> bool:
    return browser.get("/admin/platforms").status_code == 200


def actions(db: Database) -> list[str]:
    with db.reading(EVERY_TENANT) as session:
        return [each.action for each in audit.entries(session)][::-1]


def test_in_and_out(browser: Browser, db: Database) -> None:
    assert is_in(browser)
    kept = cookie_of(browser)
    answer = browser.send("/admin/platforms", to="/admin/log-out")
    assert (answer.status_code, answer.location) == (303, "/admin/log-in")
    assert not is_in(browser)
    browser.client.set_cookie(cookies.ADMINISTRATOR, kept, secure=True)
    assert not is_in(browser), "the server has ended it"
    assert actions(db) == ["admin.created", "admin.login"]


@pytest.mark.parametrize(
    ("login", "password"),
    [
        (LOGIN, ""),
        (LOGIN, PASSWORD + "x"),
        ("", ""),
        ("nobody", PASSWORD),
        ("x" * 5000, "y" * 5000),
    ],
    ids=["empty", "wrong", "nothing", "unknown", "huge"],
)
def test_wrong_ones_stay_outside(
    stranger: Browser, db: Database, root: str, login: str, password: str
) -> None:
    answer = stranger.log_in(login, password)
    assert answer.status_code == 403
    assert not is_in(stranger)
    # Only of names that exist, or strangers would fill the log.
    assert actions(db) == ["admin.created"] + ["admin.login.failed"] * (login == root)


def test_the_name_is_the_same_in_capitals(stranger: Browser, root: str) -> None:
    assert stranger.log_in(f" {root.upper()} ").status_code == 303


def test_a_disabled_administrator_stays_outside(browser: Browser, db: Database) -> None:
    accounts.disable(db, LOGIN, actor="command line")
    assert not is_in(browser)
    assert browser.log_in().status_code == 403
    accounts.enable(db, LOGIN, actor="command line")
    assert browser.log_in().status_code == 303


def test_a_planted_session_is_worth_nothing(stranger: Browser, root: str) -> None:
    stranger.client.set_cookie(cookies.ADMINISTRATOR, "planted-by-somebody", secure=True)
    stranger.log_in(root)
    assert cookie_of(stranger) not in ("", "planted-by-somebody")
    stranger.client.set_cookie(cookies.ADMINISTRATOR, "planted-by-somebody", secure=True)
    assert not is_in(stranger)


def test_another_site_cannot_log_a_browser_in(stranger: Browser, root: str) -> None:
    typed = {"login": root, "password": PASSWORD}
    assert stranger.client.post("/admin/log-in", data=typed).status_code == 400
    other = browser_of(stranger.client.application)
    page = other.get("/admin/log-in").get_data(as_text=True)
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = stranger.client.post("/admin/log-in", data={**typed, "csrf_token": token})
    assert answer.status_code == 400
    assert not is_in(stranger)


@pytest.mark.parametrize(
    ("wanted", "then"),
    [
        ("/admin/keys", "/admin/keys"),
        ("/admin/", "/admin/"),
        ("//evil.example", "/admin/platforms"),
        ("https://evil.example/admin/keys", "/admin/platforms"),
        ("/admin/../l/x", "/admin/platforms"),
        ("/admin\\evil", "/admin/platforms"),
        ("/admin/log-in", "/admin/platforms"),
        ("/lti/config", "/admin/platforms"),
    ],
)
def test_on_to_the_page_that_was_wanted(
    stranger: Browser, root: str, wanted: str, then: str
) -> None:
    path = f"/admin/log-in?next={wanted}"
    answer = stranger.send(path, {"login": root, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, then)


def test_a_page_remembers_that_it_was_wanted(stranger: Browser) -> None:
    assert stranger.get("/admin/keys?x=1").location == "/admin/log-in?next=/admin/keys"


def test_idleness_ends_a_session(
    stranger: Browser, root: str, travel: time_machine.Traveller
) -> None:
    stranger.log_in(root)
    for _ in range(3):
        travel.shift(sessions.IDLE - timedelta(seconds=1))
        assert is_in(stranger)
    travel.shift(sessions.IDLE)
    assert not is_in(stranger)


def test_twelve_hours_end_a_session(
    stranger: Browser, root: str, travel: time_machine.Traveller
) -> None:
    stranger.log_in(root)
    for _ in range(int(sessions.LONGEST / timedelta(minutes=20)) - 1):
        travel.shift(timedelta(minutes=20))
        assert is_in(stranger)
    travel.shift(timedelta(minutes=20))
    assert not is_in(stranger)


def test_the_code_is_asked_for(stranger: Browser, with_phone: str) -> None:
    answer = stranger.log_in(with_phone)
    assert answer.location == "/admin/log-in/code"
    assert not is_in(stranger), "half a log-in opens nothing"
    half = cookie_of(stranger)
    assert stranger.send("/admin/log-in/code", {"code": "000000"}).status_code == 403
    answer = stranger.send("/admin/log-in/code", {"code": code_now()})
    assert (answer.status_code, answer.location) == (303, "/admin/platforms")
    assert is_in(stranger)
    assert cookie_of(stranger) != half


def test_a_code_is_refused_the_second_time(stranger: Browser, with_phone: str) -> None:
    stranger.log_in(with_phone)
    used = code_now()
    assert stranger.send("/admin/log-in/code", {"code": used}).status_code == 303
    other = browser_of(stranger.client.application)
    other.log_in(with_phone)
    assert other.send("/admin/log-in/code", {"code": used}).status_code == 403
    assert not is_in(other)


def test_codes_are_counted_too(
    stranger: Browser, with_phone: str, travel: time_machine.Traveller
) -> None:
    """Somebody who knows the password cannot try codes, not even by logging in again."""
    for _ in range(5):
        assert stranger.log_in(with_phone).status_code == 303
        assert stranger.send("/admin/log-in/code", {"code": "000000"}).status_code == 403
    assert stranger.send("/admin/log-in/code", {"code": code_now()}).status_code == 429
    travel.shift(timedelta(minutes=1))
    assert stranger.send("/admin/log-in/code", {"code": code_now()}).status_code == 303


def test_another_secret_key_lets_no_code_in(
    stranger: Browser, db: Database, with_phone: str
) -> None:
    accounts.switch_codes_on(
        db, Seal("another key " * 4), with_phone, PHONE, 0, actor="command line", but=""
    )
    stranger.log_in(with_phone)
    assert stranger.send("/admin/log-in/code", {"code": code_now()}).status_code == 403
    accounts.switch_codes_off(db, with_phone, actor="command line")
    assert stranger.log_in(with_phone).location == "/admin/platforms"


def test_the_code_must_come_soon(
    stranger: Browser, with_phone: str, travel: time_machine.Traveller
) -> None:
    stranger.log_in(with_phone)
    travel.shift(sessions.FOR_A_CODE)
    assert stranger.get("/admin/log-in/code").location == "/admin/log-in"


def offer_of(browser: Browser) -> tuple[str, str]:
    """The secret that the page shows, and what its form sends along."""
    page = browser.get("/admin/security/codes").get_data(as_text=True)
    secret = re.search(r"<code>([A-Z2-7 ]{39})</code>", page)
    offer = re.search(r'name="offer" value="([^"]+)"', page)
    assert secret
    assert offer
    return secret[1].replace(" ", ""), unescape(offer[1])


def test_switching_codes_on_and_off(
    stranger: Browser, db: Database, root: str, travel: time_machine.Traveller
) -> None:
    stranger.log_in(root)
    other = browser_of(stranger.client.application)
    other.log_in(root)
    secret, offer = offer_of(stranger)
    typed = {"offer": offer, "code": "000000"}
    assert stranger.send("/admin/security/codes", typed).status_code == 400
    typed["code"] = pyotp.TOTP(secret).now()
    answer = stranger.send("/admin/security/codes", typed)
    assert answer.location == "/admin/security?done=codes-on"
    assert is_in(stranger)
    assert not is_in(other)
    with db.reading(EVERY_TENANT) as session:
        kept = session.scalars(select(Administrator)).one()
    assert kept.totp_secret is not None
    assert secret not in kept.totp_secret
    assert Seal(SECRET).open(kept.totp_secret).decode() == secret
    other.log_in(root)
    assert other.send("/admin/log-in/code", typed).status_code == 403, "it proved the secret"
    assert stranger.send("/admin/security/codes/off").status_code == 303
    assert browser_of(stranger.client.application).log_in(root).location == "/admin/platforms"
    assert actions(db)[-3:] == ["admin.login.failed", "admin.totp.off", "admin.login"]


def test_an_offer_is_for_one_administrator(browser: Browser, db: Database) -> None:
    accounts.add(db, "other", NEW, actor="command line")
    other = browser_of(browser.client.application)
    other.log_in("other", NEW)
    secret, offer = offer_of(other)
    for sent in (offer, "forged"):
        typed = {"offer": sent, "code": pyotp.TOTP(secret).now()}
        assert browser.send("/admin/security/codes", typed).status_code == 400


def test_another_password(browser: Browser, db: Database) -> None:
    other = browser_of(browser.client.application)
    other.log_in()
    typed = {"current": PASSWORD, "new": NEW, "again": NEW}
    answer = browser.send("/admin/security", typed, to="/admin/security/password")
    assert answer.location == "/admin/security?done=password"
    assert is_in(browser)
    assert not is_in(other)
    assert other.log_in().status_code == 403
    assert other.log_in(password=NEW).status_code == 303
    assert "admin.password.changed" in actions(db)


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"current": "wrong"}, "current"), ({"again": "else"}, "again"), ({"new": LOGIN}, "again")],
    ids=["current", "twice", "both"],
)
def test_another_password_that_is_refused(
    browser: Browser, changed: dict[str, str], field: str
) -> None:
    typed = {"current": PASSWORD, "new": NEW, "again": NEW, **changed}
    answer = browser.send("/admin/security", typed, to="/admin/security/password")
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert f'id="{field}-error"' in page
    assert NEW not in page
    assert browser_of(browser.client.application).log_in().status_code == 303


def test_a_weak_password_is_said_beside_its_field(browser: Browser) -> None:
    typed = {"current": PASSWORD, "new": "too short", "again": "too short"}
    answer = browser.send("/admin/security", typed, to="/admin/security/password")
    assert answer.status_code == 400
    assert 'id="new-error"' in answer.get_data(as_text=True)


def test_the_present_password_cannot_be_guessed_here(browser: Browser) -> None:
    typed = {"current": "wrong", "new": NEW, "again": NEW}
    for _ in range(5):
        browser.send("/admin/security", typed, to="/admin/security/password")
    typed["current"] = PASSWORD
    answer = browser.send("/admin/security", typed, to="/admin/security/password")
    assert answer.status_code == 400
    assert "Too many tries" in answer.get_data(as_text=True)


def test_the_worker_forgets_ended_sessions(
    stranger: Browser, db: Database, root: str, travel: time_machine.Traveller
) -> None:
    stranger.log_in(root)
    travel.shift(sessions.IDLE / 2)
    other = browser_of(stranger.client.application)
    other.log_in(root)
    travel.shift(sessions.IDLE / 2)
    with db.writing(EVERY_TENANT) as session:
        sessions.sweep(session, clock.now())
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(AdministratorSession.digest)).one()
    assert is_in(other)
