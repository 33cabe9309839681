"""The token endpoint, and the check of the access tokens it gave out.

Touches the access_token and seen_once tables. Serves the 1EdTech Security Framework 1.1,
section 4.1 (client credentials with a JWT assertion) and RFC 6749, section 5.2 (errors).
"""

import hashlib
import json
import secrets
import time

from flask import Blueprint, Response, current_app, g, jsonify, request

from sandbox_lms.config import Config
from sandbox_lms.judge import Refused, note
from sandbox_lms.store import first_time, one, store
from sandbox_lms.tool_jwt import unverified_issuer, verified_claims

LINE_ITEM = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
LINE_ITEM_READ = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
RESULT_READ = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MEMBERSHIP_READ = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
GROUPS_READ = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
AGS_SCOPES = [LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE]

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFE_SECONDS = 3600

blueprint = Blueprint("tokens", __name__)


@blueprint.post("/token")
def token() -> Response:
    if request.mimetype != "application/x-www-form-urlencoded":
        raise Refused(400, "token-media-type", "The token request must be form encoded.")
    if request.form.get("grant_type") != "client_credentials":
        raise Refused(
            400,
            "token-grant-type",
            "grant_type must be client_credentials.",
            "unsupported_grant_type",
        )
    if request.form.get("client_assertion_type") != _ASSERTION_TYPE:
        raise Refused(
            400, "token-assertion-type", f"client_assertion_type must be {_ASSERTION_TYPE}."
        )
    client_id = _authenticated_client(request.form.get("client_assertion", ""))
    known = [*AGS_SCOPES, MEMBERSHIP_READ, GROUPS_READ]
    scopes = [scope for scope in request.form.get("scope", "").split() if scope in known]
    if not scopes:
        raise Refused(400, "token-scope", "None of the scopes asked for is known.", "invalid_scope")
    answer = jsonify(
        access_token=_new_token(client_id, scopes),
        token_type="Bearer",  # noqa: S106 - the OAuth token type, not a secret
        expires_in=_LIFE_SECONDS,
        scope=" ".join(scopes),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _authenticated_client(assertion: str) -> str:
    issuer = unverified_issuer(assertion)
    with store().reading() as connection:
        tool = one(connection, "SELECT * FROM tool WHERE client_id = ?", issuer)
    if tool is None:
        raise Refused(401, "token-unknown-client", "No tool has this client_id.", "invalid_client")
    g.client_id = issuer
    config: Config = current_app.config["SANDBOX"]
    claims = verified_claims(
        assertion,
        client_id=issuer,
        jwks_url=tool["jwks_url"],
        audience=config.token_url,
        also_required="jti",
    )
    if claims.get("sub") != issuer:
        raise Refused(401, "token-sub", "sub must be the client_id, as iss.", "invalid_client")
    with store().writing() as connection:
        if not first_time(connection, "jti", issuer, claims["jti"], claims["exp"] + 60):
            raise Refused(401, "token-jti-used", "This jti has been used before.", "invalid_client")
    return issuer


def _new_token(client_id: str, scopes: list[str]) -> str:
    secret = secrets.token_urlsafe(32)
    now = time.time()
    with store().writing() as connection:
        connection.execute("DELETE FROM access_token WHERE expires < ?", (now,))
        connection.execute(
            "INSERT INTO access_token (digest, client_id, scopes, expires) VALUES (?, ?, ?, ?)",
            (_digest(secret), client_id, json.dumps(scopes), now + _LIFE_SECONDS),
        )
    return secret


def authorise(*enough: str) -> str:
    """The client_id whose access token came with this request.

    Any one of the scopes in `enough` suffices. Refused: 401 without a valid token, 403
    without the scope.
    """
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        raise Refused(401, "service-no-token", "The request has no Bearer token.", "invalid_token")
    with store().reading() as connection:
        row = one(
            connection,
            "SELECT * FROM access_token WHERE digest = ? AND expires > ?",
            _digest(secret),
            time.time(),
        )
    if row is None:
        raise Refused(
            401, "service-token-invalid", "The token is unknown or has expired.", "invalid_token"
        )
    g.client_id = row["client_id"]
    if not set(enough) & set(json.loads(row["scopes"])):
        raise Refused(
            403,
            "service-scope",
            f"The token lacks the scope for this: {' or '.join(enough)}.",
            "insufficient_scope",
        )
    return str(row["client_id"])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@blueprint.errorhandler(Refused)
def refuse(refused: Refused) -> tuple[Response, int]:
    reference = note(refused.rule, refused.reason)
    answer = jsonify(
        error=refused.error,
        error_description=f"{refused.reason} ({refused.rule}, {reference})",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer, refused.status
