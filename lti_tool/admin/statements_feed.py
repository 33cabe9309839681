"""What the page of statements shows: some of a store, by filter, in words and as they are stored.

Touches statements and the audit log. Actors stay the accounts that the statements name; who they
are is not looked up. Who opens a store's statements is written down, once a session.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.admin import audit
from lti_tool.admin.gate import actor, administrator
from lti_tool.admin.tables import AuditEntry
from xapi.statements import formats, spelling, times, validate
from xapi.statements.references import identifier
from xapi.statements.spelling import Number
from xapi.store import query
from xapi.store.query import Filters, Listed

SEEN = "statements.seen"
PAGE = 25


@dataclass(frozen=True, slots=True)
class Shown:
    """A statement in words, and its JSON."""

    id: UUID
    stored: datetime
    who: str
    home: str
    verb: str
    verb_id: str
    thing: str
    thing_id: str
    result: str
    json: str


@dataclass(frozen=True, slots=True)
class Part:
    """Some statements, the newest first; where the older ones begin; where to go on listening."""

    shown: list[Shown]
    older: int | None
    listen: int
    """Microseconds since 1970: everything up to here is shown, or will never match."""


class Unreadable(ValueError):
    """A filter cannot be understood; `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def filters(asked: Mapping[str, str]) -> Filters:
    """What a form asks for. Raises Unreadable."""
    iris = {name: asked.get(name, "").strip() for name in ("verb", "activity", "home")}
    for name, iri in iris.items():
        if iri and not validate.is_iri(iri):
            raise Unreadable(name)
    account = asked.get("account", "").strip()
    if bool(account) != bool(iris["home"]):
        raise Unreadable("account" if iris["home"] else "home")
    related = asked.get("related") == "1"
    return Filters(
        agent=identifier({"account": {"homePage": iris["home"], "name": account}})
        if account
        else None,
        verb=iris["verb"] or None,
        activity=iris["activity"] or None,
        related_agents=related,
        related_activities=related,
        since=_moment(asked, "since"),
        until=_moment(asked, "until"),
    )


def latest(
    session: Session, tenant: UUID, wanted: Filters, cursor: int | None, language: str
) -> Part:
    """A page of the newest, or of those before `cursor`."""
    page = query.find(session, tenant, wanted, cursor, PAGE)
    shown = [_shown(found, language) for found in page.found]
    return Part(shown, page.more, page.consistent_through - 1)


def new(session: Session, tenant: UUID, wanted: Filters, after: int, language: str) -> Part:
    """What was stored after `after` (µs), the newest first; at most a page, the rest next time."""
    since = after if wanted.since is None else max(after, wanted.since)
    following = replace(wanted, since=since, ascending=True)
    page = query.find(session, tenant, following, None, PAGE)
    listen = page.found[-1].sid if page.more else max(after, page.consistent_through - 1)
    return Part([_shown(found, language) for found in reversed(page.found)], None, listen)


def is_noted(session: Session, tenant: UUID) -> bool:
    """Whether the audit log says that this session opened the statements of this store."""
    entries = select(AuditEntry.detail).where(
        AuditEntry.action == SEEN, AuditEntry.actor == actor(), AuditEntry.subject == str(tenant)
    )
    newest = session.scalars(entries.order_by(AuditEntry.id.desc()).limit(100))
    return any(detail.get("session") == _session() for detail in newest)


def note(session: Session, tenant: UUID, *, is_tenant: bool) -> None:
    """Write down that this session opened the statements of this store."""
    audit.note(
        session,
        actor=actor(),
        action=SEEN,
        subject=str(tenant),
        tenant_id=tenant if is_tenant else None,
        detail={"session": _session()},
    )


def _session() -> str:
    """Enough of the digest to tell one session from another, and too little to be it."""
    return administrator().session_digest[:12]


def _moment(asked: Mapping[str, str], name: str) -> int | None:
    """Microseconds since 1970; a time without a zone, as browsers send it, is meant in UTC."""
    text = asked.get(name, "").strip()
    if not text:
        return None
    if len(text) == len("2026-11-23T10:00"):
        text += ":00"
    try:
        return times.moment(text if times.has_zone(text) else f"{text}Z")
    except ValueError:
        raise Unreadable(name) from None


def _shown(found: Listed, language: str) -> Shown:
    text = found.text()
    statement = json.loads(formats.canonical(spelling.read(text), [language, "en"], {}))
    who, home = _agent(statement["actor"])
    verb, thing = statement["verb"], statement["object"]
    return Shown(
        id=found.id,
        stored=datetime.fromtimestamp(found.sid / 1_000_000, UTC),
        who=who,
        home=home,
        verb=_text(verb.get("display")) or _last(verb["id"]),
        verb_id=verb["id"],
        thing=_thing(thing),
        thing_id=thing.get("id", ""),
        result=_result(statement.get("result", {})),
        json=indented(spelling.read(text)),
    )


def _agent(agent: Mapping[str, Any]) -> tuple[str, str]:
    """What names an agent, and its home page."""
    if "account" in agent:
        return agent["account"]["name"], agent["account"]["homePage"]
    for name in ("mbox", "openid", "mbox_sha1sum", "name"):
        if name in agent:
            return str(agent[name]).removeprefix("mailto:"), ""
    return ", ".join(_agent(member)[0] for member in agent.get("member", ())), ""


def _thing(thing: Mapping[str, Any]) -> str:
    kind = thing.get("objectType", "Activity")
    if kind in ("Agent", "Group"):
        return _agent(thing)[0]
    if kind == "SubStatement":
        said = _text(thing["verb"].get("display")) or _last(thing["verb"]["id"])
        return f"{_agent(thing['actor'])[0]} {said} {_thing(thing['object'])}"
    return _text(thing.get("definition", {}).get("name")) or str(thing["id"])


def _result(result: Mapping[str, Any]) -> str:
    score = result.get("score", {})
    if "scaled" in score:
        return f"{float(score['scaled']) * 100:.4g} %"
    if "raw" in score:
        return f"{score['raw']} / {score['max']}" if "max" in score else str(score["raw"])
    return ""


def _text(words: Mapping[str, str] | None) -> str:
    return next(iter(words.values()), "").strip() if words else ""


def _last(iri: str) -> str:
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2] or iri


def indented(value: Any, margin: str = "") -> str:
    """JSON to be read by people; numbers keep the spelling in which they came."""
    inner = f"{margin}  "
    if isinstance(value, dict) and value:
        members = (f"{inner}{_quoted(key)}: {indented(one, inner)}" for key, one in value.items())
        return "{\n" + ",\n".join(members) + f"\n{margin}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(inner + indented(one, inner) for one in value) + f"\n{margin}]"
    return value if isinstance(value, Number) else _quoted(value)


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
