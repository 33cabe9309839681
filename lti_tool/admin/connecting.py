"""Pages on which an LMS is connected: a one-time link, or the values of both sides by hand."""

from dataclasses import replace
from uuid import UUID

from flask import Response, render_template, request
from flask_babel import gettext

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.admin.gate import AdminRefused, actor, ask, go_to
from lti_tool.admin.overview import PlatformRow
from lti_tool.admin.platform_form import PlatformForm, from_registration, from_request, policy_of
from lti_tool.admin.platforms import found, policies
from lti_tool.asking import said
from lti_tool.registration import links
from lti_tool.registration.audited import register_by_hand
from lti_tool.registration.request import values_by_hand
from lti_tool.services import services
from rubrics.errors import Refused

_LONGEST_DAYS = 90


def link() -> str | tuple[str, int]:
    """Make a link that registers one LMS, and show it this once."""
    form = request.form if request.method == "POST" else None
    if form is None:
        return _link_page({})
    days = form.get("days", "").strip()
    if not (days.isascii() and days.isdigit() and 1 <= int(days) <= _LONGEST_DAYS):
        error = gettext("Write a number of days from 1 to %(most)s.", most=_LONGEST_DAYS)
        return _link_page({"days": error}), 400
    with services().db.writing(EVERY_TENANT) as session:
        token = links.make(
            session,
            actor=actor(),
            tenant_name=form.get("tenant", "").strip() or None,
            policy=policy_of(form.get("policy", "")),
            private="private" in form,
            days=int(days),
            at=clock.now(),
        )
    address = f"{services().settings.base_url}/lti/register/{token}"
    return render_template("admin/link_made.html", address=address, days=int(days))


def withdraw_link(digest: str) -> str | Response:
    """Ask, then let an open link register nothing any more."""
    row = next((each for each in ask(links.open_links, clock.now()) if each.digest == digest), None)
    if row is None:
        raise AdminRefused("admin.gone")
    if request.method != "POST":
        return render_template("admin/withdraw_link.html", link=row)
    with services().db.writing(EVERY_TENANT) as session:
        links.withdraw(session, digest, clock.now(), actor=actor())
    return go_to("platforms", done="withdrawn")


def connect() -> str | Response | tuple[str, int]:
    """Register an LMS by hand."""
    if request.method != "POST":
        return _form(PlatformForm(), None)
    return _kept(from_request(request.form), None)


def change(registration_id: UUID) -> str | Response | tuple[str, int]:
    """Change the registration of an LMS; its issuer and client id stay."""
    row = found(registration_id)
    if request.method != "POST":
        return _form(from_registration(row.info), row)
    form = from_request(request.form)
    return _kept(replace(form, issuer=row.info.issuer, client_id=row.info.client_id), row)


def _kept(form: PlatformForm, row: PlatformRow | None) -> Response | tuple[str, int]:
    values = form.values()
    if values is None:
        return _form(form, row), 400
    try:
        done = register_by_hand(services().db, actor=actor(), **values)
    except Refused as error:
        form.blame(error, said(error))
        return _form(form, row), 400
    return go_to("platform", registration_id=done.id, done="changed" if row else "registered")


def _form(form: PlatformForm, row: PlatformRow | None) -> str:
    return render_template(
        "admin/platform_form.html",
        form=form,
        errors=form.errors,
        row=row,
        policies=policies(),
        ours=values_by_hand(services().settings.base_url),
    )


def _link_page(errors: dict[str, str]) -> str:
    form = {"days": "7", "policy": "first", **request.form}
    return render_template("admin/link.html", form=form, errors=errors, policies=policies())
