"""The page of statements: a store's newest, by filter, with those that come in while one looks."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, make_response, render_template, request
from flask_babel import gettext

from foundation.db import EVERY_TENANT
from lti_tool.admin import statements_feed as feed
from lti_tool.admin.gate import AdminRefused, ask
from lti_tool.admin.stores import stores
from lti_tool.display import language
from lti_tool.services import services
from xapi.store.query import Filters

FIELDS = ("verb", "home", "account", "activity", "related", "since", "until")


def statements() -> str | tuple[str, int]:
    """Choose a store; then its statements, `before` a cursor or the newest."""
    tenant = _tenant()
    if tenant is None:
        return _page({}, None)
    try:
        wanted = feed.filters(request.args)
    except feed.Unreadable as error:
        return _page({error.field: _said(error.field)}, None), 400
    _write_down(tenant)
    cursor = _number("before")
    return _page({}, ask(feed.latest, tenant, wanted, cursor, language()), paged=bool(cursor))


def statements_new() -> Response:
    """The rows of what was stored `after` a moment; the header says where to go on."""
    tenant, after = _tenant(), _number("after")
    wanted = _wanted()
    if tenant is None or after is None or wanted is None:
        raise AdminRefused("admin.gone")
    _write_down(tenant)
    part = ask(feed.new, tenant, wanted, after, language())
    response = make_response(render_template("admin/statement_rows.html", part=part))
    response.headers["X-Listen-From"] = str(part.listen)
    return response


def _page(errors: Mapping[str, str], part: feed.Part | None, *, paged: bool = False) -> str:
    asked: dict[str, Any] = {name: request.args.get(name, "")[:2000] for name in FIELDS}
    asked["tenant"] = request.args.get("tenant", "")
    given = {name: text for name, text in asked.items() if text}
    return render_template(
        "admin/statements.html",
        stores=ask(stores),
        asked=asked,
        given=given,
        errors=errors,
        part=part,
        paged=paged,
        narrowed=any(asked[name] for name in FIELDS),
    )


def _tenant() -> UUID | None:
    """The store that the address names; None where it names none. Raises AdminRefused."""
    text = request.args.get("tenant", "")
    if not text:
        return None
    found = next((key for key in ask(stores) if str(key) == text), None)
    if found is None:
        raise AdminRefused("admin.gone")
    return found


def _wanted() -> Filters | None:
    try:
        return feed.filters(request.args)
    except feed.Unreadable:
        return None


def _write_down(tenant: UUID) -> None:
    if request.method == "GET" and not ask(feed.is_noted, tenant):
        with services().db.writing(EVERY_TENANT) as session:
            feed.note(session, tenant, is_tenant=tenant.int != 0)


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _said(field: str) -> str:
    if field in ("since", "until"):
        return gettext("Write a time such as 2026-11-23T10:00.")
    if field == "account":
        return gettext("An account has a home page and a name: write the name, too.")
    if field == "home":
        return gettext("An account has a home page, such as https://lms.example.org, and a name.")
    return gettext("Write the whole address, such as https://example.org/activity.")
