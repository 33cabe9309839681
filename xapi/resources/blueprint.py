"""The store's HTTP face: version, credentials, headers and errors of every resource under /xapi.

xAPI 1.0.3 Communication 1 and 3, IEEE 9274.1.1 4.1. The resources themselves: a file each.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import Blueprint, Request, Response, g, request
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException

from foundation.db import Database
from xapi.resources import (
    about,
    activities,
    activity_profile,
    agent_profile,
    agents,
    alternate,
    documents,
    export,
    openapi,
    parameters,
    state,
    statements,
)
from xapi.resources.admission import PREFLIGHT, Admission, share
from xapi.resources.call import Call
from xapi.resources.faults import Refused, answer, not_allowed
from xapi.resources.service import Freshness, Service
from xapi.statements.errors import V1, V2, Invalid
from xapi.store.grouping import Appender

MAX_BODY = 16 * 1024 * 1024
"""Bytes of a request's body, unless the installation says otherwise."""

_UNVERSIONED = "0.9"
"""The version of a request that names none, as before the header came; it is refused as such."""


def blueprint(
    database: Database,
    *,
    iri_base: str,
    is_tenant: Callable[[UUID], bool],
    max_body: int = MAX_BODY,
) -> Blueprint:
    """The resources of the store, to be registered under a prefix such as /xapi.

    And again, with another name, under one that ends in tenants/<uuid:store>. `iri_base` is the
    installation's (TWOFOLD_IRI_BASE); `is_tenant` says whether an id is a tenant's; `max_body` is
    in bytes.
    """
    made = Blueprint("xapi", __name__)
    service = Service(database, Appender(database), Freshness(database), iri_base)
    admission = Admission(database, is_tenant)
    prefixes: list[str] = []

    @made.url_value_preprocessor
    def address(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.xapi_store = (values or {}).pop("store", None)

    @made.before_request
    def before() -> Response | None:
        request.max_content_length = max_body
        g.xapi_version = _family(request) or _said(request)
        if request.method == "OPTIONS":
            return Response(status=204, headers=PREFLIGHT)
        name = (request.endpoint or "").rpartition(".")[2]
        if name == _NOTHING:
            raise _no_resource()
        if request.method not in _METHODS:
            raise not_allowed(_ALLOWED[name])
        parameters.check_escapes(request.query_string)
        asked = request._get_current_object()  # type: ignore[attr-defined]
        if alternate.is_wrapped(asked) and g.xapi_version in (V1, _UNVERSIONED):
            asked = alternate.unwrapped(asked, admission.vouch)
            g.xapi_version = _family(asked) or _said(asked)
            if _family(asked) == V2:
                raise Refused(400, "alternate.version", "2.0 has no alternate request syntax")
        open_to_all = _OPEN.get(name)
        if open_to_all is not None:
            g.xapi_version = _family(asked) or V2
            return open_to_all(asked)
        if _family(asked) is None:
            raise Refused(400, "version", "X-Experience-API-Version must be 1.0.x or 2.0.x")
        g.xapi_grant = admission.admit(asked, g.xapi_store)
        g.xapi_call = Call(service, asked, g.xapi_version, g.xapi_grant)
        return None

    @made.after_request
    def after(response: Response) -> Response:
        response.headers["X-Experience-API-Version"] = g.get("xapi_version", _UNVERSIONED)
        if "X-Experience-API-Consistent-Through" not in response.headers:
            response.headers["X-Experience-API-Consistent-Through"] = service.freshness.recent()
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if response.status_code == 204:
            del response.headers["Content-Type"]
        share(response, g.get("xapi_grant"))
        sent = request.headers
        # If-Match says nothing about reading; werkzeug would answer it with a bare 412.
        if response.status_code == 200 and "If-None-Match" in sent and "If-Match" not in sent:
            response.make_conditional(request)
        return response

    @made.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        response = answer(error.status, error.error)
        response.headers.update(error.headers)
        return response

    @made.errorhandler(Invalid)
    def invalid(error: Invalid) -> Response:
        return answer(400, error)

    @made.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Response:
        status = error.code or 500
        code = "body.size" if status == 413 else "request"
        return answer(status, Refused(status, code, error.description or error.name).error)

    @made.before_app_request
    def outside() -> Response | None:
        """Answer what leads to no route at all, such as /xapi/ and an address with //."""
        if request.routing_exception is None or not _is_under(prefixes, request.path):
            return None
        g.xapi_version = _family(request) or _said(request)
        if request.method == "OPTIONS":
            return after(Response(status=204, headers=PREFLIGHT))
        return after(refused(_no_resource()))

    for name in _OPEN:
        path = "/openapi.json" if name == "openapi" else f"/{name}"
        made.add_url_rule(path, name, _unreached)
    for path, methods in _RESOURCES.items():
        made.add_url_rule(f"/{path}", _name(path), _serve(methods))
    made.add_url_rule("/<path:rest>", _NOTHING, _unreached)
    made.record(_open_to_every_method)
    made.record(lambda setup: prefixes.append(setup.url_prefix or ""))
    return made


def _open_to_every_method(setup: BlueprintSetupState) -> None:
    """Whatever method is asked for, it is the store that answers, in its own words."""
    for rule in setup.app.url_map.iter_rules():
        if rule.endpoint.rpartition(".")[0] == setup.name:
            rule.methods = None


def _is_under(prefixes: Iterable[str], path: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


Resource = Mapping[str, Callable[[Call], Response]]

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"})
"""Others are refused before anybody is asked who they are: no resource has them."""
_NOTHING = "nothing"
"""The endpoint of every address without a resource."""

_OPEN: Mapping[str, Callable[[Request], Response]] = {
    "about": about.answer,
    "openapi": openapi.answer,
}
"""What needs neither a credential nor a version."""


def _documents(of: documents.Resource) -> Resource:
    return {"GET": of.get, "PUT": of.put, "POST": of.post, "DELETE": of.delete}


_RESOURCES: Mapping[str, Resource] = {
    "statements": {"GET": statements.get, "POST": statements.post, "PUT": statements.put},
    "activities": {"GET": activities.get},
    "agents": {"GET": agents.get},
    "activities/state": _documents(state.RESOURCE),
    "activities/profile": _documents(activity_profile.RESOURCE),
    "agents/profile": _documents(agent_profile.RESOURCE),
    "export": {"GET": export.get},
}


def _name(path: str) -> str:
    return path.replace("/", "_")


def _allow(methods: Iterable[str]) -> str:
    return ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])


