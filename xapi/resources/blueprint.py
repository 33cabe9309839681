"""The store's HTTP face: version, credentials, headers and errors of every resource under /xapi.

xAPI 1.0.3 Communication 1 and 3, IEEE 9274.1.1 4.1. The resources themselves: a file each.
"""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from foundation.db import Database
from xapi.resources import about, statements
from xapi.resources.admission import PREFLIGHT, Admission, share
from xapi.resources.faults import Refused, answer
from xapi.resources.service import Freshness, Service
from xapi.statements.errors import V1, V2, Invalid

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
    service = Service(database, Freshness(database), iri_base)
    admission = Admission(database, is_tenant)

    @made.url_value_preprocessor
    def address(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.xapi_store = (values or {}).pop("store", None)

    @made.before_request
    def before() -> Response | None:
        request.max_content_length = max_body
        given = request.headers.get("X-Experience-API-Version")
        family = _family(given or "")
        g.xapi_version = family or (_UNVERSIONED if given is None else V2)
        if request.method == "OPTIONS":
            return Response(status=204, headers=PREFLIGHT)
        if (request.endpoint or "").endswith(".about"):
            g.xapi_version = family or V2
            return None
        if family is None:
            raise Refused(400, "version", "X-Experience-API-Version must be 1.0.x or 2.0.x")
        g.xapi_grant = admission.admit(g.xapi_store)
        return None

    @made.after_request
    def after(response: Response) -> Response:
        response.headers["X-Experience-API-Version"] = g.get("xapi_version", _UNVERSIONED)
        if "X-Experience-API-Consistent-Through" not in response.headers:
            response.headers["X-Experience-API-Consistent-Through"] = service.freshness.recent()
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        share(response, g.get("xapi_grant"))
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

    def serve(resource: Callable[[Service], Response]) -> Callable[[], Response]:
        return lambda: resource(service)

    rules: tuple[tuple[str, str, list[str], Callable[[Service], Response]], ...] = (
        ("/about", "about", ["GET"], about.get),
        ("/statements", "statements", ["GET"], statements.get),
        ("/statements", "statements_post", ["POST"], statements.post),
        ("/statements", "statements_put", ["PUT"], statements.put),
    )
    for path, name, methods, resource in rules:
        made.add_url_rule(path, name, serve(resource), methods=methods)
    made.add_url_rule("/<path:rest>", "nothing", _nothing, methods=_EVERY_METHOD)
    return made


_EVERY_METHOD = ["GET", "POST", "PUT", "DELETE", "PATCH"]
_ALLOWED = {"about": "GET, HEAD, OPTIONS", "statements": "GET, HEAD, POST, PUT, OPTIONS"}


def _nothing(rest: str) -> Response:
    """What no rule matched: a known resource with another method, or nothing at all."""
    if rest not in _ALLOWED:
        raise Refused(404, "resource", "there is no such resource")
    response = answer(405, Refused(405, "method", "this resource has no such method").error)
    response.headers["Allow"] = _ALLOWED[rest]
    return response


def _family(given: str) -> str | None:
    """The version by whose rules a request is served, from the header it sent."""
    if re.fullmatch(r"1\.0(\.\d+)?", given, re.ASCII):
        return V1
    return V2 if re.fullmatch(r"2\.0(\.\d+)?", given, re.ASCII) else None
