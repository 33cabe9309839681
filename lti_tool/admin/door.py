"""The pages of logging in and out.

The log-in form is bound to its browser by a cookie of its own, so that no other site can log a
browser in; logging in always begins a new session with a new cookie.
"""

import math
import re

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext, ngettext

from foundation import clock
from foundation.db import EVERY_TENANT
from foundation.secrets import digest, new_token
from lti_tool.access import cookies
from lti_tool.admin import log_in as logging_in
from lti_tool.admin import sessions
from lti_tool.admin.gate import check_form, go_to
from lti_tool.admin.limits import TooManyAttempts
from lti_tool.services import services

_A_PAGE = re.compile(r"/admin(/[A-Za-z0-9_-]+)*/?")


def log_in() -> Response:
    """Ask for name and password, and let the administrator in."""
    if _present(awaits_code=False) is not None:
        return _on()
    secret = request.cookies.get(cookies.ADMINISTRATOR_FORM) or new_token()
    check_form("log in", digest(secret))
    if request.method != "POST":
        response = _page("admin/log_in.html")
        lasts = int(sessions.LONGEST.total_seconds())
        cookies.put_strict(response, cookies.ADMINISTRATOR_FORM, secret, lasts)
        return response
    login = request.form.get("login", "")
    try:
        begun = logging_in.with_password(
            services(), login, request.form.get("password", ""), request.remote_addr or ""
        )
    except TooManyAttempts as error:
        return _page("admin/log_in.html", 429, login=login, trouble=_wait(error))
    if begun is None:
        trouble = gettext("Name and password do not belong together.")
        return _page("admin/log_in.html", 403, login=login, trouble=trouble)
    return _let_in(begun)


def code() -> Response:
    """Ask for the one-time code that follows the password."""
    half = _present(awaits_code=True)
    if half is None:
        return go_to("log_in", next=_wanted() or None)
    check_form("code", half.session_digest)
    if request.method != "POST":
        return _page("admin/code.html")
    secret = request.cookies[cookies.ADMINISTRATOR]
    typed = request.form.get("code", "")
    try:
        begun = logging_in.with_code(services(), half, secret, typed, request.remote_addr or "")
    except TooManyAttempts as error:
        return _page("admin/code.html", 429, trouble=_wait(error))
    if begun is None:
        trouble = gettext("This is not the code that the app shows now, or it was used already.")
        return _page("admin/code.html", 403, trouble=trouble)
    return _let_in(begun)


def log_out() -> Response:
    """End the session, here and in the database."""
    with services().db.writing(EVERY_TENANT) as session:
        sessions.end(session, request.cookies[cookies.ADMINISTRATOR])
    response = go_to("log_in")
    cookies.drop_strict(response, cookies.ADMINISTRATOR)
    return response


def _present(*, awaits_code: bool) -> sessions.Present | None:
    secret = request.cookies.get(cookies.ADMINISTRATOR)
    with services().db.reading(EVERY_TENANT) as session:
        found = sessions.find(session, secret, clock.now(), awaits_code=awaits_code)
    return found[0] if found else None


def _let_in(begun: logging_in.Begun) -> Response:
    response = go_to("code", next=_wanted() or None) if begun.awaits_code else _on()
    lasts = int((sessions.FOR_A_CODE if begun.awaits_code else sessions.LONGEST).total_seconds())
    cookies.put_strict(response, cookies.ADMINISTRATOR, begun.secret, lasts)
    return response


def _on() -> Response:
    wanted = _wanted()
    return Response(status=303, headers={"Location": wanted}) if wanted else go_to("platforms")


def _wanted() -> str:
    """The page of ours that somebody wanted before they were asked to log in."""
    wanted = request.values.get("next", "")
    inside = _A_PAGE.fullmatch(wanted) and not wanted.startswith(url_for("admin.log_in"))
    return wanted if inside else ""


def _wait(error: TooManyAttempts) -> str:
    minutes = max(math.ceil(error.wait.total_seconds() / 60), 1)
    return ngettext(
        "Too many tries. Try again in a minute.",
        "Too many tries. Try again in %(num)s minutes.",
        minutes,
    )


def _page(template: str, status: int = 200, login: str = "", trouble: str = "") -> Response:
    body = render_template(template, login=login, trouble=trouble, next=_wanted())
    return make_response(body, status)
