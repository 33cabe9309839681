"""Third-party initiated log-in: the start of a launch, the authorisation endpoint, the key set.

Touches the launch table and the browser's session. Serves the 1EdTech Security Framework
1.1, section 5.1.1 (OpenID Connect launch flow), and LTI Core 1.3, section 4.
"""

import secrets
import sqlite3
import time
from typing import Any, cast

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request

from sandbox_lms import messages, platform_storage
from sandbox_lms.config import Config
from sandbox_lms.judge import Refused, note
from sandbox_lms.keys import PlatformKey
from sandbox_lms.people import enrolment, person_id, sign_in_first
from sandbox_lms.store import deployed_tool, one, store

_ID_TOKEN_SECONDS = 60
_HINT_SECONDS = 600

blueprint = Blueprint("oidc", __name__)


def _config() -> Config:
    return cast(Config, current_app.config["SANDBOX"])


@blueprint.get("/jwks")
def jwks() -> Response:
    key = cast(PlatformKey, current_app.extensions["sandbox_key"])
    answer = jsonify(keys=key.public_jwks)
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@blueprint.get("/launch/<link_id>")
@sign_in_first
def launch(link_id: str) -> str:
    """The page that starts the launch of a link, in the frame or window that asked for it."""
    with store().reading() as connection:
        link = one(connection, "SELECT * FROM link WHERE id = ?", link_id)
        if link is None or enrolment(connection, link["course_id"]) is None:
            abort(404)
    return start(link["type_id"], link["course_id"], link["url"], link_id=link_id)


def start(
    type_id: int,
    course_id: str,
    target_link_uri: str,
    link_id: str | None = None,
    section_id: int | None = None,
) -> str:
    """Remember a launch of the person who is signed in, and return the form that starts it."""
    login_hint, message_hint = secrets.token_urlsafe(12), secrets.token_urlsafe(18)
    now = time.time()
    with store().writing() as connection:
        connection.execute("DELETE FROM launch WHERE created < ?", (now - 24 * 3600,))
        connection.execute(
            "INSERT INTO launch (message_hint, login_hint, person_id, type_id, course_id,"
            " link_id, section_id, target_link_uri, created)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                message_hint,
                login_hint,
                person_id(),
                type_id,
                course_id,
                link_id,
                section_id,
                target_link_uri,
                now,
            ),
        )
        tool = deployed_tool(connection, type_id)
    return form_post(
        tool["login_url"],
        {
            "iss": _config().issuer,
            "target_link_uri": target_link_uri,
            "login_hint": login_hint,
            "lti_message_hint": message_hint,
            "client_id": tool["client_id"],
            "lti_deployment_id": tool["deployment_id"],
            **platform_storage.target(),
        },
        f"Opening {tool['name']}",
    )


def form_post(action: str, fields: dict[str, str], title: str, target: str = "") -> str:
    """A page with one form that submits itself, and a button for where scripts do not run."""
    return render_template(
        "form_post.html",
        action=action,
        fields=fields,
        title=title,
        target=target,
        method="get" if target else "post",
    )


@blueprint.route("/auth", methods=["GET", "POST"])
def auth() -> str | tuple[str, int]:
    """The authorisation endpoint: checks everything, then form-posts an id_token."""
    asked = request.values
    repeated = [name for name in asked if len(asked.getlist(name)) > 1]
    with store().reading() as connection:
        tool = one(
            connection,
            "SELECT tool.* FROM tool JOIN redirect_uri USING (client_id)"
            " WHERE client_id = ? AND uri = ?",
            asked.get("client_id", ""),
            asked.get("redirect_uri", ""),
        )
    if tool is None or repeated:
        return _error_page(repeated)
    state = asked.get("state", "")
    if not person_id() and "repost" not in asked:
        # The cookie is SameSite=Lax: where the tool's page sent the browser here, only a
        # request that this site makes itself carries it. Moodle does the same.
        return form_post("/auth", {**asked.to_dict(), "repost": "true"}, "Checking who you are")
    try:
        token = _id_token(tool)
    except Refused as refused:
        reference = note(refused.rule, refused.reason)
        fields = {
            "error": refused.error,
            "error_description": f"{refused.reason} ({refused.rule}, {reference})",
        }
        if state:
            fields["state"] = state
        return form_post(asked["redirect_uri"], fields, f"Returning to {tool['name']}")
    return form_post(
        asked["redirect_uri"],
        {"id_token": token, "state": state, **platform_storage.target()},
        f"Opening {tool['name']}",
    )