_ALLOWED = {
    **{name: _allow(["GET"]) for name in _OPEN},
    **{_name(path): _allow(methods) for path, methods in _RESOURCES.items()},
}
"""What Allow says, by endpoint."""


def _serve(methods: Resource) -> Callable[[], Response]:
    def view() -> Response:
        call: Call = g.xapi_call
        method = call.request.method
        resource = methods.get("GET" if method == "HEAD" else method)
        if resource is None:
            raise not_allowed(_allow(methods))
        return resource(call)

    return view


def _unreached(**_path: str) -> Response:
    raise AssertionError("answered before it is dispatched")


def _no_resource() -> Refused:
    return Refused(404, "resource", "there is no such resource")


def _said(request: Request) -> str:
    """What to call a version that cannot be served."""
    return V2 if "X-Experience-API-Version" in request.headers else _UNVERSIONED


def _family(request: Request) -> str | None:
    """The version by whose rules a request is served, from the header it sent."""
    return _version(request.headers.get("X-Experience-API-Version", ""))


@lru_cache(maxsize=64)
def _version(given: str) -> str | None:
    if re.fullmatch(r"1\.0(\.\d+)?", given, re.ASCII):
        return V1
    return V2 if re.fullmatch(r"2\.0(\.\d+)?", given, re.ASCII) else None
