"""Deep linking: the request that lets an instructor choose, and the tool's signed answer.

Touches deep_linking_request, link and line_item. Serves LTI Deep Linking 2.0, sections 3
and 4. An answer is taken whole or refused whole.
"""

import json
import secrets
import sqlite3
import time
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from sandbox_lms import oidc
from sandbox_lms.config import Config
from sandbox_lms.judge import Refused, note
from sandbox_lms.messages import DEEP_LINKING, LTI
from sandbox_lms.people import STAFF, member_of, sign_in_first
from sandbox_lms.services import amount
from sandbox_lms.store import deployed_tool, first_time, one, store
from sandbox_lms.tool_jwt import verified_claims

_REQUEST_SECONDS = 3600
_DATES = {
    ("available", "startDateTime"): "$ResourceLink.available.startDateTime",
    ("available", "endDateTime"): "$ResourceLink.available.endDateTime",
    ("submission", "startDateTime"): "$ResourceLink.submission.startDateTime",
    ("submission", "endDateTime"): "$ResourceLink.submission.endDateTime",
}

blueprint = Blueprint("deep_linking", __name__)


@blueprint.get("/deep_linking/start")
@sign_in_first
def start() -> ResponseReturnValue:
    """What the frame of the "add activity" page loads: starts a deep linking launch."""
    course_id = request.args.get("course", "")
    with store().reading() as connection:
        member_of(connection, course_id, *STAFF)
        section = one(
            connection,
            "SELECT section.id, type_id FROM section JOIN course_deployment USING (course_id)"
            " WHERE course_id = ? AND section.id = ? AND type_id = ?",
            course_id,
            request.args.get("section", type=int),
            request.args.get("tool", type=int),
        )
        if section is None:
            abort(404)
        tool = deployed_tool(connection, section["type_id"])
    return oidc.start(tool["type_id"], course_id, tool["launch_url"], section_id=section["id"])


@blueprint.post("/deep_linking/return")
def come_back() -> ResponseReturnValue:
    """Where the tool's form brings its signed answer; then the whole window goes to the course."""
    with store().reading() as connection:
        asked = one(
            connection,
            "SELECT * FROM deep_linking_request WHERE id = ? AND course_id = ?",
            request.args.get("request", ""),
            request.args.get("course", ""),
        )
        if asked is None:
            raise Refused(404, "deep-linking-request", "No deep linking request has this address.")
        tool = deployed_tool(connection, asked["type_id"])
    g.client_id = tool["client_id"]
    claims = _verified(tool, asked)
    items = [_checked_item(item, tool) for item in _content_items(claims, tool)]
    with store().writing() as connection:
        _use_once(connection, asked, claims)
        for item in items:
            _add_link(connection, asked, item)
        # Not the session: its cookie is absent here, and writing one would sign the person out.
        connection.execute(
            "UPDATE deep_linking_request SET notice = ? WHERE id = ?",
            (_notice(claims, [item["title"] for item in items]), asked["id"]),
        )
    return oidc.form_post(
        f"/courses/{asked['course_id']}",
        {"added": asked["id"]},
        "Back to the course",
        target="_top",
    )


def _verified(tool: sqlite3.Row, asked: sqlite3.Row) -> dict[str, Any]:
    config: Config = current_app.config["SANDBOX"]
    claims = verified_claims(
        request.form.get("JWT", ""),
        client_id=tool["client_id"],
        jwks_url=tool["jwks_url"],
        audience=config.issuer,
        also_required="nonce",
    )
    wanted = [
        (f"{LTI}deployment_id", tool["deployment_id"], "deep-linking-deployment"),
        (f"{LTI}message_type", "LtiDeepLinkingResponse", "deep-linking-message-type"),
        (f"{LTI}version", "1.3.0", "deep-linking-version"),
        (f"{DEEP_LINKING}data", asked["data"], "deep-linking-data"),
    ]
    for claim, value, rule in wanted:
        if claims.get(claim) != value:
            raise Refused(400, rule, f"The claim {claim} is not what it must be.")
    return claims


def _content_items(claims: dict[str, Any], tool: sqlite3.Row) -> list[Any]:
    items = claims.get(f"{DEEP_LINKING}content_items", [])
    if not isinstance(items, list):
        raise Refused(400, "deep-linking-items", "content_items must be a list.")
    if len(items) > 1 and not tool["accept_multiple"]:
        raise Refused(
            400, "deep-linking-multiple", "accept_multiple was false: one item at most may return."
        )
    return items


def _checked_item(item: Any, tool: sqlite3.Row) -> dict[str, Any]:
    """The item with every value checked and every default filled in."""
    if not isinstance(item, dict) or item.get("type") != "ltiResourceLink":
        raise Refused(400, "deep-linking-item-type", "Only items of type ltiResourceLink may come.")
    url = item.get("url", tool["launch_url"])
    if not isinstance(url, str) or _origin(url) != _origin(tool["launch_url"]):
        raise Refused(
            400, "deep-linking-item-url", "An item's url must lie at the tool's own address."
        )
    custom = item.get("custom", {})
    if not isinstance(custom, dict) or not all(isinstance(v, str) for v in custom.values()):
        raise Refused(
            400, "deep-linking-item-custom", "custom must be an object whose values are texts."
        )
    for name in ("title", "text"):
        if not isinstance(item.get(name, ""), str):
            raise Refused(400, "deep-linking-item-text", f"An item's {name} must be a text.")
    for name in ("iframe", "window", "available", "submission"):
        if not isinstance(item.get(name, {}), dict):
            raise Refused(400, "deep-linking-item-shape", f"An item's {name} must be an object.")
    for part, end in _DATES:
        _check_moment(item.get(part, {}).get(end))
    for name in ("icon", "thumbnail"):
        _check_picture(name, item.get(name))
    return {
        "title": item.get("title") or tool["name"],
        "text": item.get("text", ""),
        "url": url,
        "custom": custom,
        "dates": {
            variable: str(item[part][end])
            for (part, end), variable in _DATES.items()
            if item.get(part, {}).get(end)
        },
        "document_target": "window" if "window" in item and "iframe" not in item else "iframe",
        "line_item": _checked_line_item(item["lineItem"]) if "lineItem" in item else None,
    }


