"""The whole application on a fresh database, a platform beside it, and links for it."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.app import create_app
from lti_tool.platforms.tables import DeploymentPolicy
from lti_tool.registration import links
from lti_tool.services import build
from tests.lti_tool.launch_app import settings
from tests.lti_tool.registration.fake_platform import FakePlatform, fake_platform

BASE_URL = "http://localhost:8000"
MakeLink = Callable[..., str]


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    """A platform without a configuration yet."""
    with fake_platform() as running:
        yield running


@pytest.fixture
def app(db: Database, tmp_path: Path) -> Flask:
    """The application as it is served."""
    return create_app(build(settings(db, base_url=BASE_URL, files=str(tmp_path / "files")), db))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An administrator's browser, which keeps no cookie."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def link(db: Database) -> MakeLink:
    """Makes a link, and gives its path."""

    def make(
        tenant: str | None = None,
        *,
        policy: DeploymentPolicy = DeploymentPolicy.FIRST,
        private: bool = True,
        days: int = 7,
    ) -> str:
        with db.writing(EVERY_TENANT) as session:
            token = links.make(
                session,
                actor="command line",
                tenant_name=tenant,
                policy=policy,
                private=private,
                days=days,
                at=clock.now(),
            )
        return f"/lti/register/{token}"

    return make


def press(client: FlaskClient, path: str, page: TestResponse) -> TestResponse:
    """Send the form of a registration page with just what is in it."""
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', page.get_data(as_text=True))
    return client.post(path, data={name: unescape(value) for name, value in fields})


def register(client: FlaskClient, path: str, platform: FakePlatform, **more: str) -> TestResponse:
    """Open a link as the platform does, and press the button."""
    page = client.get(
        path,
        query_string=platform.invitation(**more),
        headers={"Referer": f"{platform.address}/admin"},
    )
    assert page.status_code == 200, page.get_data(as_text=True)
    return press(client, path, page)


def code_of(page: TestResponse) -> str:
    """The searchable code of an error page."""
    found = re.search(r"<code>([a-z]+\.[a-z.-]+)</code>", page.get_data(as_text=True))
    return found.group(1) if found else f"no code: {page.status_code}"
