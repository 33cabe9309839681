"""The query string, read strictly: unknown, repeated or malformed is 400.

xAPI 1.0.3 Communication 2.1.3, IEEE 9274.1.1 4.1.6.1. Touches nothing but its arguments.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

from werkzeug.datastructures import MultiDict

from xapi.resources.faults import Refused, parameter
from xapi.statements import parse, references, times, validate
from xapi.statements.errors import Invalid
from xapi.store.query import Filters

_LISTING = frozenset({
    "agent", "verb", "activity", "registration", "related_activities", "related_agents", "since",
    "until", "limit", "ascending", "cursor",
})  # fmt: skip
_SINGLE = frozenset({"statementId", "voidedStatementId"})
_SHAPE = frozenset({"format", "attachments"})
_FORMATS = ("ids", "exact", "canonical")
BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_BEYOND_ASCII = re.compile(rb"%[89A-Fa-f]|[\x80-\xff]")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)

Arguments = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a GET of /statements asks for: one statement, or a page of a list."""

    statement_id: UUID | None
    voided: bool
    filters: Filters
    cursor: int | None
    limit: int
    format: str
    attachments: bool


def wanted(arguments: Arguments, own: str | None) -> Wanted:
    """Read a GET's parameters; `own` narrows it to one authority. Raises Refused."""
    only(arguments, _LISTING | _SINGLE | _SHAPE)
    single = [name for name in sorted(_SINGLE) if name in arguments]
    others = [name for name in arguments if name not in _SHAPE]
    if single and len(others) > 1:
        other = next(name for name in others if name != single[0])
        raise parameter(other, f"{single[0]} goes only with format and attachments")
    form = arguments.get("format", "exact")
    if form not in _FORMATS:
        raise parameter("format", f"must be one of {', '.join(_FORMATS)}")
    return Wanted(
        statement_id=uuid(arguments, single[0]) if single else None,
        voided=single == ["voidedStatementId"],
        filters=_filters(arguments, own),
        cursor=_natural(arguments, "cursor"),
        limit=_natural(arguments, "limit") or 0,
        format=form,
        attachments=boolean(arguments, "attachments"),
    )


def check_escapes(query: bytes) -> None:
    """Refuse a query string that is not UTF-8 in percent-encoding (RFC 3986, 2.1), as it came.

    What reads it afterwards leaves an escape that is none as if it were text.
    """
    if b"%" not in query and query.isascii():
        return
    if BAD_ESCAPE.search(query):
        raise _unreadable("a % must be followed by two hexadecimal digits; % itself is %25")
    if _BEYOND_ASCII.search(query):
        try:
            unquote_to_bytes(query).decode()
        except UnicodeDecodeError:
            raise _unreadable("what is percent-encoded must be UTF-8") from None


def only(arguments: Arguments, known: Collection[str]) -> None:
    """Refuse a parameter that is unknown or given twice."""
    for name, values in arguments.lists():
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise parameter("unknown", f"no parameter {name[:40]!r} here; there are: {listed}")
        if len(values) > 1:
            raise parameter(name, "given more than once")


def _unreadable(message: str) -> Refused:
    return Refused(400, "query.escape", message, "?")


def uuid(arguments: Arguments, name: str) -> UUID | None:
    """A parameter that is a UUID, or None where it is not given."""
    text = arguments.get(name)
    if text is None:
        return None
    if not _UUID.fullmatch(text):
        raise parameter(name, "must be a UUID in its standard form")
    return UUID(text)


def _filters(arguments: Arguments, own: str | None) -> Filters:
    return Filters(
        agent=agent(arguments, "agent"),
        verb=iri(arguments, "verb"),
        activity=iri(arguments, "activity"),
        registration=uuid(arguments, "registration"),
        related_agents=boolean(arguments, "related_agents"),
        related_activities=boolean(arguments, "related_activities"),
        since=moment(arguments, "since"),
        until=moment(arguments, "until"),
        ascending=boolean(arguments, "ascending"),
        authority=own,
    )


def required(arguments: Arguments, name: str) -> str:
    """A parameter that must be given, and not empty."""
    text = arguments.get(name)
    if not text:
        raise parameter(name, "is required here")
    return text


def agent(arguments: Arguments, name: str) -> str | None:
    """The canonical identifier of the agent that a parameter names in JSON, if it is given."""
    found = agent_object(arguments, name)
    return None if found is None else references.identifier(found)


def agent_object(arguments: Arguments, name: str) -> dict[str, Any] | None:
    """The agent or identified group that a parameter names in JSON, if it is given."""
    text = arguments.get(name)
    if text is None:
        return None
    try:
        found = parse.value(text)
    except Invalid as error:
        raise parameter(name, f"must be an agent in JSON: {error.message}") from None
    if not validate.is_agent(found) or references.identifier(found) is None:
        raise parameter(name, "must be an Agent or an identified Group, such as "
                        '{"mbox":"mailto:a@example.org"}')  # fmt: skip
    return dict(found)


def iri(arguments: Arguments, name: str) -> str | None:
    """A parameter that is an absolute IRI, if it is given."""
    text = arguments.get(name)
    if text is not None and not validate.is_iri(text):
        raise parameter(name, "must be an absolute IRI")
    return text


def moment(arguments: Arguments, name: str) -> int | None:
    """A parameter that is a timestamp, in microseconds since 1970, if it is given."""
    text = arguments.get(name)
    if text is None:
        return None
    try:
        return times.moment(text)
    except ValueError:
        raise parameter(name, "must be a timestamp of RFC 3339, such as 2026-11-23T10:00:00Z"
                        " (a + of its zone is written %2B)") from None  # fmt: skip


def boolean(arguments: Arguments, name: str) -> bool:
    """A parameter that is true or false; false where it is not given."""
    text = arguments.get(name, "false")
    if text not in ("true", "false"):
        raise parameter(name, "must be true or false")
    return text == "true"


def _natural(arguments: Arguments, name: str) -> int | None:
    text = arguments.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise parameter(name, "must be a whole number, 0 or more")
    return int(text)
