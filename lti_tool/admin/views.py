"""The addresses of the administrator's pages. Every page of PAGES is behind the gate.

A new section: a module with its views, its rows below, its line in templates/admin/base.html.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from lti_tool.access.refusals import page
from lti_tool.admin import (
    approvals,
    connecting,
    credentials,
    door,
    forwarding,
    history,
    platforms,
    security,
    signing,
    statements,
)
from lti_tool.admin.gate import AdminRefused, administrator_required

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]
PLATFORM = "/platforms/<uuid:registration_id>"
WAITING = "/platforms/waiting/<uuid:waiting_id>"
TARGET = "/forwarding/<uuid:target_id>"

Rows = tuple[tuple[str, str, Callable[..., Any], list[str]], ...]

OPEN: Rows = (
    ("/log-in", "log_in", door.log_in, BOTH),
    ("/log-in/code", "code", door.code, BOTH),
)
PAGES: Rows = (
    ("/", "start", platforms.start, GET),
    ("/log-out", "log_out", door.log_out, POST),
    ("/security", "security", security.security, GET),
    ("/security/password", "password", security.password, POST),
    ("/security/codes", "codes_on", security.codes_on, BOTH),
    ("/security/codes/off", "codes_off", security.codes_off, BOTH),
    ("/platforms", "platforms", platforms.platforms, GET),
    ("/platforms/link", "link", connecting.link, BOTH),
    ("/platforms/link/<digest>/withdraw", "withdraw_link", connecting.withdraw_link, BOTH),
    ("/platforms/new", "connect", connecting.connect, BOTH),
    (PLATFORM, "platform", platforms.platform, GET),
    (f"{PLATFORM}/check", "check", platforms.check, POST),
    (f"{PLATFORM}/change", "change", connecting.change, BOTH),
    (f"{PLATFORM}/deployment", "approve_deployment", approvals.approve_deployment, BOTH),
    (f"{WAITING}/approve", "approve", approvals.approve, BOTH),
    (f"{WAITING}/refuse", "refuse", approvals.refuse, BOTH),
    ("/statements", "statements", statements.statements, GET),
    ("/statements/new", "statements_new", statements.statements_new, GET),
    ("/credentials", "credentials", credentials.credentials, GET),
    ("/credentials/new", "credential_new", credentials.credential_new, BOTH),
    ("/credentials/<key>/rotate", "credential_rotate", credentials.credential_rotate, BOTH),
    ("/credentials/<key>/revoke", "credential_revoke", credentials.credential_revoke, BOTH),
    ("/forwarding", "forwarding", forwarding.forwarding, GET),
    ("/forwarding/new", "forward_new", forwarding.forward_new, BOTH),
    (f"{TARGET}/pause", "forward_pause", forwarding.forward_pause, POST),
    (f"{TARGET}/resume", "forward_resume", forwarding.forward_resume, POST),
    (f"{TARGET}/retry", "forward_retry", forwarding.forward_retry, POST),
    (f"{TARGET}/restart", "forward_restart", forwarding.forward_restart, BOTH),
    (f"{TARGET}/remove", "forward_remove", forwarding.forward_remove, BOTH),
    ("/keys", "keys", signing.keys, GET),
    ("/keys/rotate", "rotate_keys", signing.rotate_keys, BOTH),
    ("/audit", "audit", history.audit, GET),
)

for rule, endpoint, view, methods in OPEN:
    blueprint.add_url_rule(rule, endpoint, view, methods=methods)
for rule, endpoint, view, methods in PAGES:
    blueprint.add_url_rule(rule, endpoint, administrator_required(view), methods=methods)
blueprint.register_error_handler(AdminRefused, page)
blueprint.add_app_template_filter(platforms.in_words)
