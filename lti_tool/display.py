"""How values become words on a page: filters, closed lists in the reader's language, the locale.

Touches the request only through Flask-Babel. Whatever a person wrote is escaped here; the only
markup that is made of it are paragraphs, line breaks and links.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, has_request_context, request
from flask_babel import (
    format_datetime,
    format_decimal,
    get_locale,
    get_translations,
    gettext,
    lazy_gettext,
)
from markupsafe import Markup, escape

from lti_tool.access import way_back
from lti_tool.access.here import here_or_none
from rubrics.queries.shapes import RubricView
from rubrics.words import CourseRole, Kind, Method

LANGUAGES = ("en", "de")
"""The languages that the pages speak; the first is what everybody else gets."""

_ADDRESS = re.compile(r"https?://[^\s<>\"']+")
_TRAILING = ".,;:!?)]}"
_MANIFEST = Path(__file__).parent / "static" / "vendor" / "MANIFEST.json"

ROLES = {
    CourseRole.NONE: lazy_gettext("guest"),
    CourseRole.MENTOR: lazy_gettext("mentor"),
    CourseRole.LEARNER: lazy_gettext("learner"),
    CourseRole.ASSISTANT: lazy_gettext("teaching assistant"),
    CourseRole.INSTRUCTOR: lazy_gettext("instructor"),
}
METHODS = {
    Method.MICROLEARNING: lazy_gettext("microlearning"),
    Method.SCENARIO: lazy_gettext("scenario"),
    Method.ROLE_PLAY: lazy_gettext("role-play"),
    Method.MENTORING: lazy_gettext("mentoring"),
    Method.PROJECT: lazy_gettext("project"),
    Method.PRESENTATION: lazy_gettext("presentation"),
    Method.QUIZ: lazy_gettext("quiz"),
    Method.WORKPLACE: lazy_gettext("workplace"),
    Method.OTHER: lazy_gettext("other"),
}
KINDS = {Kind.HARD: lazy_gettext("hard"), Kind.SOFT: lazy_gettext("soft")}


def closest_language(tags: Iterable[str]) -> str:
    """The first of our languages that one of these BCP 47 tags asks for."""
    for tag in tags:
        language = re.split("[-_]", tag.strip())[0].lower()
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def language() -> str:
    """The BCP 47 tag of the page, for `<html lang>`."""
    return str(get_locale() or LANGUAGES[0]).replace("_", "-")


def paragraphs(text: str) -> Markup:
    """Plain text as paragraphs with its line breaks and its web addresses as links."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return Markup("\n").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(linked(line) for line in block.split("\n")))
        for block in blocks
        if block.strip()
    )


def linked(line: str) -> Markup:
    """Escaped text in which http(s) addresses are links that tell the target nothing about us."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(line):
        address = found.group().rstrip(_TRAILING)
        parts += [escape(line[end : found.start()]), outside(address)]
        end = found.start() + len(address)
    return Markup("").join([*parts, escape(line[end:])])


def outside(address: str, label: str = "") -> Markup:
    """A link to another site, in a new tab; anything but http(s) stays text."""
    if not _ADDRESS.fullmatch(address):
        return escape(label or address)
    return Markup(
        '<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}'
        '<span class="visually-hidden"> ({})</span></a>'
    ).format(address, label or address, gettext("opens in a new tab"))


def moment(at: datetime | None) -> Markup:
    """A moment as `<time>`: in UTC as it leaves us, in the reader's own zone once scripts run."""
    if at is None:
        return Markup("")
    utc = at.astimezone(UTC)
    return Markup('<time datetime="{}">{} UTC</time>').format(
        utc.isoformat(timespec="seconds").replace("+00:00", "Z"),
        format_datetime(utc, "d MMM y, HH:mm", rebase=False),
    )


def points(value: Decimal | None) -> str:
    """A number of points in the reader's notation, with at most two decimals."""
    return "" if value is None else format_decimal(value, "0.##")


def file_size(size: int | None) -> str:
    """Bytes in the unit that reads best."""
    amount = Decimal(size or 0)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{format_decimal(amount, '0.#' if amount < 10 else '0')} {unit}"
        amount /= 1000
    return f"{format_decimal(amount, '0.#')} GB"


def shade(position: int, count: int) -> str:
    """The class that tints level `position` of `count`: four shades, the last for the top."""
    return f"shade-{1 + round((position - 1) * 3 / max(count - 1, 1))}"


@cache
def integrity(file: str) -> str:
    """The Subresource Integrity value of a vendored file. Raises KeyError if there is none."""
    manifest = json.loads(_MANIFEST.read_text(encoding="utf-8"))
    return {entry["file"]: str(entry["integrity"]) for entry in manifest}[file]


def current_locale() -> str:
    """The language that the LMS says the reader has, else the browser's."""
    present = here_or_none()
    if present is not None and present.locale:
        return closest_language([present.locale])
    return closest_language(tag for tag, _ in request.accept_languages)


def rubric_cards(rubric: RubricView) -> Markup:
    """A rubric to be read (macros/rubric.html), in the reader's language."""
    return _cards(rubric, language())


@lru_cache(maxsize=500)
def _cards(rubric: RubricView, _language: str) -> Markup:
    """The same rubric in the same language is the same text: most learners read the same one."""
    macros: Any = current_app.jinja_env.get_template("macros/rubric.html").module
    return Markup(macros.cards(rubric))  # noqa: S704 - a macro's output, escaped there


def _messages() -> Any:
    """The reader's translations, looked up once a request: a page asks dozens of times."""
    if not has_request_context():
        return get_translations()
    if "messages" not in g:
        g.messages = get_translations()
    return g.messages


def init_app(app: Flask) -> None:
    """Give the templates their filters and closed lists, and gettext; after Babel."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _messages().ugettext(text),
        ngettext=lambda one, many, count: _messages().ungettext(one, many, count),
        newstyle=True,
    )
    filters = (paragraphs, linked, outside, moment, points, file_size, shade)
    app.jinja_env.filters.update({function.__name__: function for function in filters})
    app.jinja_env.globals.update(
        integrity=integrity,
        language=language,
        rubric_cards=rubric_cards,
        roles=ROLES,
        methods=METHODS,
        kinds=KINDS,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(
        lambda: {"present": here_or_none(), "way_back_of_window": way_back.of_window}
    )