def _check_moment(value: Any) -> None:
    try:
        fits = value is None or datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise Refused(
            400, "deep-linking-item-dates", "Dates must be ISO 8601 times with a time zone."
        )


def _check_picture(name: str, picture: Any) -> None:
    if picture is None:
        return
    sizes = [picture.get(each, 1) for each in ("width", "height")] if _is_picture(picture) else [0]
    if not all(isinstance(each, int) and each > 0 for each in sizes):
        raise Refused(
            400,
            "deep-linking-item-picture",
            f"An item's {name} must have an absolute url, and sizes in pixels.",
        )


def _is_picture(picture: Any) -> bool:
    url = picture.get("url") if isinstance(picture, dict) else None
    return isinstance(url, str) and _origin(url)[0] in ("http", "https") and bool(_origin(url)[1])


def _checked_line_item(line_item: Any) -> dict[str, Any]:
    maximum = amount(line_item.get("scoreMaximum")) if isinstance(line_item, dict) else None
    if maximum is None or maximum <= 0:
        raise Refused(
            400, "deep-linking-line-item", "lineItem.scoreMaximum must be a number above 0."
        )
    for name in ("label", "resourceId", "tag"):
        value = line_item.get(name, "")
        if not isinstance(value, str) or len(value) > 255:
            raise Refused(
                400,
                "deep-linking-line-item",
                f"lineItem.{name} must be a text of at most 255 letters.",
            )
    return cast("dict[str, Any]", line_item)


def _use_once(connection: sqlite3.Connection, asked: sqlite3.Row, claims: dict[str, Any]) -> None:
    now = time.time()
    if not first_time(connection, "nonce", g.client_id, claims["nonce"], claims["exp"] + 60):
        raise Refused(400, "deep-linking-nonce-used", "This nonce has been used before.")
    used = connection.execute(
        "UPDATE deep_linking_request SET used = ? WHERE id = ? AND used IS NULL AND created > ?",
        (now, asked["id"], now - _REQUEST_SECONDS),
    )
    if used.rowcount != 1:
        raise Refused(
            400,
            "deep-linking-request-used",
            "This deep linking request was answered before, or is older than an hour.",
        )


def _add_link(connection: sqlite3.Connection, asked: sqlite3.Row, item: dict[str, Any]) -> None:
    link_id = add_link(connection, asked["course_id"], asked["type_id"], asked["section_id"], item)
    if item["line_item"] is not None:
        add_line_item(
            connection,
            asked["course_id"],
            asked["type_id"],
            link_id,
            {**item["line_item"], "label": item["line_item"].get("label") or item["title"]},
        )


def add_link(
    connection: sqlite3.Connection,
    course_id: str,
    type_id: int,
    section_id: int | None,
    item: dict[str, Any],
    link_id: str = "",
) -> str:
    """Put one checked item into a course; returns the new resource link's id."""
    link_id = link_id or secrets.token_hex(6)
    connection.execute(
        "INSERT INTO link (id, course_id, type_id, section_id, title, text, url, custom, dates,"
        " document_target, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            link_id,
            course_id,
            type_id,
            section_id,
            item["title"],
            item["text"],
            item["url"],
            json.dumps(item["custom"]),
            json.dumps(item["dates"]),
            item["document_target"],
            time.time(),
        ),
    )
    return link_id


def add_line_item(
    connection: sqlite3.Connection,
    course_id: str,
    type_id: int,
    link_id: str | None,
    line_item: dict[str, Any],
) -> int:
    """Add one gradebook column from a checked line item; returns its number."""
    cursor = connection.execute(
        "INSERT INTO line_item (course_id, type_id, link_id, label, score_maximum, resource_id,"
        " tag, start_date_time, end_date_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            course_id,
            type_id,
            link_id,
            line_item["label"],
            line_item["scoreMaximum"],
            line_item.get("resourceId"),
            line_item.get("tag"),
            line_item.get("startDateTime"),
            line_item.get("endDateTime"),
        ),
    )
    return cast(int, cursor.lastrowid)


def _notice(claims: dict[str, Any], titles: list[str]) -> str:
    added = f"Added to the course: {', '.join(titles)}." if titles else "Nothing was added."
    said = claims.get(f"{DEEP_LINKING}errormsg") or claims.get(f"{DEEP_LINKING}msg")
    return f"{added} The tool says: {said[:300]}" if isinstance(said, str) else added


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", url
    return parts.scheme, parts.netloc


@blueprint.errorhandler(Refused)
def refuse(refused: Refused) -> tuple[str, int]:
    reference = note(refused.rule, refused.reason)
    page = render_template(
        "refused_page.html", rule=refused.rule, reason=refused.reason, reference=reference
    )
    return page, 400 if refused.status == 401 else refused.status
