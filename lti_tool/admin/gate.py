"""The one gate of every administrator's page: a live session, and a form's token where it changes.

Touches the request. Pages of an LMS have gates of their own (lti_tool/access/permissions.py): their
cookies open nothing here, and the administrator's cookie opens nothing there.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ClassVar, TypeVar

from flask import Response, g, make_response, redirect, request, url_for
from flask_babel import lazy_gettext

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.access import cookies, csrf
from lti_tool.access.refusals import AccessRefused, Explanation, PageRefused
from lti_tool.admin import audit, sessions
from lti_tool.admin.sessions import Present
from lti_tool.services import services

T = TypeVar("T")


class AdminRefused(PageRefused):
    """An administrator's page cannot be shown."""

    table: ClassVar[Mapping[str, Explanation]] = {
        "admin.form": Explanation(
            400,
            lazy_gettext("This form could not be accepted"),
            lazy_gettext("It did not come from a page that was opened for you. Nothing was saved."),
            lazy_gettext("Go back, reload the page and send it once more."),
        ),
        "admin.gone": Explanation(
            404,
            lazy_gettext("There is no such page"),
            lazy_gettext("The address is wrong, or what was here has gone."),
            lazy_gettext("Go back to the list and reload it."),
        ),
    }


def administrator_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view run for administrators who are logged in; send all others to the log-in page."""

    @wraps(view)
    def guarded(**values: Any) -> Any:
        secret = request.cookies.get(cookies.ADMINISTRATOR)
        with services().db.reading(EVERY_TENANT) as session:
            found = sessions.find(session, secret, clock.now(), awaits_code=False)
        if found is None:
            return _to_log_in()
        g.administrator, is_due = found
        check_form("administrator", g.administrator.session_digest)
        if is_due:
            with services().db.writing(EVERY_TENANT) as session:
                sessions.seen(session, g.administrator, clock.now())
        return view(**values)

    guarded.for_administrators = True  # type: ignore[attr-defined]
    return guarded


def administrator() -> Present:
    """Who is logged in. Raises AttributeError outside of a view behind the gate."""
    present: Present = g.administrator
    return present


def actor() -> str:
    """Who is logged in, as audit entries name them."""
    return audit.administrator(administrator().login)


def check_form(*bound_to: str) -> None:
    """Know this page's form token, and demand it of a form. Raises AdminRefused."""
    try:
        csrf.check(*bound_to)
    except AccessRefused as error:
        raise AdminRefused("admin.form") from error


def ask(query: Callable[..., T], *arguments: object) -> T:
    """The answer of a query, which gets a reading session of the whole installation first."""
    with services().db.reading(EVERY_TENANT) as session:
        return query(session, *arguments)


def go_to(endpoint: str, **values: Any) -> Response:
    """After something was done: see the page that shows it (303)."""
    return make_response(redirect(url_for(f"admin.{endpoint}", **values), 303))


def _to_log_in() -> Response:
    wanted = request.path if request.method == "GET" else None
    return go_to("log_in", next=wanted)
