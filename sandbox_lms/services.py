"""What the LTI services share: media types, JSON bodies, paging, and how a refusal is answered.

Touches the request only, and the judge's list. Serves the Accept and Content-Type rules of
AGS 2.0 and NRPS 2.0, and RFC 8288 (Link headers).
"""

import base64
import binascii
import json
import math
import sqlite3
from typing import Any, NoReturn
from urllib.parse import urlencode

from flask import Response, request

from sandbox_lms.judge import Refused, note
from sandbox_lms.store import one

LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

# Small, so that a course of a dozen people already has a second page.
_PAGE_SIZE = 10
_LARGEST_PAGE = 100


def must_accept(media_type: str) -> None:
    """406 unless the Accept header names exactly this media type."""
    named = [part.split(";")[0].strip().lower() for part in _accept().split(",")]
    if media_type not in named:
        raise Refused(
            406, "service-accept", f"Accept must name {media_type}; it was {_accept()[:120]!r}."
        )


def _accept() -> str:
    return request.headers.get("Accept", "")


def json_body(media_type: str) -> dict[str, Any]:
    """The request's JSON object. 415 for another Content-Type, 400 for what is not an object."""
    if request.mimetype != media_type:
        raise Refused(
            415,
            "service-content-type",
            f"Content-Type must be {media_type}; it was {request.mimetype[:120]!r}.",
        )
    try:
        body = json.loads(request.get_data(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "service-json", "The body is not JSON (NaN is not JSON).") from error
    if not isinstance(body, dict):
        raise Refused(400, "service-json", "The body must be a JSON object.")
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Refused(400, "service-json", "The body holds half a character.") from error
    return body


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def amount(value: Any) -> float | None:
    """A JSON number as a finite float; None for everything else (true is not a number)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def type_id() -> int | None:
    """The deployment's number from the address's query; None where it is missing or odd."""
    text = request.args.get("type_id", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def answer(body: Any, media_type: str, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, content_type=media_type)


def page_of(rows: list[Any]) -> tuple[list[Any], dict[str, str]]:
    """The asked-for page of all rows, and the headers that lead to the next one.

    The page token is opaque and its case matters, as in real systems.
    """
    size = _positive(request.args.get("limit"), _PAGE_SIZE)
    size = min(size, _LARGEST_PAGE)
    start = _start(request.args.get("page"))
    headers = {}
    if start + size < len(rows):
        token = base64.urlsafe_b64encode(f"from={start + size}".encode()).decode().rstrip("=")
        kept = {name: value for name, value in request.args.items() if name != "page"}
        headers["Link"] = f'<{request.base_url}?{urlencode({**kept, "page": token})}>; rel="next"'
    return rows[start : start + size], headers


def _positive(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text[:9]) < 1:
        raise Refused(400, "service-limit", "limit must be a whole number above 0.")
    return int(text[:9])


def _start(token: str | None) -> int:
    if token is None:
        return 0
    try:
        decoded = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
        name, _, number = decoded.partition("=")
        if name != "from":
            raise ValueError(decoded)
        return int(number)
    except (ValueError, binascii.Error) as error:
        raise Refused(
            400, "service-page", "The page parameter is not one that a Link header gave."
        ) from error


def placement(
    connection: sqlite3.Connection, client_id: str, course_id: str, number: int | None
) -> sqlite3.Row:
    """The client's deployment in this course. 404 for another client's, course's or none."""
    row = one(
        connection,
        "SELECT deployment.*, course.label, course.title FROM course_deployment"
        " JOIN deployment USING (type_id) JOIN course ON course.id = course_id"
        " WHERE course_id = ? AND type_id = ? AND client_id = ?",
        course_id,
        number,
        client_id,
    )
    if row is None:
        raise Refused(
            404,
            "service-address",
            "This client has no tool in that course under that type_id: use the address from the"
            " claim as it is, with its query.",
        )
    return row


def refuse(refused: Refused) -> Response:
    """A refusal as JSON, with the reference under which the judge lists it."""
    reference = note(refused.rule, refused.reason)
    body = {
        "status": refused.status,
        "reason": refused.reason,
        "rule": refused.rule,
        "reference": reference,
    }
    response = Response(
        json.dumps(body), refused.status, content_type="application/json; charset=utf-8"
    )
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response
