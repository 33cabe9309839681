"""Assignment and Grade Services: line items (gradebook columns) and results.

Touches line_item and reads grade. Serves LTI AGS 2.0, sections 3.2 (line items) and 3.3
(results); the score service is in scores.py.
"""

import sqlite3
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, request

from sandbox_lms.config import Config
from sandbox_lms.deep_linking import add_line_item
from sandbox_lms.judge import Refused
from sandbox_lms.messages import line_item_url
from sandbox_lms.services import (
    LINE_ITEM_TYPE,
    LINE_ITEMS_TYPE,
    RESULTS_TYPE,
    amount,
    answer,
    json_body,
    must_accept,
    page_of,
    placement,
    refuse,
    type_id,
)
from sandbox_lms.store import every, one, store
from sandbox_lms.tokens import LINE_ITEM, LINE_ITEM_READ, RESULT_READ, authorise

_LONGEST = 255

blueprint = Blueprint("ags", __name__)
blueprint.register_error_handler(Refused, refuse)


def _config() -> Config:
    config: Config = current_app.config["SANDBOX"]
    return config


@blueprint.get("/ags/<course_id>/lineitems")
def list_line_items(course_id: str) -> Response:
    client_id = authorise(LINE_ITEM, LINE_ITEM_READ)
    must_accept(LINE_ITEMS_TYPE)
    with store().reading() as connection:
        deployment = placement(connection, client_id, course_id, type_id())
        rows = every(
            connection,
            "SELECT * FROM line_item WHERE course_id = ? AND type_id = ? ORDER BY id",
            course_id,
            deployment["type_id"],
        )
    filters = [("resource_link_id", "link_id"), ("resource_id", "resource_id"), ("tag", "tag")]
    for parameter, column in filters:
        wanted = request.args.get(parameter)
        if wanted is not None:
            rows = [row for row in rows if row[column] == wanted]
    page, headers = page_of(rows)
    response = answer([_shown(row) for row in page], LINE_ITEMS_TYPE)
    response.headers.update(headers)
    return response


@blueprint.post("/ags/<course_id>/lineitems")
def create_line_item(course_id: str) -> Response:
    client_id = authorise(LINE_ITEM)
    body = _checked(json_body(LINE_ITEM_TYPE))
    with store().writing() as connection:
        deployment = placement(connection, client_id, course_id, type_id())
        link_id = _own_link(connection, body, course_id, deployment["type_id"])
        number = add_line_item(connection, course_id, deployment["type_id"], link_id, body)
        created = line_item(connection, client_id, course_id, number)
    response = answer(_shown(created), LINE_ITEM_TYPE, 201)
    response.headers["Location"] = _shown(created)["id"]
    return response


@blueprint.get("/ags/<course_id>/lineitems/<int(max=999999999):number>/lineitem")
def read_line_item(course_id: str, number: int) -> Response:
    client_id = authorise(LINE_ITEM, LINE_ITEM_READ)
    must_accept(LINE_ITEM_TYPE)
    with store().reading() as connection:
        return answer(
            _shown(line_item(connection, client_id, course_id, number)),
            LINE_ITEM_TYPE,
        )


@blueprint.put("/ags/<course_id>/lineitems/<int(max=999999999):number>/lineitem")
def replace_line_item(course_id: str, number: int) -> Response:
    client_id = authorise(LINE_ITEM)
    body = _checked(json_body(LINE_ITEM_TYPE))
    with store().writing() as connection:
        before = line_item(connection, client_id, course_id, number)
        if body.get("resourceLinkId", before["link_id"]) != before["link_id"]:
            raise Refused(
                400, "line-item-link", "A line item cannot be moved to another resource link."
            )
        connection.execute(
            "UPDATE line_item SET label = ?, score_maximum = ?, resource_id = ?, tag = ?,"
            " start_date_time = ?, end_date_time = ? WHERE id = ?",
            (
                body["label"],
                body["scoreMaximum"],
                body.get("resourceId"),
                body.get("tag"),
                body.get("startDateTime"),
                body.get("endDateTime"),
                number,
            ),
        )
        connection.execute(
            "UPDATE grade SET score = round(score * ? / ?, 5) WHERE line_item_id = ?",
            (body["scoreMaximum"], before["score_maximum"], number),
        )
        after = line_item(connection, client_id, course_id, number)
    return answer(_shown(after), LINE_ITEM_TYPE)


