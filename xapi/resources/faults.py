"""What a request is refused with: a status and the JSON body of xapi.statements.errors."""

from collections.abc import Mapping

import orjson
from flask import Response

from xapi.statements.errors import Invalid

_STATEMENTS = "xAPI 1.0.3 Communication 2.1 / IEEE 9274.1.1 4.1.6.1"
_DOCUMENTS = "xAPI 1.0.3 Communication 2.2 and 3.1 / IEEE 9274.1.1 4.1.4 and 4.1.6.2"
_BODIES = "xAPI 1.0.3 Communication 1.5 / IEEE 9274.1.1 4.1.3"
_WHO_MAY = "xAPI 1.0.3 Communication 4 / IEEE 9274.1.1 4.1.9"
_SECTIONS = {
    "alternate": "xAPI 1.0.3 Communication 1.3",
    "version": "xAPI 1.0.3 Communication 3.3 / IEEE 9274.1.1 4.1",
    "body": _BODIES,
    "multipart": _BODIES,
    "attachment": _BODIES + " and 4.2.2.6",
    "statement": _STATEMENTS,
    "batch": _STATEMENTS,
    "document": _DOCUMENTS,
    "precondition": _DOCUMENTS,
    "parameter": "xAPI 1.0.3 Communication 2 / IEEE 9274.1.1 4.1.6",
    "query": "RFC 3986 2.1 / xAPI 1.0.3 Communication 2 / IEEE 9274.1.1 4.1.6",
    "credential": _WHO_MAY,
    "scope": _WHO_MAY,
    "store": _WHO_MAY,
}
"""Where a rule is written, by the first word of its code."""
_ERRORS = "xAPI 1.0.3 Communication 3.2 / IEEE 9274.1.1 4.1.5"


class Refused(Exception):
    """The request cannot be served; becomes an answer at one place (blueprint.py)."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        path: str = "$",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        section = _SECTIONS.get(code.partition(".")[0], _ERRORS)
        self.error = Invalid(code, path, message, section)


def parameter(name: str, message: str) -> Refused:
    """400 for a parameter of the query string."""
    return Refused(400, f"parameter.{name}", message, f"?{name}")


def not_allowed(allowed: str) -> Refused:
    """405 for a method that the resource does not have, with those that it has."""
    return Refused(405, "method", f"this resource has: {allowed}", headers={"Allow": allowed})


def answer(status: int, error: Invalid) -> Response:
    """The answer that says what is wrong."""
    return Response(orjson.dumps(error.body()), status, mimetype="application/json")
