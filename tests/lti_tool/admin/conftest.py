"""The whole application on a fresh database, with an administrator, and a browser to visit with."""

import re
from collections.abc import Callable, Mapping
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import accounts, audit, passwords
from lti_tool.admin.audit import Entry
from lti_tool.app import create_app
from lti_tool.services import build
from tests.lti_tool.launch_app import settings

LOGIN, PASSWORD = "root", "four random words here"
ACTOR = f"administrator {LOGIN}"


class Browser:
    """An administrator's browser: keeps cookies, and sends forms with the token of their page."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str) -> TestResponse:
        """A page."""
        return self.client.get(path)

    def send(
        self, path: str, data: Mapping[str, object] | None = None, *, to: str = ""
    ) -> TestResponse:
        """Open a page, fill in its form, and send it (`to` another address)."""
        page = self.client.get(path).get_data(as_text=True)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        fields = {name: unescape(value) for name, value in hidden.items()}
        return self.client.post(to or path, data={**fields, **(data or {})})

    def log_in(self, login: str = LOGIN, password: str = PASSWORD) -> TestResponse:
        """Log in with a password."""
        return self.send("/admin/log-in", {"login": login, "password": password})


def last_entry(db: Database) -> Entry:
    """The newest line of the audit log."""
    with db.reading(EVERY_TENANT) as session:
        return audit.entries(session, limit=1)[0]


def text(browser: Browser, path: str) -> str:
    """What a page shows."""
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return unescape(answer.get_data(as_text=True))


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of pages need no strong hash; test_admin_passwords.py looks at the real one."""
    monkeypatch.setattr(passwords, "_METHOD", "scrypt:1024:8:1")
    passwords._nobodys.cache_clear()


@pytest.fixture
def new_app(db: Database, tmp_path: Path) -> Callable[[], Flask]:
    """Makes an application, as each server process has one."""
    return lambda: create_app(build(settings(db, files=str(tmp_path / "files")), db))


@pytest.fixture
def app(new_app: Callable[[], Flask]) -> Flask:
    """The application as it is served."""
    return new_app()


@pytest.fixture
def root(db: Database) -> str:
    """The login name of an administrator."""
    accounts.add(db, LOGIN, PASSWORD, actor="command line")
    return LOGIN


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """A browser that is not logged in; the cookies are Secure, so it speaks https."""
    return browser_of(app)


@pytest.fixture
def browser(stranger: Browser, root: str) -> Browser:
    """A browser that is logged in."""
    assert stranger.log_in(root).status_code == 303
    return stranger


def browser_of(app: Flask) -> Browser:
    """A new browser, which speaks https since the cookies are Secure."""
    client = app.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    return Browser(client)
