"""The claims of the messages that the platform sends: resource link and deep linking requests.

Reads the store, touches nothing else. Serves LTI Core 1.3, sections 5.3 and 5.4 and
appendix A, AGS 2.0 section 3.1, NRPS 2.0 section 3.6.1.1, Course Groups 1.0 and Deep Linking 2.0
section 3.4.
"""

import json
import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from sandbox_lms.config import Config
from sandbox_lms.people import sections_of
from sandbox_lms.store import deployed_tool, one
from sandbox_lms.tokens import AGS_SCOPES, GROUPS_READ

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
GROUPS_CLAIM = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person"
ROLES = {
    "instructor": [f"{_MEMBERSHIP}#Instructor", f"{_INSTITUTION}#Faculty"],
    "assistant": [f"{_MEMBERSHIP}#Instructor", f"{_MEMBERSHIP}/Instructor#TeachingAssistant"],
    "learner": [f"{_MEMBERSHIP}#Learner", f"{_INSTITUTION}#Student"],
    "mentor": [f"{_MEMBERSHIP}#Mentor"],
}
_VARIABLE = re.compile(r"\$[A-Za-z][\w.]*")


def common(config: Config, connection: sqlite3.Connection, launch: sqlite3.Row) -> dict[str, Any]:
    """The claims that every message of this launch carries, without nonce and times."""
    tool = deployed_tool(connection, launch["type_id"])
    course = one(connection, "SELECT * FROM course WHERE id = ?", launch["course_id"])
    person = one(
        connection,
        "SELECT person.*, role, mentees FROM person JOIN enrolment ON person_id = person.id"
        " WHERE person.id = ? AND course_id = ?",
        launch["person_id"],
        launch["course_id"],
    )
    if course is None or person is None:
        raise LookupError("the launch names a course or person that is gone")
    claims: dict[str, Any] = {
        "iss": config.issuer,
        "aud": tool["client_id"],
        "azp": tool["client_id"],
        "sub": person["id"],
        "name": person["name"],
        "given_name": person["given_name"],
        "family_name": person["family_name"],
        "email": person["email"],
        "locale": "en",
        f"{LTI}version": "1.3.0",
        f"{LTI}deployment_id": tool["deployment_id"],
        f"{LTI}target_link_uri": launch["target_link_uri"],
        f"{LTI}roles": ROLES[person["role"]],
        f"{LTI}context": {
            "id": course["id"],
            "label": course["label"],
            "title": course["title"],
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"],
        },
        f"{LTI}lis": {
            "person_sourcedid": f"SIS-{person['id']}",
            "course_section_sourcedid": f"SIS-{course['label']}",
        },
        f"{LTI}tool_platform": {
            "guid": config.base_url,
            "name": "Sandbox LMS",
            "product_family_code": "sandbox-lms",
            "version": "1",
            "url": config.base_url,
        },
        AGS_CLAIM: {
            "scope": AGS_SCOPES,
            "lineitems": line_items_url(config, course["id"], tool["type_id"]),
        },
        NRPS_CLAIM: {
            "context_memberships_url": memberships_url(config, course["id"], tool["type_id"]),
            "service_versions": ["2.0"],
        },
        GROUPS_CLAIM: {
            "scope": [GROUPS_READ],
            "context_groups_url": groups_url(config, course["id"], tool["type_id"]),
            "context_group_sets_url": groups_url(
                config, course["id"], tool["type_id"], "groupsets"
            ),
            "service_versions": ["1.0"],
        },
    }
    if person["role"] == "mentor":
        claims[f"{LTI}role_scope_mentor"] = json.loads(person["mentees"])
    return claims


