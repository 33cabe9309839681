"""What every answer of the store has: version, freshness, CORS; and what is refused at the door."""

import base64
from typing import Any
from uuid import UUID

import pytest

from foundation import clock
from tests.xapi.conftest import Client, Site
from tests.xapi.samples import statement
from xapi.statements import times


def error(response: Any) -> str:
    code: str = response.get_json()["error"]["code"]
    return code


def test_about_needs_neither_credential_nor_version(site: Site) -> None:
    response = site.app.test_client().get("/xapi/about")
    assert response.status_code == 200
    assert response.get_json() == {"version": ["1.0.3", "2.0.0"], "extensions": {}}
    assert response.headers["X-Experience-API-Version"] == "2.0.0"
    assert site.app.test_client().head("/xapi/about").data == b""
    assert site.app.test_client().get("/xapi/about?x=1").status_code == 400


@pytest.mark.parametrize(
    ("sent", "status", "answered"),
    [
        ("1.0", 200, "1.0.3"),
        ("1.0.0", 200, "1.0.3"),
        ("1.0.9", 200, "1.0.3"),
        ("2.0", 200, "2.0.0"),
        ("2.0.0", 200, "2.0.0"),
        ("2.0.1", 200, "2.0.0"),
        ("1.1.0", 400, "2.0.0"),
        ("0.95", 400, "2.0.0"),
        ("1.0.x", 400, "2.0.0"),
        ("", 400, "2.0.0"),
    ],
)
def test_versions(site: Site, tenant: UUID, sent: str, status: int, answered: str) -> None:
    response = site.client(tenant, version=sent)("GET")
    assert response.status_code == status
    assert response.headers["X-Experience-API-Version"] == answered


def test_a_request_without_a_version(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    client.headers = {}
    response = client("GET")
    assert (response.status_code, error(response)) == (400, "version")


def basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


def test_who_is_not_let_in(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    key, secret = client.auth or ("", "")
    client.auth = None
    for header in (
        None, "", "Basic", "Basic %%%", f"Bearer {secret}", basic(b"\xff:\xfe"),
        basic(key.encode()),
        basic(f"{key}:wrong".encode()), basic(f"nobody:{secret}".encode()), basic(b"\x00:x"),
    ):  # fmt: skip
        response = client("GET", headers={"Authorization": header} if header is not None else {})
        assert response.status_code == 401, header
        assert response.headers["WWW-Authenticate"].startswith("Basic realm=")
        assert error(response).startswith("credential.")
    headers = {"Authorization": basic(f"{key}:{secret}".encode())}
    assert client("GET", headers=headers).status_code == 200


def fresh(response: Any) -> int:
    return times.moment(response.headers["X-Experience-API-Consistent-Through"])


def test_every_answer_says_how_fresh_it_is(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = statement()
    answers = [
        client("POST", json=sent),
        client("GET"),
        client("GET", f"/statements?statementId={sent['id']}"),
        client("HEAD"),
        client("GET", "/statements?limit=-1"),
        client("GET", "/nothing"),
        client("DELETE"),
        client("POST", data=b"{", content_type="application/json"),
        client("GET", "/about"),
        client("OPTIONS"),
    ]
    for response in answers:
        assert fresh(response) > 0
        assert response.headers["X-Experience-API-Version"] == "1.0.3"
    stored = times.moment(client("GET").get_json()["statements"][0]["stored"])
    assert stored < fresh(client("GET")) <= times.since_1970(clock.now())


@pytest.mark.parametrize(("version", "dated"), [("1.0.3", False), ("2.0.0", True)])
def test_last_modified_comes_with_2(site: Site, tenant: UUID, version: str, dated: bool) -> None:
    client = site.client(tenant, version=version)
    sent = statement()
    client("POST", json=sent)
    for path in ("/statements", f"/statements?statementId={sent['id']}"):
        assert ("Last-Modified" in client("GET", path).headers) is dated


def test_head_is_get_without_a_body(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = statement()
    client("POST", json=sent)
    for path in ("/statements", f"/statements?statementId={sent['id']}"):
        got, head = client("GET", path), client("HEAD", path)
        assert head.data == b""
        assert head.headers["ETag"] == got.headers["ETag"]
        assert head.headers["ETag"].startswith('"')
        assert head.headers["Content-Length"] == got.headers["Content-Length"]
    assert client("HEAD", "/statements?limit=x").status_code == 400


def test_browsers_of_other_origins(site: Site) -> None:
    response = site.app.test_client().options(
        "/xapi/statements",
        headers={"Origin": "https://h5p.example", "Access-Control-Request-Method": "PUT"},
    )
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "PUT" in response.headers["Access-Control-Allow-Methods"]
    allowed = response.headers["Access-Control-Allow-Headers"]
    for name in ("Authorization", "Content-Type", "X-Experience-API-Version", "If-Match",
                 "If-None-Match"):  # fmt: skip
        assert name in allowed
    exposed = (
        site.app.test_client().get("/xapi/statements").headers["Access-Control-Expose-Headers"]
    )
    for name in ("ETag", "Last-Modified", "X-Experience-API-Consistent-Through"):
        assert name in exposed


def test_what_is_not_there(site: Site, tenant: UUID) -> None:
    client: Client = site.client(tenant)
    missing = client("GET", "/nothing/here")
    assert (missing.status_code, error(missing)) == (404, "resource")
    wrong = client("DELETE")
    assert (wrong.status_code, error(wrong)) == (405, "method")
    assert "PUT" in wrong.headers["Allow"]


def test_what_scopes_forbid(site: Site, tenant: UUID) -> None:
    reader, writer = site.client(tenant, "statements/read"), site.client(tenant, "statements/write")
    profile = site.client(tenant, "profile")
    sent = statement()
    for client in (reader, profile):
        assert client("POST", json=sent).status_code == 403
        assert client("PUT", f"/statements?statementId={sent['id']}", json=sent).status_code == 403
    for client in (writer, profile):
        refused = client("GET")
        assert (refused.status_code, error(refused)) == (403, "scope")
    assert writer("POST", json=sent).status_code == 200
    assert reader("GET").get_json()["statements"][0]["id"] == sent["id"]


def test_reading_asks_for_no_match(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    etag = client("GET").headers["ETag"]
    for headers, status in (
        ({"If-None-Match": etag}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Match": '"other"'}, 200),
        ({"If-Match": '"other"', "If-None-Match": '"other"'}, 200),
    ):
        answer = client("GET", headers=headers)
        assert answer.status_code == status
        assert status == 304 or answer.get_json()["statements"] == []
