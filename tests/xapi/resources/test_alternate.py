"""The alternate request syntax: in 1.0.3, and not in 2.0."""

import base64
import io
import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from tests.xapi.conftest import Client, Site
from tests.xapi.samples import statement
from xapi.resources import alternate

FORM = "application/x-www-form-urlencoded"
STATE = {
    "activityId": "https://example.org/course",
    "agent": '{"mbox":"mailto:ada@example.org"}',
    "stateId": "s",
}


def send(client: Client, method: str, path: str = "/statements", /, **fields: str) -> Any:
    data = urlencode({name.replace("_", "-"): text for name, text in fields.items()})
    return client("POST", f"{path}?method={method}", data=data, content_type=FORM)


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]["code"]


def test_statements(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = statement()
    content = json.dumps(sent)
    assert send(client, "PUT", statementId=sent["id"], content=content).status_code == 204
    assert send(client, "POST", content=content).get_json() == [sent["id"]]
    found = send(client, "GET", limit="1")
    assert found.get_json()["statements"][0]["id"] == sent["id"]
    one = send(client, "GET", statementId=sent["id"])
    assert one.get_json()["id"] == sent["id"]
    assert one.headers["X-Experience-API-Version"] == "1.0.3"
    assert send(client, "GET", "/about").get_json()["version"]


def test_more_is_an_ordinary_address(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    client("POST", json=[statement(), statement()])
    first = send(client, "GET", limit="1").get_json()
    more = client("GET", first["more"].removeprefix("/xapi")).get_json()
    assert len(more["statements"]) == 1
    assert more["statements"] != first["statements"]


def test_documents_with_headers_in_the_form(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    path = "/activities/state"

    def put(text: str, **fields: str) -> int:
        answer = send(client, "PUT", path, content=text, **{"Content-Type": "text/plain"},
                      **STATE, **fields)  # fmt: skip
        return int(answer.status_code)

    assert put("ä", **{"If-None-Match": "*"}) == 204
    assert put("b", **{"If-None-Match": "*"}) == 412
    found = send(client, "GET", path, **STATE)
    assert found.text == "ä"
    assert found.headers["Content-Type"] == "text/plain"
    assert put("b", **{"If-Match": '"other"'}) == 412
    assert put("b", **{"if-match": found.headers["ETag"]}) == 204
    assert send(client, "DELETE", path, **STATE).status_code == 204
    assert send(client, "GET", path, **STATE).status_code == 404


def test_who_asks_and_in_which_version_may_stand_in_the_form(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    key, secret = client.auth or ("", "")
    client.auth, client.headers = None, {}
    authorization = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()
    headers = {"Authorization": authorization, "X-Experience-API-Version": "1.0.2"}
    assert send(client, "GET", **headers).status_code == 200
    assert code(send(client, "GET", **{**headers, "Authorization": "x"}))[0] == 401
    wrong = send(client, "GET", **{**headers, "X-Experience-API-Version": "0.8"})
    assert code(wrong) == (400, "version")
    newer = send(client, "GET", **{**headers, "X-Experience-API-Version": "2.0.0"})
    assert code(newer) == (400, "alternate.version")
    assert code(send(client, "GET", Authorization=authorization)) == (400, "version")


@pytest.mark.parametrize(
    ("path", "data", "kind", "reason"),
    [
        ("/statements?method=PATCH", "content=1", FORM, "alternate.method"),
        ("/statements?method=put", "content=1", FORM, "alternate.method"),
        ("/statements?method=HEAD", "", FORM, "alternate.method"),
        ("/statements?method=PUT&limit=1", "content=1", FORM, "alternate.query"),
        ("/statements?method=PUT&method=GET", "content=1", FORM, "alternate.query"),
        ("/statements?method=PUT", "{}", "application/json", "alternate.type"),
        ("/statements?method=PUT", "", None, "alternate.type"),
        ("/statements?method=PUT", "statementId=1", FORM, "alternate.content"),
        ("/statements?method=POST", "", FORM, "alternate.content"),
        ("/statements?method=PUT", '{"content":1}', FORM, "alternate.form"),
        ("/statements?method=PUT", "content=%ff", FORM, "alternate.form"),
        ("/statements?method=PUT", b"content=\xff", FORM, "alternate.form"),
        ("/statements?method=PUT", "content=1&content=2", FORM, "alternate.form"),
        ("/statements?method=GET", "&".join(f"x{n}=1" for n in range(70)), FORM, "alternate.form"),
        ("/statements?method=GET", "limit=x", FORM, "parameter.limit"),
        ("/statements?method=GET", "method=GET", FORM, "parameter.unknown"),
        ("/statements?method=PUT", "content=x&statementId=1", FORM, "parameter.statementId"),
        ("/statements?method=DELETE", "", FORM, "method"),
    ],
    ids=range(18),
)
def test_what_is_refused(
    site: Site, tenant: UUID, path: str, data: Any, kind: str | None, reason: str
) -> None:
    client = site.client(tenant)
    refused = client("POST", path, data=data, content_type=kind)
    assert code(refused) == (405 if reason == "method" else 400, reason)


def test_only_a_post_can_hide_another(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    for method in ("PUT", "GET"):
        refused = client(method, "/statements?method=POST", data="content=1", content_type=FORM)
        assert code(refused) == (400, "parameter.unknown")


def test_2_0_has_it_no_more(site: Site, tenant: UUID) -> None:
    client = site.client(tenant, version="2.0.0")
    for method in ("GET", "PUT", "POST"):
        refused = send(client, method, content=json.dumps(statement()))
        assert code(refused) == (400, "parameter.unknown")
    assert client("GET").get_json()["statements"] == []


def long_form(client: Client, *fields: tuple[str, str]) -> tuple[Any, int]:
    """The answer to a form, and how much of it was read."""
    data = io.BytesIO(urlencode(fields).encode())
    pair, client.auth = client.auth, None
    answer = client("POST", "/statements?method=POST", input_stream=data, content_type=FORM,
                    content_length=len(data.getvalue()))  # fmt: skip
    client.auth = pair
    return answer, data.tell()


def test_of_a_strangers_long_form_only_the_beginning_is_read(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    key, secret = client.auth or ("", "")
    known = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()
    wrong = "Basic " + base64.b64encode(f"{key}:wrong".encode()).decode()
    content = ("content", json.dumps(statement(result={"response": "x" * 80_000})))
    for fields, answered in (
        ([content], "credential.missing"),
        ([content, ("Authorization", known)], "credential.missing"),
        ([("authorization", wrong), content], "credential.wrong"),
        ([("Authorization", "x" * 70_000)], "credential.missing"),
    ):
        refused, read = long_form(client, *fields)
        assert code(refused) == (401, answered)
        assert refused.headers["WWW-Authenticate"].startswith("Basic ")
        assert read == alternate.BEGINNING
    stored, _ = long_form(client, ("Authorization", known), content)
    assert stored.status_code == 200
    assert send(client, "POST", content=content[1]).status_code == 200


def test_in_a_short_form_the_credential_stands_anywhere(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    key, secret = client.auth or ("", "")
    known = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()
    content = ("content", json.dumps(statement(result={"response": "x" * 60_000})))
    assert long_form(client, content, ("Authorization", known))[0].status_code == 200
    assert code(long_form(client, content)[0]) == (401, "credential.missing")


def test_escapes_in_a_form_are_checked(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    for data in (b"limit=%zz", b"limit=1&x=%"):
        answer = client("POST", "/statements?method=GET", data=data, content_type=FORM)
        assert code(answer) == (400, "alternate.form")