def resource_link(
    config: Config, connection: sqlite3.Connection, launch: sqlite3.Row, link: sqlite3.Row
) -> dict[str, Any]:
    """A LtiResourceLinkRequest for one person and one link."""
    claims = common(config, connection, launch)
    claims[f"{LTI}message_type"] = "LtiResourceLinkRequest"
    claims[f"{LTI}resource_link"] = {
        "id": link["id"],
        "title": link["title"],
        "description": link["text"],
    }
    claims[f"{LTI}launch_presentation"] = {
        "document_target": link["document_target"],
        "locale": "en",
        "return_url": f"{config.base_url}/courses/{link['course_id']}",
    }
    custom = custom_values(connection, link, claims)
    if custom:
        claims[f"{LTI}custom"] = custom
    column = one(
        connection, "SELECT id FROM line_item WHERE link_id = ? ORDER BY id LIMIT 1", link["id"]
    )
    if column is not None:
        claims[AGS_CLAIM]["lineitem"] = line_item_url(
            config, link["course_id"], column["id"], link["type_id"]
        )
    return claims


def deep_linking(
    config: Config,
    connection: sqlite3.Connection,
    launch: sqlite3.Row,
    data: str,
    return_url: str,
) -> dict[str, Any]:
    """A LtiDeepLinkingRequest; `data` is what the tool must echo."""
    tool = deployed_tool(connection, launch["type_id"])
    claims = common(config, connection, launch)
    claims[f"{LTI}message_type"] = "LtiDeepLinkingRequest"
    claims[f"{LTI}launch_presentation"] = {"document_target": "iframe", "locale": "en"}
    claims[f"{DEEP_LINKING}deep_linking_settings"] = {
        "deep_link_return_url": return_url,
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": bool(tool["accept_multiple"]),
        "accept_lineitem": True,
        "auto_create": False,
        "title": "",
        "text": "",
        "data": data,
    }
    return claims


def custom_values(
    connection: sqlite3.Connection, link: sqlite3.Row, claims: Mapping[str, Any]
) -> dict[str, str]:
    """A link's custom parameters; known variables replaced, unknown ones left as they are.

    The tool's own are there too. Sections are said as Canvas says them, by names and by ids.
    """
    of_tool = one(
        connection,
        "SELECT custom FROM tool_custom JOIN deployment USING (client_id) WHERE type_id = ?",
        link["type_id"],
    )
    sections = sections_of(connection, link["course_id"], claims["sub"])
    context = claims[f"{LTI}context"]
    known = {
        "$ResourceLink.id": link["id"],
        "$ResourceLink.title": link["title"],
        "$ResourceLink.description": link["text"],
        "$Context.id": context["id"],
        "$Context.label": context["label"],
        "$Context.title": context["title"],
        "$User.id": claims["sub"],
        "$Person.name.full": claims["name"],
        "$Person.name.given": claims["given_name"],
        "$Person.name.family": claims["family_name"],
        "$Person.email.primary": claims["email"],
        "$Person.sourcedId": claims[f"{LTI}lis"]["person_sourcedid"],
        "$com.instructure.User.sectionNames": json.dumps([each["name"] for each in sections]),
        "$Canvas.course.sectionIds": ",".join(str(each["id"]) for each in sections),
        **json.loads(link["dates"]),
    }
    custom: dict[str, str] = json.loads(of_tool["custom"]) if of_tool else {}
    custom |= json.loads(link["custom"])
    return {
        name: known.get(value, value) if _VARIABLE.fullmatch(value) else value
        for name, value in custom.items()
    }


def line_items_url(config: Config, course_id: str, type_id: int) -> str:
    return f"{config.base_url}/ags/{course_id}/lineitems?type_id={type_id}"


def line_item_url(config: Config, course_id: str, number: int, type_id: int) -> str:
    return f"{config.base_url}/ags/{course_id}/lineitems/{number}/lineitem?type_id={type_id}"


def memberships_url(config: Config, course_id: str, type_id: int) -> str:
    return f"{config.base_url}/nrps/{course_id}/bindings/{type_id}/memberships"


def groups_url(config: Config, course_id: str, type_id: int, what: str = "groups") -> str:
    return f"{config.base_url}/groups/{course_id}/bindings/{type_id}/{what}"
