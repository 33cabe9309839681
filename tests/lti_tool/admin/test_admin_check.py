"""The page of the connection check, and its words in German."""

from collections.abc import Iterator
from html import unescape
from uuid import uuid4

import pytest
from flask import Flask
from flask_babel import gettext

from foundation.db import Database
from lti_tool.registration.audited import register_by_hand
from lti_tool.registration.products import product
from lti_tool.registration.request import SCOPES
from tests.lti_tool.admin.conftest import Browser, text
from tests.lti_tool.ags.fake_lms import FakeLms, fake_lms


@pytest.fixture
def db(sqlite_url: str) -> Database:
    """One engine: what the pages call is tested on both."""
    return Database(sqlite_url)


@pytest.fixture
def lms() -> Iterator[FakeLms]:
    with fake_lms() as running:
        yield running


def test_the_connection_check(browser: Browser, db: Database, lms: FakeLms) -> None:
    """The LMS refuses tokens and has no keys: the page says so, and how to mend it."""
    done = register_by_hand(
        db,
        actor="command line",
        issuer=lms.address,
        client_id="client-1",
        auth_login_url=f"{lms.address}/auth",
        auth_token_url=f"{lms.address}/token",
        key_set_url=f"{lms.address}/nothing",
        product_family="moodle",
        private=True,
    )
    path = f"/admin/platforms/{done.id}"
    assert "Checked just now" not in text(browser, path)
    answer = browser.send(path, to=f"{path}/check")
    assert answer.status_code == 200
    page = unescape(answer.get_data(as_text=True))
    assert "something is missing" in page
    assert 'class="finding finding-bad"' in page
    assert 'class="finding finding-good"' in page
    assert "Its keys cannot be fetched" in page
    assert "Open the tool from a course once" in page
    assert browser.send(path, to=f"/admin/platforms/{uuid4()}/check").status_code == 404


def test_the_check_speaks_german(browser: Browser, db: Database, lms: FakeLms) -> None:
    done = register_by_hand(
        db,
        actor="command line",
        issuer=lms.address,
        client_id="client-1",
        auth_login_url=f"{lms.address}/auth",
        auth_token_url=f"{lms.address}/token",
        key_set_url=f"{lms.address}/nothing",
        private=True,
    )
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    path = f"/admin/platforms/{done.id}"
    page = browser.send(path, to=f"{path}/check").get_data(as_text=True)
    findings = unescape(page.partition('class="findings"')[2].partition("</ul>")[0])
    assert "Die Schlüssel können nicht abgerufen werden" in findings
    for english in ("keys cannot", "It lets", "course", "No token", "deployment is"):
        assert english not in findings


def test_what_the_check_says_of_each_lms_is_said_in_german(app: Flask) -> None:
    sentences = [*SCOPES.values(), product(None).name]
    for family in (
        "moodle",
        "canvas",
        "desire2learn",
        "blackboard",
        "sakai",
        "openedx",
        "schoology",
        None,
    ):
        sentences += [product(family).scopes, product(family).addresses]
    with app.test_request_context(headers={"Accept-Language": "de"}):
        assert [each for each in sentences if gettext(each) == each] == []
