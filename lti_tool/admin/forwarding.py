"""Pages of forwarding: the other record stores that receive statements, and how far they are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT
from foundation.http import HttpFailed, HttpRefused
from lti_tool.admin import audit
from lti_tool.admin.gate import AdminRefused, actor, ask, go_to
from lti_tool.services import services
from rubrics.queries.tenants import tenants
from xapi.statements.errors import VERSIONS
from xapi.transfer import forwarder, targets
from xapi.transfer.remote import NoVersion
from xapi.transfer.targets import BadTarget, Draft, Refused, TargetState


@dataclass(frozen=True, slots=True)
class Row:
    """A target, whose it is, and the latest statements that it would not take."""

    tenant: UUID
    tenant_name: str
    state: TargetState
    refused: list[Refused]


def forwarding() -> str:
    """Every target with its lag, and what troubles it."""
    notices = {
        "added": gettext("Added: the worker begins to send at once."),
        "paused": gettext("Paused. It misses nothing: what comes meanwhile is sent later."),
        "resumed": gettext("It goes on at once."),
        "restarted": gettext("It goes on from the beginning, and is sent everything again."),
        "retried": gettext("It goes on at once, and what was refused is sent again."),
        "removed": gettext("Removed. What it has received stays there."),
    }
    return render_template(
        "admin/forwarding.html",
        rows=ask(_rows),
        most=targets.MOST_COUNTED,
        notice=notices.get(request.args.get("done", ""), ""),
    )


def forward_new() -> str | Response | tuple[str, int]:
    """Add a target; without a version its /about is asked."""
    if request.method != "POST":
        return _form({})
    owner = next((key for key in ask(tenants) if str(key) == request.form.get("tenant")), None)
    if owner is None:
        return _form({"tenant": gettext("Choose whose statements it receives.")}), 400
    try:
        wanted = _draft()
        with services().db.writing(EVERY_TENANT) as session:
            targets.add(session, owner, wanted, from_now="from_now" in request.form)
            _note(session, "added", wanted.name, owner, endpoint=wanted.endpoint,
                  version=wanted.version, verbs=list(wanted.verbs),
                  activities=list(wanted.activities))  # fmt: skip
    except (BadTarget, NoVersion, HttpFailed, HttpRefused) as error:
        return _form(_said(error)), 400
    return go_to("forwarding", done="added")


def forward_pause(target_id: UUID) -> Response:
    """Send a target nothing until it is resumed."""
    return _changed(target_id, "paused", targets.pause)


def forward_resume(target_id: UUID) -> Response:
    """Go on where a target stands."""
    return _changed(target_id, "resumed", targets.resume)


def forward_retry(target_id: UUID) -> Response:
    """Go on, and send again what a target refused."""
    return _changed(target_id, "retried", targets.retry)


def forward_restart(target_id: UUID) -> str | Response:
    """Ask, then send a target everything again: it lost data, or this database was restored."""
    if request.method != "POST":
        return render_template("admin/forward_restart.html", row=_found(target_id))
    return _changed(target_id, "restarted", partial(targets.resume, from_start=True))


def forward_remove(target_id: UUID) -> str | Response:
    """Ask, then forget a target."""
    if request.method != "POST":
        return render_template("admin/forward_remove.html", row=_found(target_id))
    return _changed(target_id, "removed", targets.remove)


def _changed(target_id: UUID, done: str, change: Callable[[Session, UUID, str], Any]) -> Response:
    row = _found(target_id)
    with services().db.writing(EVERY_TENANT) as session:
        try:
            change(session, row.tenant, row.state.name)
        except BadTarget as error:
            raise AdminRefused("admin.gone") from error
        _note(session, done, row.state.name, row.tenant)
    return go_to("forwarding", done=done)


def _rows(session: Session) -> list[Row]:
    return [
        Row(tenant, name, state, targets.refusals(session, tenant, state.name, 5))
        for tenant, name in tenants(session).items()
        for state in targets.describe(session, tenant)
    ]


def _found(target_id: UUID) -> Row:
    row = next((each for each in ask(_rows) if each.state.id == target_id), None)
    if row is None:
        raise AdminRefused("admin.gone")
    return row


def _draft() -> Draft:
    form = request.form
    lrs = targets.remote(
        form.get("endpoint", ""), form.get("key", "").strip(), form.get("secret", ""),
        private="private" in form,
    )  # fmt: skip
    settings = services().settings
    version = form.get("version", "") or lrs.spoken(forwarder.client(settings.ca_bundle))
    lines = {name: form.get(name, "").split() for name in ("verbs", "activities")}
    return targets.draft(
        services().seal, form.get("name", ""), lrs, version, lines["verbs"], lines["activities"]
    )


def _said(error: Exception) -> dict[str, str]:
    """The field that is wrong, and what to do about it."""
    if isinstance(error, NoVersion):
        text = gettext("Its /about does not say which version it speaks: choose one.")
        return {"version": f"{text} (target.version)"}
    code = getattr(error, "code", "")
    known = {
        "target.name": (
            "name",
            gettext("Write a name of at most 100 characters that no other target has."),
        ),
        "target.credential": (
            "key",
            gettext("Write the key, which has no colon, and the secret that the target gave you."),
        ),
        "target.filter": (
            "verbs",
            gettext("Each line is a whole address, such as https://example.org/verb."),
        ),
        "target.endpoint": (
            "endpoint",
            gettext("Write the address to which /statements is added, without ? or #."),
        ),
    }
    field, text = known.get(code, ("endpoint", ""))
    if not text and isinstance(error, HttpFailed):
        text = gettext("It did not answer. Look at the address, or choose its version below.")
    elif not text:
        text = gettext(
            "This address cannot be used. It is https with a public address, unless you allow"
            " your own network below."
        )
    return {field: f"{text} ({code})"}


def _form(errors: dict[str, str]) -> str:
    names = ("name", "tenant", "endpoint", "key", "version", "verbs", "activities")
    form = {name: request.form.get(name, "") for name in names}
    checked = {name: name in request.form for name in ("from_now", "private")}
    return render_template(
        "admin/forward_form.html",
        form={**form, **checked},
        errors=errors,
        tenants=ask(tenants),
        versions=VERSIONS,
    )


def _note(session: Session, done: str, name: str, owner: UUID, **detail: object) -> None:
    audit.note(
        session,
        actor=actor(),
        action=f"forward.{done}",
        subject=name,
        tenant_id=owner,
        detail=detail,
    )
