"""The page of the audit log: who did what, the newest first, a page at a time."""

from flask import render_template, request
from flask_babel import lazy_gettext

from lti_tool.admin import audit as log
from lti_tool.admin.gate import ask
from rubrics.queries.tenants import tenants

PAGE = 50
WORDS = {
    "admin.created": lazy_gettext("Administrator made"),
    "admin.disabled": lazy_gettext("Administrator disabled"),
    "admin.enabled": lazy_gettext("Administrator enabled again"),
    "admin.login": lazy_gettext("Logged in"),
    "admin.login.failed": lazy_gettext("Log-in failed"),
    "admin.password.changed": lazy_gettext("Password changed"),
    "admin.totp.on": lazy_gettext("One-time codes switched on"),
    "admin.totp.off": lazy_gettext("One-time codes switched off"),
    "credential.added": lazy_gettext("Credential made"),
    "credential.revoked": lazy_gettext("Credential revoked"),
    "credential.rotated": lazy_gettext("New secret made for a credential"),
    "deployment.approved": lazy_gettext("Deployment approved"),
    "forward.added": lazy_gettext("Forwarding begun"),
    "forward.paused": lazy_gettext("Forwarding paused"),
    "forward.removed": lazy_gettext("Forwarding ended"),
    "forward.restarted": lazy_gettext("Forwarding begun again"),
    "forward.resumed": lazy_gettext("Forwarding goes on"),
    "forward.retried": lazy_gettext("Forwarding tried again"),
    "key.rotated": lazy_gettext("Signing key made"),
    "platform.approved": lazy_gettext("Registration approved"),
    "platform.asked": lazy_gettext("Registration asked for, without a link"),
    "platform.changed": lazy_gettext("Registration changed"),
    "platform.link.made": lazy_gettext("Registration link made"),
    "platform.link.withdrawn": lazy_gettext("Registration link withdrawn"),
    "platform.refused": lazy_gettext("Registration refused"),
    "platform.registered": lazy_gettext("LMS registered"),
    "statements.seen": lazy_gettext("Statements opened"),
}
"""What the codes mean; one that is not listed here is shown as it is."""


def audit() -> str:
    """Some entries; `before` and `after` are ids of entries, `action` a code."""
    action = request.args.get("action", "")[:64]
    before, after = _number("before"), _number("after")
    # One more than is shown, to know whether there is a further page.
    found = ask(
        lambda session: log.entries(
            session, before=before, after=after, limit=PAGE + 1, action=action or None
        )
    )
    is_more = len(found) > PAGE
    upwards = after is not None
    shown = found[1:] if upwards and is_more else found[:PAGE]
    return render_template(
        "admin/audit.html",
        entries=shown,
        action=action,
        actions=ask(log.actions),
        words=WORDS,
        tenants=ask(tenants),
        older=shown[-1].id if shown and (is_more or upwards) else None,
        newer=shown[0].id if shown and (is_more if upwards else before is not None) else None,
    )


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
