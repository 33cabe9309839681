"""Names and Role Provisioning Services: who is in a course, page by page.

Reads enrolments, sections and groups. Serves LTI NRPS 2.0, sections 2.4 (role filter, limit), 3
(resource link membership, with what a launch would say of each member) and 2.4.2 (paging), and of
the Course Groups Service 1.0 the groups of members.
"""

import sqlite3
from typing import Any

from flask import Blueprint, Response, current_app, request

from sandbox_lms.judge import Refused
from sandbox_lms.messages import LTI, ROLES, custom_values, memberships_url
from sandbox_lms.people import groups_of
from sandbox_lms.services import MEMBERS_TYPE, answer, must_accept, page_of, placement
from sandbox_lms.services import refuse as refuse_as_json
from sandbox_lms.store import every, one, store
from sandbox_lms.tokens import MEMBERSHIP_READ, authorise

blueprint = Blueprint("nrps", __name__)
blueprint.register_error_handler(Refused, refuse_as_json)


@blueprint.get("/nrps/<course_id>/bindings/<int(max=999999999):type_id>/memberships")
def memberships(course_id: str, type_id: int) -> Response:
    client_id = authorise(MEMBERSHIP_READ)
    must_accept(MEMBERS_TYPE)
    with store().reading() as connection:
        course = placement(connection, client_id, course_id, type_id)
        link = _link(connection, course_id, type_id)
        people = every(
            connection,
            "SELECT person.*, role FROM enrolment JOIN person ON person.id = person_id"
            " WHERE course_id = ? ORDER BY family_name, given_name, person.id",
            course_id,
        )
        context = {"id": course_id, "label": course["label"], "title": course["title"]}
        page, headers = page_of([person for person in people if _wanted(person["role"])])
        members = [_member(connection, person, context, link) for person in page]
    response = answer(
        {
            "id": memberships_url(current_app.config["SANDBOX"], course_id, type_id),
            "context": context,
            "members": members,
        },
        MEMBERS_TYPE,
    )
    response.headers.update(headers)
    return response


def _link(connection: sqlite3.Connection, course_id: str, type_id: int) -> sqlite3.Row | None:
    if "rlid" not in request.args:
        return None
    link = one(
        connection,
        "SELECT * FROM link WHERE id = ? AND course_id = ? AND type_id = ?",
        request.args["rlid"],
        course_id,
        type_id,
    )
    if link is None:
        raise Refused(404, "nrps-rlid", "rlid is not a link of this tool in this course.")
    return link


def _wanted(role: str) -> bool:
    asked = request.args.get("role")
    return asked is None or any(asked in (uri, uri.rpartition("#")[2]) for uri in ROLES[role])


def _member(
    connection: sqlite3.Connection,
    person: sqlite3.Row,
    context: dict[str, str],
    link: sqlite3.Row | None,
) -> dict[str, Any]:
    member = {
        "status": "Active",
        "user_id": person["id"],
        "roles": ROLES[person["role"]],
        "lis_person_sourcedid": f"SIS-{person['id']}",
        "name": person["name"],
        "given_name": person["given_name"],
        "family_name": person["family_name"],
        "email": person["email"],
    }
    if request.args.get("groups") == "true":
        groups = groups_of(connection, context["id"], person["id"])
        member["group_enrollments"] = [{"group_id": str(each["id"])} for each in groups]
    if link is not None:
        claims = {
            "sub": person["id"],
            **{name: person[name] for name in ("name", "given_name", "family_name", "email")},
            f"{LTI}context": context,
            f"{LTI}lis": {"person_sourcedid": member["lis_person_sourcedid"]},
        }
        member["message"] = [
            {
                f"{LTI}message_type": "LtiResourceLinkRequest",
                f"{LTI}custom": custom_values(connection, link, claims),
            }
        ]
    return member