def _error_page(repeated: list[str]) -> tuple[str, int]:
    """No registered address to send the error to, so the person reads it here."""
    with store().reading() as connection:
        client = one(
            connection,
            "SELECT * FROM tool WHERE client_id = ?",
            request.values.get("client_id", ""),
        )
    if repeated:
        rule, reason = "auth-repeated", f"These parameters came twice: {', '.join(repeated)}."
    elif client is None:
        rule, reason = "auth-unknown-client", "No tool is registered under this client_id."
    else:
        rule = "auth-redirect-uri"
        reason = (
            f"The redirect_uri {request.values.get('redirect_uri', '')!r} is not exactly one of"
            f" those registered for {client['name']}."
        )
    reference = note(rule, reason)
    return render_template("refused_page.html", rule=rule, reason=reason, reference=reference), 400


def _id_token(tool: sqlite3.Row) -> str:
    asked = request.values
    _check_parameters()
    now = time.time()
    with store().writing() as connection:
        launch_row = one(
            connection,
            "SELECT launch.* FROM launch JOIN deployment USING (type_id)"
            " WHERE message_hint = ? AND client_id = ?",
            asked.get("lti_message_hint", ""),
            tool["client_id"],
        )
        if launch_row is None or launch_row["created"] < now - _HINT_SECONDS:
            raise Refused(
                400,
                "auth-message-hint",
                "lti_message_hint is unknown or older than ten minutes.",
                "launch_no_longer_valid",
            )
        if launch_row["used"] is not None:
            raise Refused(
                400,
                "auth-message-hint-used",
                "lti_message_hint has been used: open the activity again.",
                "launch_no_longer_valid",
            )
        _check_person(launch_row)
        connection.execute(
            "UPDATE launch SET used = ? WHERE message_hint = ?",
            (now, launch_row["message_hint"]),
        )
        claims = _message(connection, launch_row)
    claims |= {"nonce": asked["nonce"], "iat": int(now), "exp": int(now) + _ID_TOKEN_SECONDS}
    return cast(PlatformKey, current_app.extensions["sandbox_key"]).sign(claims)


def _check_parameters() -> None:
    asked = request.values
    fixed = [
        ("response_type", "id_token", "unsupported_response_type"),
        ("response_mode", "form_post", "invalid_request"),
        ("scope", "openid", "invalid_scope"),
        ("prompt", "none", "invalid_request"),
    ]
    for name, wanted, error in fixed:
        if asked.get(name) != wanted:
            rule = "auth-" + name.replace("_", "-")
            raise Refused(400, rule, f"{name} must be {wanted}.", error)
    if not asked.get("nonce") or not asked.get("state"):
        raise Refused(400, "auth-nonce-state", "nonce and state must both be present.")


def _check_person(launch_row: sqlite3.Row) -> None:
    if not person_id():
        raise Refused(400, "auth-session", "Nobody is signed in to the LMS.", "login_required")
    if request.values.get("login_hint") != launch_row["login_hint"]:
        raise Refused(400, "auth-login-hint", "login_hint is not the one that was sent.")
    if launch_row["person_id"] != person_id():
        raise Refused(
            400,
            "auth-other-person",
            "The launch was started by another person than the one signed in now.",
            "login_required",
        )


def _message(connection: sqlite3.Connection, launch_row: sqlite3.Row) -> dict[str, Any]:
    config = _config()
    if launch_row["link_id"] is not None:
        link = one(connection, "SELECT * FROM link WHERE id = ?", launch_row["link_id"])
        if link is None:
            raise LookupError("the launch names a link that is gone")
        return messages.resource_link(config, connection, launch_row, link)
    request_id, data = secrets.token_urlsafe(18), secrets.token_urlsafe(12)
    connection.execute(
        "INSERT INTO deep_linking_request (id, data, person_id, type_id, course_id, section_id,"
        " created) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            request_id,
            data,
            launch_row["person_id"],
            launch_row["type_id"],
            launch_row["course_id"],
            launch_row["section_id"],
            time.time(),
        ),
    )
    return_url = (
        f"{config.base_url}/deep_linking/return"
        f"?course={launch_row['course_id']}&request={request_id}"
    )
    return messages.deep_linking(config, connection, launch_row, data, return_url)
