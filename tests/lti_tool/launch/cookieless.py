"""A browser that keeps no cookie of ours: its logins are kept by the LMS (platform storage)."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.lti_tool.platform import BASE_URL, Claims, SignedPlatform


def login(client: FlaskClient, platform: SignedPlatform, **more: str) -> TestResponse:
    """Begin a login, by default without a word about storage."""
    form = {
        "iss": platform.issuer,
        "client_id": platform.client_id,
        "login_hint": "5",
        "target_link_uri": f"{BASE_URL}/lti/launch",
    } | more
    return client.post("/lti/login", data=form)


def data_of(page: TestResponse) -> dict[str, str]:
    """The values that the page hands to its script."""
    found = re.findall(r'data-([a-z-]+)="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in found}


class Kept:
    """A login whose secret the LMS keeps, up to the moment before the launch."""

    def __init__(
        self,
        client: FlaskClient,
        platform: SignedPlatform,
        change: Callable[[Claims], Any] | None = None,
        target: str = "storage",
        **claims: Any,
    ) -> None:
        self.client = client
        page = login(client, platform, lti_storage_target=target)
        assert page.status_code == 200, page.text
        self.page = page
        self.data = data_of(page)
        query = parse_qs(urlsplit(self.data["next"]).query)
        self.state = query["state"][0]
        found = platform.claims(query["nonce"][0], **claims)
        if change is not None:
            change(found)
        self.form = {"state": self.state, "id_token": platform.sign(found)}

    def launch(self, **more: str) -> TestResponse:
        """What the platform sends, or our page with what it heard of the LMS."""
        return self.client.post("/lti/launch", data=self.form | more)


def ticket_of(page: TestResponse) -> str:
    """The way into the new window."""
    found = re.search(r'href="(/lti/window/[^"]+)" target="_blank" rel="noopener"', page.text)
    assert found, page.text
    return found[1]
