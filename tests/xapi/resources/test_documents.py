"""The state, activity profile and agent profile resources, through HTTP on both engines."""

import json
from hashlib import sha1
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest

from tests.xapi.conftest import Client, Site

ADA = json.dumps({"objectType": "Agent", "name": "Ada", "mbox": "mailto:ada@example.org"})
COURSE = "https://example.org/course"
RESOURCES = {
    "/activities/state": {"stateId": "s", "activityId": COURSE, "agent": ADA},
    "/activities/profile": {"profileId": "s", "activityId": COURSE},
    "/agents/profile": {"profileId": "s", "agent": ADA},
}
VERSIONS = ("1.0.3", "2.0.0")
NEW = {"If-None-Match": "*"}
resources = pytest.mark.parametrize("path", sorted(RESOURCES))
versions = pytest.mark.parametrize("version", VERSIONS)


def at(path: str, **changes: str | None) -> str:
    given = {**RESOURCES[path], **changes}
    return f"{path}?{urlencode({key: text for key, text in given.items() if text is not None})}"


def without_id(path: str, **changes: str | None) -> str:
    return at(path, stateId=None, profileId=None, **changes)


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]["code"]


def put(client: Client, where: str, data: bytes, kind: str = "text/plain", **headers: str) -> int:
    given = {
        "Content-Type": kind,
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    return client("PUT", where, data=data, headers=given).status_code


@resources
@versions
def test_a_document_comes_back_byte_for_byte(
    site: Site, tenant: UUID, path: str, version: str
) -> None:
    client = site.client(tenant, version=version)
    data = bytes(range(256)) + b"\r\n--boundary--\r\n\x00"
    assert put(client, at(path), data, "application/x-thing; a=b", **{"If-None-Match": "*"}) == 204
    found = client("GET", at(path))
    assert (found.status_code, found.data) == (200, data)
    assert found.headers["Content-Type"] == "application/x-thing; a=b"
    assert found.headers["ETag"] == f'"{sha1(data).hexdigest()}"'
    assert found.headers["Last-Modified"].endswith(" GMT")
    head = client("HEAD", at(path))
    assert head.data == b""
    for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length"):
        assert head.headers[name] == found.headers[name]
    same = client("GET", at(path), headers={"If-None-Match": found.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")


@resources
def test_a_document_that_is_not_there(site: Site, tenant: UUID, path: str) -> None:
    client = site.client(tenant)
    assert code(client("GET", at(path))) == (404, "document.unknown")
    assert client("HEAD", at(path)).status_code == 404
    assert client("DELETE", at(path)).status_code == 204
    assert client("DELETE", at(path), headers={"If-Match": '"x"'}).status_code == 412


@resources
def test_ids_since(site: Site, tenant: UUID, path: str) -> None:
    client = site.client(tenant, version="2.0.0")
    name = "stateId" if path.endswith("state") else "profileId"
    assert client("GET", without_id(path)).get_json() == []
    before = "2020-01-01T00:00:00Z"
    for number in ("1", "2", "3"):
        assert put(client, at(path, **{name: number}), b"x") == 204
    assert client("GET", without_id(path)).get_json() == ["1", "2", "3"]
    assert client("GET", without_id(path, since=before)).get_json() == ["1", "2", "3"]
    assert client("GET", without_id(path, since="2999-01-01T00:00:00Z")).get_json() == []
    assert client("GET", without_id(path)).headers["Last-Modified"]
    assert code(client("GET", without_id(path, since="yesterday"))) == (400, "parameter.since")
    assert client("DELETE", at(path, **{name: "2"})).status_code == 204
    assert client("GET", without_id(path)).get_json() == ["1", "3"]


def test_the_documents_of_registrations_are_others(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    path, one, two = "/activities/state", str(uuid4()), str(uuid4())
    for data, registration in ((b"0", None), (b"1", one), (b"2", two)):
        assert put(client, at(path, registration=registration), data) == 204
    assert client("GET", at(path)).data == b"0"
    assert client("GET", at(path, registration=one.upper())).data == b"1"
    assert put(client, at(path, registration=two, stateId="t"), b"3") == 204
    assert client("GET", without_id(path, registration=two)).get_json() == ["s", "t"]
    assert client("GET", without_id(path)).get_json() == ["s", "t"]
    assert client("DELETE", without_id(path, registration=two)).status_code == 204
    assert client("GET", without_id(path, registration=two)).get_json() == []
    assert client("GET", at(path, registration=one)).data == b"1"
    assert client("DELETE", without_id(path)).status_code == 204
    assert client("GET", without_id(path)).get_json() == []


@resources
@versions
def test_a_put_that_does_not_say_what_it_replaces(
    site: Site, tenant: UUID, path: str, version: str
) -> None:
    client = site.client(tenant, version=version)
    free = version == "1.0.3" and path == "/activities/state"
    strict = version == "1.0.3" and not free
    assert put(client, at(path), b"1") == (400 if strict else 204)
    put(client, at(path), b"1", If_None_Match="*")
    response = client("PUT", at(path), data=b"2")
    assert response.status_code == (204 if free else 409)
    assert client("GET", at(path)).data == (b"2" if free else b"1")


@resources
@versions
def test_preconditions(site: Site, tenant: UUID, path: str, version: str) -> None:
    client = site.client(tenant, version=version)
    assert put(client, at(path), b"1", If_Match='"nothing"') == 412
    assert put(client, at(path), b"1", If_Match="*") == 412
    assert put(client, at(path), b"1", If_None_Match="*") == 204
    assert put(client, at(path), b"2", If_None_Match="*") == 412
    tag = client("GET", at(path)).headers["ETag"]
    assert put(client, at(path), b"2", If_None_Match=tag) == 412
    assert put(client, at(path), b"2", If_None_Match=f"W/{tag}") == 412
    for sent in (f"W/{tag}", tag.strip('"')):  # behind a proxy; from clients that do not quote
        assert put(client, at(path), b"1", If_Match=sent) == 204
    assert put(client, at(path), b"2", If_Match=f'"other", {tag}') == 204
    assert put(client, at(path), b"3", If_Match=tag) == 412
    for method in ("POST", "DELETE"):
        refused = client(method, at(path), data=b"{}", headers={"If-Match": tag})
        assert code(refused) == (412, "precondition")
    assert client("GET", at(path)).data == b"2"
    assert client("DELETE", at(path), headers={"If-Match": "*"}).status_code == 204
    assert client("GET", at(path)).status_code == 404


@resources
def test_post_merges_the_top_level_and_spares_numbers(site: Site, tenant: UUID, path: str) -> None:
    client = site.client(tenant)
    first = '{"a": {"x": 1}, "b": 18446744073709551616, "c": 1.0, "\\u00e4\\"": null}'
    assert client("POST", at(path), data=first, content_type="application/json").status_code == 204
    assert client("GET", at(path)).text == first
    second = '{"a": {"y": 2.50}, "d": [1e2]}'
    kind = "application/json; charset=utf-8"
    assert client("POST", at(path), data=second, content_type=kind).status_code == 204
    merged = '{"a":{"y": 2.50},"b":18446744073709551616,"c":1.0,"ä\\"":null,"d":[1e2]}'
    assert client("GET", at(path)).text == merged


@resources
@pytest.mark.parametrize(
    ("there", "kind", "sent", "sent_kind", "reason"),
    [
        ("{}", "application/json", "[1]", "application/json", "document.object"),
        ("{}", "application/json", "{", "application/json", "json.syntax"),
        ("{}", "application/json", '{"a":1,"a":2}', "application/json", "json.duplicate-key"),
        ("{}", "application/json", "{}", "text/plain", "document.type"),
        ("{}", "text/plain", "{}", "application/json", "document.type"),
        ("{}", "text/plain", "{}", "text/plain", "document.type"),
        ("[]", "application/json", "{}", "application/json", "document.object"),
        ("no", "application/json", "{}", "application/json", "json.syntax"),
    ],
)
def test_what_cannot_be_merged(
    site: Site, tenant: UUID, path: str, there: str, kind: str, sent: str, sent_kind: str,
    reason: str,
) -> None:  # fmt: skip
    client = site.client(tenant)
    assert put(client, at(path), there.encode(), kind, If_None_Match="*") == 204
    refused = client("POST", at(path), data=sent, content_type=sent_kind)
    assert code(refused) == (400, reason)
    assert client("GET", at(path)).text == there


@resources
def test_a_post_of_something_new(site: Site, tenant: UUID, path: str) -> None:
    client = site.client(tenant)
    for sent in ("[]", "{", "1", ""):
        refused = client("POST", at(path), data=sent, content_type="application/json")
        assert refused.status_code == 400
    assert client("GET", at(path)).status_code == 404
    assert client("POST", at(path), data="{", content_type="text/plain").status_code == 204
    assert client("GET", at(path)).text == "{"


@resources
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_parameters_are_strict(site: Site, tenant: UUID, path: str, method: str) -> None:
    client = site.client(tenant)
    wrong: list[tuple[str, str | None]] = [("other", "1"), ("since", "2020-01-01T00:00:00Z")]
    for name in RESOURCES[path]:
        wrong.append((name, ""))
        if not name.endswith("Id") or name == "activityId":
            wrong += [(name, None), (name, "true"), (name, "\x00")]
    if path.endswith("state"):
        wrong += [("registration", "1"), ("registration", "")]
    else:
        wrong.append(("registration", str(uuid4())))
        if method != "GET":
            wrong.append(("profileId", None))
    for name, text in wrong:
        answer = client(method, at(path, **{name: text}), data=b"x", headers=NEW)
        assert answer.status_code == 400, (name, text)
        assert answer.get_json()["error"]["path"] in (f"?{name}", "?unknown")
    twice = at(path) + "&" + urlencode({"activityId": COURSE, "agent": ADA})
    assert client(method, twice, data=b"x", headers=NEW).status_code == 400


@resources
def test_a_name_can_be_anything_else(site: Site, tenant: UUID, path: str) -> None:
    client = site.client(tenant, version="2.0.0")
    name = "stateId" if path.endswith("state") else "profileId"
    for text in ("ä €/?&=#", "x" * 5000, "../..", "'; --", "\U0001f600"):
        assert put(client, at(path, **{name: text}), text.encode()) == 204
        assert client("GET", at(path, **{name: text})).text == text
    assert len(client("GET", without_id(path)).get_json()) == 5


@resources
def test_other_tenants_have_other_documents(
    site: Site, tenant: UUID, stranger: UUID, path: str
) -> None:
    ours, theirs = site.client(tenant), site.client(stranger)
    assert put(ours, at(path), b"ours", If_None_Match="*") == 204
    assert theirs("GET", at(path)).status_code == 404
    assert theirs("GET", without_id(path)).get_json() == []
    assert put(theirs, at(path), b"theirs", If_None_Match="*") == 204
    theirs("DELETE", at(path))
    assert ours("GET", at(path)).data == b"ours"


@resources
def test_scopes(site: Site, tenant: UUID, path: str) -> None:
    own = "state" if path.endswith("state") else "profile"
    other = "profile" if own == "state" else "state"
    assert put(site.client(tenant, own), at(path), b"1", If_None_Match="*") == 204
    assert site.client(tenant, own)("GET", at(path)).data == b"1"
    reader = site.client(tenant, "all/read")
    assert reader("GET", at(path)).data == b"1"
    for client in (reader, site.client(tenant, other), site.client(tenant, "statements/write")):
        for method in ("PUT", "POST", "DELETE"):
            assert code(client(method, at(path), data=b"2")) == (403, "scope")
    assert code(site.client(tenant, other)("GET", at(path))) == (403, "scope")


@resources
def test_methods_that_a_resource_does_not_have(site: Site, tenant: UUID, path: str) -> None:
    refused = site.client(tenant)("PATCH", at(path))
    assert code(refused) == (405, "method")
    assert set(refused.headers["Allow"].split(", ")) == {
        "GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS",
    }  # fmt: skip


def test_a_type_is_needed_for_nothing_but_checked(site: Site, tenant: UUID) -> None:
    client = site.client(tenant, version="2.0.0")
    path = at("/activities/state")
    assert client("PUT", path, data=b"x").status_code == 204
    assert client("GET", path).headers["Content-Type"] == "application/octet-stream"
    assert put(client, path, b"x", "a" * 300, If_Match="*") == 400
    assert put(client, path, b"x" * 100_001, If_Match="*") == 413
    refused = client("DELETE", without_id("/activities/state"), headers={"If-Match": "*"})
    assert code(refused) == (400, "precondition")


@resources
@versions
@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("tag", ['"', '"x', ",", ""])
def test_a_precondition_that_says_nothing_overwrites_nothing(
    site: Site, tenant: UUID, path: str, version: str, name: str, tag: str
) -> None:
    client = site.client(tenant, version=version)
    assert put(client, at(path), b"first", **{"If-None-Match": "*"}) == 204
    for method in ("PUT", "POST", "DELETE"):
        refused = client(method, at(path), data=b"second", headers={name: tag})
        assert code(refused) == (400, "precondition")
    assert client("GET", at(path)).data == b"first"
