"""Course Groups: the groups of a course and the sets that they belong to, page by page.

Reads groups. Serves the LTI Course Groups Service 1.0; who is in a group is said by the class list.
"""

import sqlite3

from flask import Blueprint, Response, request

from sandbox_lms.judge import Refused
from sandbox_lms.services import answer, must_accept, page_of, placement
from sandbox_lms.services import refuse as refuse_as_json
from sandbox_lms.store import every, store
from sandbox_lms.tokens import GROUPS_READ, authorise

GROUPS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
SETS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json"

blueprint = Blueprint("groups", __name__)
blueprint.register_error_handler(Refused, refuse_as_json)


@blueprint.get("/groups/<course_id>/bindings/<int(max=999999999):type_id>/groups")
def groups(course_id: str, type_id: int) -> Response:
    rows = _rows(
        course_id,
        type_id,
        GROUPS_TYPE,
        "SELECT class_group.* FROM class_group JOIN group_set ON group_set.id = set_id"
        " WHERE course_id = ? ORDER BY class_group.id",
    )
    return _listed(rows, "groups", GROUPS_TYPE, ("name", "set_id"))


@blueprint.get("/groups/<course_id>/bindings/<int(max=999999999):type_id>/groupsets")
def sets(course_id: str, type_id: int) -> Response:
    query = "SELECT * FROM group_set WHERE course_id = ? ORDER BY id"
    return _listed(_rows(course_id, type_id, SETS_TYPE, query), "sets", SETS_TYPE, ("name",))


def _rows(course_id: str, type_id: int, media_type: str, query: str) -> list[sqlite3.Row]:
    client_id = authorise(GROUPS_READ)
    must_accept(media_type)
    with store().reading() as connection:
        placement(connection, client_id, course_id, type_id)
        return every(connection, query, course_id)


def _listed(
    rows: list[sqlite3.Row], name: str, media_type: str, members: tuple[str, ...]
) -> Response:
    page, headers = page_of(rows)
    entries = [{each: str(row[each]) for each in ("id", *members)} for row in page]
    response = answer({"id": request.base_url, name: entries}, media_type)
    response.headers.update(headers)
    return response
