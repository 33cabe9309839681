"""How the web says no: a code, a page that explains, and a reference that the log has too.

Touches the log and the response. `AccessRefused` and its table serve the pages under /l/; a launch
has a table of its own (lti_tool/launch/codes.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode, urlsplit, urlunsplit

import structlog
from flask import Response, make_response, render_template
from flask_babel import lazy_gettext

from lti_tool import logs

_log = structlog.get_logger("twofold")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a person reads: the HTTP status, what happened, and the one next step."""

    status: int
    title: str
    happened: str
    next_step: str
    about_cookies: bool = False
    """Whether the page also says what to change in which browser."""


class PageRefused(Exception):
    """A page cannot be shown. `detail` is for the log and the page: never personal data."""

    table: ClassVar[Mapping[str, Explanation]] = {}

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail
        self.explanation = self.table[code]
        self.way_back: str | None = None
        """Where in the LMS the page leads, if that is known."""


_OPEN_AGAIN = lazy_gettext("Go back to your course and open the activity from there.")
_KEPT = lazy_gettext("Nothing that was saved is lost.")


class AccessRefused(PageRefused):
    """Somebody may not open a page under /l/ or use a window ticket."""

    table = {
        "access.handle.unknown": Explanation(
            404,
            lazy_gettext("This address leads nowhere"),
            lazy_gettext("It is not the address of a page that your course opened."),
            _OPEN_AGAIN,
        ),
        "access.handle.expired": Explanation(
            410,
            lazy_gettext("This page was open for too long"),
            _KEPT,
            _OPEN_AGAIN,
        ),
        "access.cookie.missing": Explanation(
            401,
            lazy_gettext("Your browser is not known here"),
            lazy_gettext(
                "Pages of your course open only in the browser that opened them from the course, "
                "and only if it keeps this site's cookie."
            ),
            _OPEN_AGAIN,
            about_cookies=True,
        ),
        "access.session.ended": Explanation(
            401,
            lazy_gettext("Your visit has ended"),
            _KEPT,
            _OPEN_AGAIN,
        ),
        "access.person.other": Explanation(
            403,
            lazy_gettext("Another person is using this browser"),
            lazy_gettext(
                "Since this page was opened, somebody else has come in from the course with the "
                "same browser, so it is closed."
            ),
            _OPEN_AGAIN,
        ),
        "access.role": Explanation(
            403,
            lazy_gettext("This page is not for you"),
            lazy_gettext("Your role in this course does not open it."),
            lazy_gettext("If you think it should, ask your instructor."),
        ),
        "access.purpose": Explanation(
            403,
            lazy_gettext("This page does not belong here"),
            lazy_gettext("It cannot be opened from the place in the course that you came from."),
            _OPEN_AGAIN,
        ),
        "access.form": Explanation(
            400,
            lazy_gettext("This form could not be accepted"),
            lazy_gettext("It did not come from a page that was opened for you. Nothing was saved."),
            lazy_gettext("Go back, reload the page and send it once more."),
        ),
        "access.window.used": Explanation(
            410,
            lazy_gettext("This link has been used or is too old"),
            lazy_gettext("A link to a new window works once, within a minute."),
            lazy_gettext("Go back to the page in your course and ask for a new window again."),
        ),
        "access.method": Explanation(
            405,
            lazy_gettext("This address cannot be used like that"),
            lazy_gettext("Nothing was changed."),
            _OPEN_AGAIN,
        ),
    }


def page(refused: PageRefused, **logged: str) -> Response:
    """The page of a refusal; `logged` goes to its log line beside code and reference."""
    reference = logs.reference()
    _log.warning("refused", code=refused.code, reference=reference, detail=refused.detail, **logged)
    way_back = refused.way_back and _with_error(refused.way_back, refused)
    body = render_template(
        "launch/error.html", refused=refused, reference=reference, way_back=way_back
    )
    return make_response(body, refused.explanation.status)


def _with_error(address: str, refused: PageRefused) -> str:
    """The address with what a person and a log are told there (LTI 1.3 core, return_url)."""
    parts = urlsplit(address)
    said = urlencode({"lti_errormsg": refused.explanation.title, "lti_errorlog": refused.code})
    return urlunsplit(parts._replace(query=f"{parts.query}&{said}" if parts.query else said))
