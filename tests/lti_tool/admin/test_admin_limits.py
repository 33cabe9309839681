"""Log-ins that fail are counted in the database: for every process, on both engines."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool import upkeep
from lti_tool.admin import accounts, codes, limits, log_in, passwords, sessions
from lti_tool.admin.limits import (
    OF_A_LOGIN,
    OF_A_PAIR,
    OF_AN_ADDRESS,
    TooManyAttempts,
    begin,
    forgive,
    succeeded,
    trying,
)
from lti_tool.admin.tables import LoginAttempt
from lti_tool.platforms import key_rotation
from lti_tool.privacy import keeping
from lti_tool.services import build
from tests.lti_tool.admin.conftest import LOGIN, PASSWORD, Browser, browser_of
from tests.lti_tool.launch_app import SECRET, settings

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def installed(db: Database) -> Database:
    """With its one row, at which log-ins queue."""
    build(settings(db))
    return db


def try_once(db: Database, login: str, address: str, at: datetime = START) -> timedelta:
    """Count an attempt that fails; gives how long to wait, or nothing."""
    with db.writing(EVERY_TENANT) as session:
        try:
            begin(session, trying(SECRET, login, address), at)
        except TooManyAttempts as error:
            return error.wait
    return timedelta(0)


def test_a_pair_may_fail_five_times(installed: Database) -> None:
    waits = [try_once(installed, "root", "192.0.2.1") for _ in range(OF_A_PAIR + 1)]
    assert waits == [timedelta(0)] * OF_A_PAIR + [timedelta(minutes=1)]
    assert try_once(installed, "root", "192.0.2.2") == timedelta(0)
    assert try_once(installed, "other", "192.0.2.1") == timedelta(0)


def test_the_wait_grows(installed: Database) -> None:
    at, waits = START, []
    for _ in range(OF_A_PAIR):
        try_once(installed, "root", "192.0.2.1", at)
    for _ in range(6):
        wait = try_once(installed, "root", "192.0.2.1", at)
        waits.append(wait // timedelta(minutes=1))
        at += wait
        assert try_once(installed, "root", "192.0.2.1", at) == timedelta(0)
    assert waits == [1, 2, 4, 8, 15, 15]


def test_a_login_is_counted_over_all_addresses(installed: Database) -> None:
    for number in range(OF_A_LOGIN):
        assert try_once(installed, "root", f"192.0.2.{number}") == timedelta(0)
    assert try_once(installed, "root", "198.51.100.1") == timedelta(minutes=1)
    assert try_once(installed, "other", "198.51.100.1") == timedelta(0)


def test_an_address_is_counted_over_all_logins(installed: Database) -> None:
    for number in range(OF_AN_ADDRESS):
        assert try_once(installed, f"name-{number}", "192.0.2.1") == timedelta(0)
    assert try_once(installed, "root", "192.0.2.1") == timedelta(minutes=1)
    assert try_once(installed, "root", "192.0.2.2") == timedelta(0)


def test_a_network_of_ipv6_counts_as_one_address(installed: Database) -> None:
    for number in range(OF_A_PAIR):
        assert try_once(installed, "root", f"2001:db8::{number}") == timedelta(0)
    assert try_once(installed, "root", "2001:db8::ffff") > timedelta(0)
    assert try_once(installed, "root", "2001:db8:0:1::1") == timedelta(0)


def test_it_is_forgotten_after_an_hour(installed: Database) -> None:
    for _ in range(OF_A_PAIR):
        try_once(installed, "root", "192.0.2.1")
    assert try_once(installed, "root", "192.0.2.1", START + limits.KEPT) == timedelta(0)


def test_success_and_forgiveness(installed: Database) -> None:
    here, there = (trying(SECRET, "root", f"192.0.2.{number}") for number in (1, 2))
    for _ in range(OF_A_PAIR):
        try_once(installed, "root", "192.0.2.1")
        try_once(installed, "root", "192.0.2.2")
    with installed.writing(EVERY_TENANT) as session:
        succeeded(session, here)
    assert try_once(installed, "root", "192.0.2.1") == timedelta(0)
    assert try_once(installed, "root", "192.0.2.2") > timedelta(0)
    with installed.writing(EVERY_TENANT) as session:
        forgive(session, there)
    assert try_once(installed, "root", "192.0.2.2") == timedelta(0)


def test_many_at_once_find_no_room(installed: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        waits = list(
            threads.map(lambda _: try_once(installed, "root", "192.0.2.1"), range(4 * OF_A_PAIR))
        )
    assert waits.count(timedelta(0)) == OF_A_PAIR


def test_nothing_can_be_read_from_what_is_kept(installed: Database) -> None:
    try_once(installed, "root", "192.0.2.1")
    with installed.reading(EVERY_TENANT) as session:
        row = session.scalars(select(LoginAttempt)).one()
    assert (row.login_digest, row.address_digest) != (
        trying("another key", "root", "192.0.2.1").login,
        trying("another key", "root", "192.0.2.1").address,
    )
    assert len(row.login_digest) == len(row.address_digest) == 64


def test_the_worker_sweeps(installed: Database, travel: time_machine.Traveller) -> None:
    try_once(installed, "root", "192.0.2.1", clock.now())
    services = build(settings(installed))
    assert upkeep.step(services)
    travel.shift(limits.KEPT)
    assert upkeep.step(services)
    with installed.reading(EVERY_TENANT) as session:
        assert session.scalar(select(func.count()).select_from(LoginAttempt)) == 0


def test_a_job_that_fails_ends_neither_the_others_nor_the_thread(
    installed: Database, travel: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        raise OSError("no space left on device")

    try_once(installed, "root", "192.0.2.1", clock.now())
    services = build(settings(installed))
    travel.shift(limits.KEPT)
    monkeypatch.setattr(key_rotation, "step", full)
    monkeypatch.setattr(keeping, "step", full)
    assert not upkeep.step(services)
    with installed.reading(EVERY_TENANT) as session:
        assert session.scalar(select(func.count()).select_from(LoginAttempt)) == 0


@pytest.mark.usefixtures("root")
def test_two_processes_count_together(new_app: Callable[[], Flask]) -> None:
    one, two = browser_of(new_app()), browser_of(new_app())
    for number in range(OF_A_PAIR):
        assert (one, two)[number % 2].log_in(LOGIN, "a wrong password").status_code == 403
    for browser in (one, two):
        answer = browser.log_in(LOGIN, PASSWORD)
        assert answer.status_code == 429
        assert "Try again in a minute" in answer.get_data(as_text=True)


@pytest.mark.usefixtures("root")
def test_the_right_password_is_let_in_after_the_wait(
    stranger: Browser, travel: time_machine.Traveller
) -> None:
    for _ in range(OF_A_PAIR):
        stranger.log_in(LOGIN, "a wrong password")
    assert stranger.log_in().status_code == 429
    travel.shift(limits.FIRST_WAIT)
    assert stranger.log_in().status_code == 303


def test_a_code_is_used_once_by_whoever_is_first(
    installed: Database, root: str, travel: time_machine.Traveller
) -> None:
    """Two processes get the same code at the same moment: one of them is let in."""
    services = build(settings(installed))
    secret = codes.new_secret()
    accounts.switch_codes_on(installed, services.seal, root, secret, 0, actor="x", but="")
    halves = [log_in.with_password(services, root, PASSWORD, "192.0.2.1") for _ in range(2)]
    ready = threading.Barrier(2)

    def send(begun: log_in.Begun | None) -> bool:
        assert begun is not None
        assert begun.awaits_code
        with installed.reading(EVERY_TENANT) as session:
            found = sessions.find(session, begun.secret, clock.now(), awaits_code=True)
        assert found is not None
        ready.wait(10)
        typed = pyotp.TOTP(secret).now()
        done = log_in.with_code(services, found[0], begun.secret, typed, "192.0.2.1")
        return done is not None

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(send, halves)) == [False, True]


def test_a_password_that_is_changed_meanwhile_lets_nobody_in(
    installed: Database, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the comparison and the session the administrator may have locked a thief out."""
    services = build(settings(installed))
    matches = passwords.matches

    def slow(kept: str | None, password: str) -> bool:
        accounts.set_password(
            installed, root, "another four random words", actor="x", secret_key=SECRET
        )
        return matches(kept, password)

    monkeypatch.setattr(passwords, "matches", slow)
    assert log_in.with_password(services, root, PASSWORD, "192.0.2.1") is None


@pytest.mark.usefixtures("root")
def test_what_no_database_can_keep_is_refused(stranger: Browser) -> None:
    typed = {"login": "ro\0ot", "password": PASSWORD}
    assert stranger.send("/admin/log-in", typed).status_code == 400
    stranger.log_in()
    assert stranger.get("/admin/audit?action=a%00b").status_code == 400
    typed = {"tenant": "North\0", "days": "7"}
    assert stranger.send("/admin/platforms/link", typed).status_code == 400


def test_the_answers_tell_no_names(stranger: Browser, db: Database, root: str) -> None:
    accounts.add(db, "gone", PASSWORD, actor="command line")
    accounts.disable(db, "gone", actor="command line")

    def answers(login: str) -> list[tuple[int, str]]:
        said = []
        for _ in range(OF_A_PAIR + 1):
            answer = stranger.log_in(login, "not the password")
            page = answer.get_data(as_text=True).replace(f'value="{login}"', "")
            alert = page.partition('role="alert"')[2].partition("</div>")[0]
            said.append((answer.status_code, alert))
        return said

    assert answers(root) == answers("nobody-has-this-name") == answers("gone")
    assert stranger.log_in("gone", PASSWORD).status_code == 429
