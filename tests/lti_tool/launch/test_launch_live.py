"""A launch over real HTTP: a server thread, real headers, a client that keeps cookies itself."""

import threading
from collections.abc import Iterator

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from tests.lti_tool.platform import SignedPlatform


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The address of the application while it is served."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def _cookies(answer: requests.Response) -> dict[str, str]:
    """Set-Cookie as a browser takes it on loopback: Secure is accepted there."""
    headers = answer.raw.headers.getlist("Set-Cookie")
    return dict(header.partition(";")[0].split("=", 1) for header in headers)


def _login(address: str, platform: SignedPlatform) -> tuple[dict[str, str], dict[str, str]]:
    form = {
        "iss": platform.issuer,
        "client_id": platform.client_id,
        "login_hint": "5",
        "target_link_uri": "http://localhost:8000/lti/launch",
    }
    answer = requests.get(f"{address}/lti/login", params=form, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    query = answer.headers["Location"].partition("?")[2]
    return dict(part.split("=", 1) for part in query.split("&")), _cookies(answer)


def test_a_whole_launch(address: str, platform: SignedPlatform) -> None:
    sent, cookies = _login(address, platform)
    token = platform.sign(platform.claims(sent["nonce"]))
    answer = requests.post(
        f"{address}/lti/launch",
        data={"state": sent["state"], "id_token": token},
        cookies=cookies,
        allow_redirects=False,
        timeout=10,
    )
    assert answer.status_code == 303, answer.text
    page = requests.get(address + answer.headers["Location"], cookies=_cookies(answer), timeout=10)
    assert page.json()["role"] == "learner"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    alone = requests.get(address + answer.headers["Location"], timeout=10)
    assert alone.status_code == 401


def test_a_forged_launch(address: str, platform: SignedPlatform) -> None:
    sent, cookies = _login(address, platform)
    token = platform.sign(platform.claims(sent["nonce"]), key_name="forger")
    answer = requests.post(
        f"{address}/lti/launch",
        data={"state": sent["state"], "id_token": token},
        cookies=cookies,
        allow_redirects=False,
        timeout=10,
    )
    assert answer.status_code == 400
    assert "launch.signature" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_head_begins_nothing(address: str, platform: SignedPlatform) -> None:
    answer = requests.head(f"{address}/lti/login", params={"iss": platform.issuer}, timeout=10)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_a_body_of_5_mb(address: str, platform: SignedPlatform) -> None:
    answer = requests.post(f"{address}/lti/launch", data={"state": "x" * 5_000_000}, timeout=10)
    assert answer.status_code == 413
    assert "launch.request.large" in answer.text
