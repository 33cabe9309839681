"""The OpenAPI description: of every route there is and no other, and true of every answer.

Schemathesis reads it as it is served, makes requests that keep to it and requests that break it,
and compares the answers with it.
"""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.definitions import OPENAPI_31

from foundation.db import Database
from tests.xapi.conftest import Site
from tests.xapi.fuzz.conftest import EFFORT, tried
from xapi.access.scopes import Scope
from xapi.resources import blueprint as resources
from xapi.resources import openapi
from xapi.resources.parameters import _LISTING, _SHAPE, _SINGLE

DOCUMENT = openapi.document()
OPERATIONS = [
    pytest.param(path, method.upper(), id=f"{method.upper()} {path}")
    for path, item in DOCUMENT["paths"].items()
    for method in item
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MOMENTS = st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")
schemathesis.openapi.format("timestamp", MOMENTS)
schemathesis.openapi.format("timestamp-with-zone", MOMENTS)
schemathesis.openapi.format("duration", st.sampled_from(["PT1S", "P1Y2M3DT4H5M6.7S", "P2W"]))


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The description as a store serves it, and a credential's header."""
    path = tmp_path_factory.mktemp("described") / "twofold.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    site = Site(database)
    client = site.client(uuid4())
    assert client.auth is not None
    pair = base64.b64encode(":".join(client.auth).encode()).decode()
    description = schemathesis.openapi.from_wsgi("/xapi/openapi.json", site.app)
    yield description, {"Authorization": f"Basic {pair}"}
    database.dispose()


def test_every_route_is_described_and_nothing_else() -> None:
    served = {f"/{path}": set(methods) for path, methods in resources._RESOURCES.items()}
    served |= {"/about": {"GET"}, "/openapi.json": {"GET"}}
    for methods in served.values():
        methods |= {"OPTIONS", *(["HEAD"] if "GET" in methods else [])}
    described = {
        path: {method.upper() for method in item} for path, item in DOCUMENT["paths"].items()
    }
    assert described == served


def test_the_routes_are_those_of_the_application(sqlite_url: str) -> None:
    site = Site(Database(sqlite_url))
    rules = {
        rule.rule.removeprefix("/xapi")
        for rule in site.app.url_map.iter_rules()
        if rule.endpoint.startswith("xapi.") and not rule.endpoint.endswith(".nothing")
    }
    assert rules == set(DOCUMENT["paths"])


def test_it_is_openapi_and_its_schemas_are_json_schemas() -> None:
    assert list(jsonschema_rs.validator_for(OPENAPI_31).iter_errors(DOCUMENT)) == []
    for name, rules in DOCUMENT["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(rules), name


def test_it_is_there_for_everybody(sqlite_url: str) -> None:
    answer = Site(Database(sqlite_url)).app.test_client().get("/xapi/openapi.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.get_json() == DOCUMENT


def test_every_parameter_of_the_statements_and_every_scope_is_described() -> None:
    shared = DOCUMENT["components"]["parameters"]
    named = [
        shared[one["$ref"].rpartition("/")[2]]
        for one in DOCUMENT["paths"]["/statements"]["get"]["parameters"]
    ]
    assert {one["name"] for one in named if one["in"] == "query"} == _LISTING | _SINGLE | _SHAPE
    scopes = {
        scope
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
        for alternative in operation.get("security", ())
        for scope in alternative["basic"]
    }
    assert scopes | {"define"} == {scope.value for scope in Scope}
    assert "define" in DOCUMENT["paths"]["/statements"]["post"]["description"]


def test_all_that_is_referred_to_is_there_and_all_that_is_there_is_referred_to() -> None:
    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for each in part.values():
                yield from references(each)
        if isinstance(part, list):
            for each in part:
                yield from references(each)

    there = {
        f"#/components/{kind}/{name}"
        for kind, parts in DOCUMENT["components"].items()
        for name in parts
        if kind != "securitySchemes"
    }
    named = set(references(DOCUMENT))
    assert named - there == set()
    assert {one for one in there - named if one[-5:] not in ("1.0.3", "2.0.0")} == set()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_requests_that_keep_to_it(served: Any, path: str, method: str) -> None:
    description, headers = served

    @tried(3 if method == "HEAD" else 8)
    @given(case=description[path][method].as_strategy(generation_mode=GenerationMode.POSITIVE))
    def run(case: Any) -> None:
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    run()


BREAKABLE = [
    one
    for one in OPERATIONS
    if one.values[0] not in ("/about", "/openapi.json")
    and one.values[1] not in ("HEAD", "OPTIONS")
    # Broken statements are slow to make here; test_statements_fuzz.py breaks them faster.
    and (EFFORT > 1 or one.values[0] != "/statements" or one.values[1] == "GET")
]


@pytest.mark.parametrize(("path", "method"), BREAKABLE)
def test_requests_that_break_it(served: Any, path: str, method: str) -> None:
    description, headers = served
    broken = description[path][method].as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @tried(6)
    @given(case=broken, version=st.sampled_from(["1.0.3", "2.0.0", None]))
    def run(case: Any, version: str | None) -> None:
        # Else most requests are broken in their version, and nobody looks further.
        good = {"X-Experience-API-Version": version} if version else {}
        case.validate_response(case.call(headers={**headers, **good}), checks=CHECKS)

    run()
