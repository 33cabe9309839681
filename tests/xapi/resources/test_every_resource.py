"""What holds for each resource alike: the door, the headers, the methods, the strict parameters."""

import json
from urllib.parse import urlencode
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from tests.xapi.conftest import Site
from xapi.statements import times

AGENT = json.dumps({"mbox": "mailto:ada@example.org"})
ACTIVITY = "https://example.org/a"
PATHS = {
    "/statements": {},
    "/activities": {"activityId": ACTIVITY},
    "/agents": {"agent": AGENT},
    "/activities/state": {"activityId": ACTIVITY, "agent": AGENT},
    "/activities/profile": {"activityId": ACTIVITY},
    "/agents/profile": {"agent": AGENT},
}
ADDRESSES = [f"{path}?{urlencode(given)}" for path, given in PATHS.items()]
every = pytest.mark.parametrize("address", ADDRESSES, ids=list(PATHS))
versions = pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])


@every
@versions
def test_get_and_head(site: Site, tenant: UUID, address: str, version: str) -> None:
    client = site.client(tenant, version=version)
    got, head = client("GET", address), client("HEAD", address)
    assert (got.status_code, head.status_code) == (200, 200)
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(got.data))
    for response in (got, head):
        assert response.headers["X-Experience-API-Version"] == version
        assert times.moment(response.headers["X-Experience-API-Consistent-Through"]) > 0
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Access-Control-Allow-Origin"] == "*"


@every
def test_the_door(site: Site, tenant: UUID, address: str) -> None:
    client = site.client(tenant)
    pair, client.auth = client.auth, None
    for method in ("GET", "PUT", "POST", "DELETE"):
        refused = client(method, address)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Basic ")
        assert times.moment(refused.headers["X-Experience-API-Consistent-Through"]) > 0
    client.auth = pair
    for given in ({}, {"X-Experience-API-Version": "0.95"}):
        client.headers = given
        refused = client("GET", address)
        assert refused.status_code == 400
        assert refused.get_json()["error"]["code"] == "version"


@every
def test_pages_may_ask_before_they_send(site: Site, address: str) -> None:
    answer = site.app.test_client().options(f"/xapi{address}")
    assert (answer.status_code, answer.data) == (204, b"")
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        assert method in answer.headers["Access-Control-Allow-Methods"]


@every
@versions
def test_unknown_parameters(site: Site, tenant: UUID, address: str, version: str) -> None:
    client = site.client(tenant, version=version)
    for method in ("GET", "HEAD"):
        refused = client(method, f"{address}&x=1")
        assert refused.status_code == 400


@every
def test_queries_that_cannot_be_decoded(site: Site, tenant: UUID, address: str) -> None:
    client = site.client(tenant)
    path = address.partition("?")[0]
    for query in ("%zz", "stateId=%", "a=%4", "a=%\u00fc", "%ff", "a=%C3", "a=%ED%A0%80", "a=\xff"):
        environ = {"QUERY_STRING": query}
        for method, asked in (("GET", path), ("POST", path), ("GET", "/about")):
            refused = client(method, asked, environ_overrides=environ)
            error = refused.get_json()["error"]
            assert (refused.status_code, error["code"], error["path"]) == (400, "query.escape", "?")


@every
def test_methods_that_it_does_not_have(site: Site, tenant: UUID, address: str) -> None:
    client = site.client(tenant)
    allowed = client("PATCH", address).headers["Allow"].split(", ")
    assert {"GET", "HEAD", "OPTIONS"} <= set(allowed)
    for method in ("GET", "PUT", "POST", "DELETE", "PATCH"):
        assert (client(method, address).status_code == 405) is (method not in allowed)


def test_escapes_that_are_right_stay(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    query = {**PATHS["/activities/state"], "stateId": "100% für 😀 %zz"}
    assert client("PUT", "/activities/state", query_string=query, data=b"x").status_code == 204
    del query["stateId"]
    names = client("GET", "/activities/state", query_string=query)
    assert names.get_json() == ["100% für 😀 %zz"]


def test_about_has_only_get(site: Site) -> None:
    client = site.app.test_client()
    for method in ("put", "post", "delete", "patch"):
        refused = getattr(client, method)("/xapi/about")
        assert refused.status_code == 405
        assert refused.headers["Allow"] == "GET, HEAD, OPTIONS"


OUTSIDE = ["", "/", "/nothing", "/statements/", "/statements/more", "//statements",
           "/statements//", "/activities//state?x=%zz", "/tenants/7/statements"]  # fmt: skip


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_no_resource_is_refused_by_the_store(site: Site, address: str) -> None:
    client = site.app.test_client()
    for method in ("GET", "HEAD", "POST", "PROPFIND"):
        answer = client.open(f"/xapi{address}", method=method)
        assert answer.status_code == 404
        said(answer, method, "resource")
    answer = client.options(f"/xapi{address}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Content-Type" not in answer.headers


def said(answer: TestResponse, method: str, code: str) -> None:
    """Whether an answer is the store's, to whoever asked without a credential and a version."""
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Experience-API-Version"] == "0.9"
    assert times.moment(answer.headers["X-Experience-API-Consistent-Through"]) > 0
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    if method != "HEAD":
        error = answer.get_json()["error"]
        assert (error["code"], error["path"]) == (code, "$")
        assert error["message"]
        assert error["spec"]


@pytest.mark.parametrize("method", ["PROPFIND", "TRACE", "BREW"])
def test_methods_that_no_resource_has(site: Site, tenant: UUID, method: str) -> None:
    client = site.client(tenant)
    for path in (*PATHS, "/about", "/openapi.json", f"/tenants/{tenant}/statements"):
        answer = site.app.test_client().open(f"/xapi{path}", method=method)
        assert answer.status_code == 405
        said(answer, method, "method")
        given = client("PATCH", path)
        assert given.status_code == 405 or path.startswith("/tenants/")
        if given.status_code == 405:
            assert answer.headers["Allow"] == given.headers["Allow"]


def test_other_addresses_of_the_application_are_its_own(site: Site) -> None:
    for path in ("/xapis", "/", "/x/xapi/"):
        answer = site.app.test_client().get(path)
        assert answer.status_code == 404
        assert "X-Experience-API-Version" not in answer.headers
