"""What a request is refused with: a status and the JSON body of xapi.statements.errors."""

from collections.abc import Mapping

import orjson
from flask import Response

from xapi.statements.errors import Invalid

_COMMUNICATION = "xAPI 1.0.3 Communication 3.2 / IEEE 9274.1.1 4.1.5"


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
        self.error = Invalid(code, path, message, _COMMUNICATION)


def parameter(name: str, message: str) -> Refused:
    """400 for a parameter of the query string."""
    return Refused(400, f"parameter.{name}", message, f"?{name}")


def not_allowed(allowed: str) -> Refused:
    """405 for a method that the resource does not have, with those that it has."""
    return Refused(405, "method", f"this resource has: {allowed}", headers={"Allow": allowed})


def answer(status: int, error: Invalid) -> Response:
    """The answer that says what is wrong."""
    return Response(orjson.dumps(error.body()), status, mimetype="application/json")