@blueprint.delete("/ags/<course_id>/lineitems/<int(max=999999999):number>/lineitem")
def delete_line_item(course_id: str, number: int) -> Response:
    client_id = authorise(LINE_ITEM)
    with store().writing() as connection:
        line_item(connection, client_id, course_id, number)
        connection.execute("DELETE FROM line_item WHERE id = ?", (number,))
    return Response(status=204)


@blueprint.get("/ags/<course_id>/lineitems/<int(max=999999999):number>/lineitem/results")
def results(course_id: str, number: int) -> Response:
    client_id = authorise(RESULT_READ)
    must_accept(RESULTS_TYPE)
    with store().reading() as connection:
        column = line_item(connection, client_id, course_id, number)
        rows = every(
            connection,
            "SELECT * FROM grade WHERE line_item_id = ? ORDER BY person_id",
            number,
        )
    wanted = request.args.get("user_id")
    page, headers = page_of([row for row in rows if wanted in (None, row["person_id"])])
    response = answer([_result(column, row) for row in page], RESULTS_TYPE)
    response.headers.update(headers)
    return response


def line_item(
    connection: sqlite3.Connection, client_id: str, course_id: str, number: int
) -> sqlite3.Row:
    """A line item of this client in this course. Refused with 404 for any other."""
    deployment = placement(connection, client_id, course_id, type_id())
    row = one(
        connection,
        "SELECT * FROM line_item WHERE id = ? AND course_id = ? AND type_id = ?",
        number,
        course_id,
        deployment["type_id"],
    )
    if row is None:
        raise Refused(
            404, "line-item-unknown", "There is no such line item here: deleted, or another tool's."
        )
    return row


def _own_link(
    connection: sqlite3.Connection, body: dict[str, Any], course_id: str, number: int
) -> str | None:
    link_id = body.get("resourceLinkId")
    if link_id is None:
        return None
    link = one(
        connection,
        "SELECT id FROM link WHERE id = ? AND course_id = ? AND type_id = ?",
        link_id,
        course_id,
        number,
    )
    if link is None:
        raise Refused(
            400, "line-item-link", "resourceLinkId is not a link of this tool in this course."
        )
    return str(link["id"])


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    label, maximum = body.get("label"), amount(body.get("scoreMaximum"))
    if not isinstance(label, str) or not label.strip() or len(label) > _LONGEST:
        raise Refused(400, "line-item-label", "label must be a text of 1 to 255 letters.")
    if maximum is None or maximum <= 0:
        raise Refused(400, "line-item-maximum", "scoreMaximum must be a number above 0.")
    for name in ("resourceId", "tag", "resourceLinkId"):
        value = body.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > _LONGEST):
            raise Refused(400, "line-item-text", f"{name} must be a text of at most 255 letters.")
    for name in ("startDateTime", "endDateTime"):
        if body.get(name) is not None:
            instant(body[name], "line-item-date", name)
    return body


def instant(text: Any, rule: str, name: str) -> datetime:
    """An ISO 8601 time with its zone. Refused with 400 and `rule` for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise Refused(400, rule, f"{name} is not an ISO 8601 time.") from error
    if moment.tzinfo is None or "T" not in text:
        raise Refused(400, rule, f"{name} must carry its time zone, for example a final Z.")
    return moment


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    shown = {
        "id": line_item_url(_config(), row["course_id"], row["id"], row["type_id"]),
        "label": row["label"],
        "scoreMaximum": plain(row["score_maximum"]),
        "resourceId": row["resource_id"],
        "tag": row["tag"],
        "resourceLinkId": row["link_id"],
        "startDateTime": row["start_date_time"],
        "endDateTime": row["end_date_time"],
    }
    return {name: value for name, value in shown.items() if value is not None}


def _result(column: sqlite3.Row, row: sqlite3.Row) -> dict[str, Any]:
    address = line_item_url(_config(), column["course_id"], column["id"], column["type_id"])
    path, _, query = address.partition("?")
    shown = {
        "id": f"{path}/results?{query}&user_id={row['person_id']}",
        "userId": row["person_id"],
        "scoreOf": address,
        "timestamp": row["timestamp"],
        "comment": row["comment"],
    }
    if row["score"] is not None:
        shown["resultScore"] = plain(row["score"])
        shown["resultMaximum"] = plain(column["score_maximum"])
    return {name: value for name, value in shown.items() if value is not None}


def plain(number: float) -> float | int:
    """20.0 as 20, as LMSs write it; 7.5 as it is."""
    return int(number) if number == int(number) else number
