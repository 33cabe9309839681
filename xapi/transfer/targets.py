"""The targets of forwarding as people handle them: add, list, pause, resume, remove, send again.

Touches the tables of forwarding. What is asked of the target itself (its version) is asked before.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.http_target import HttpRefused, host_port
from foundation.secrets import Seal
from xapi.statements import validate
from xapi.statements.errors import VERSIONS
from xapi.store import follow
from xapi.store.follow import START, Cursor
from xapi.transfer.remote import RemoteLrs
from xapi.transfer.tables import ForwardRefusal, ForwardTarget

MOST_COUNTED = 100_000
"""How far a lag is counted; more is said to be more."""


class BadTarget(ValueError):
    """A target cannot be what was asked for; `code` is searchable, the text says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Draft:
    """A checked target, ready to be added."""

    name: str
    endpoint: str
    credential: str
    """Sealed."""
    version: str
    verbs: tuple[str, ...]
    activities: tuple[str, ...]
    private_hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetState:
    """A target and how it stands."""

    id: UUID
    name: str
    endpoint: str
    version: str
    verbs: tuple[str, ...]
    activities: tuple[str, ...]
    active: bool
    behind: int
    """Statements not looked at yet, counted up to MOST_COUNTED."""
    behind_seconds: float
    """The age of the first of them."""
    sent: int
    refused: int
    attempts: int
    next_try_at: datetime
    error_code: str
    error: str
    error_at: datetime | None
    last_sent_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """A statement that a target would not take."""

    statement_id: UUID
    status: int
    code: str
    said: str
    again: bool
    refused_at: datetime


def remote(endpoint: str, key: str, secret: str, *, private: bool = False) -> RemoteLrs:
    """Another LRS as a person describes it, in no version yet. Raises BadTarget."""
    endpoint = endpoint.strip().rstrip("/").removesuffix("/statements")
    if not key or not secret or ":" in key or len(f"{key}{secret}") > 1000:
        raise BadTarget("target.credential", "a target needs a key without a colon, and a secret")
    if "?" in endpoint or "#" in endpoint:
        raise BadTarget("target.endpoint", "the endpoint is an address without ? or #")
    try:
        hosts = (host_port(endpoint),) if private else ()
        found = RemoteLrs(endpoint, key, secret, private_hosts=hosts)
        found.check()
    except HttpRefused as error:
        hint = "; --private allows addresses on a private network" if not private else ""
        raise BadTarget(error.code, f"{error.message}{hint}") from None
    return found


def draft(
    seal: Seal,
    name: str,
    lrs: RemoteLrs,
    version: str,
    verbs: Collection[str] = (),
    activities: Collection[str] = (),
) -> Draft:
    """Check what a target is to be, and seal its credential. Raises BadTarget."""
    if not name.strip() or len(name) > 100:
        raise BadTarget("target.name", "a target needs a name of at most 100 characters")
    if version not in VERSIONS:
        raise BadTarget("target.version", f"the version is one of: {', '.join(VERSIONS)}")
    for text in (*verbs, *activities):
        if not validate.is_iri(text):
            raise BadTarget("target.filter", f"{text} is not an absolute IRI")
    return Draft(
        name=name.strip(),
        endpoint=lrs.endpoint,
        credential=seal.seal(f"{lrs.key}:{lrs.secret}".encode()),
        version=version,
        verbs=tuple(dict.fromkeys(verbs)),
        activities=tuple(dict.fromkeys(activities)),
        private_hosts=tuple(lrs.private_hosts),
    )


def add(session: Session, tenant: UUID, wanted: Draft, *, from_now: bool = False) -> UUID:
    """Add a target, which gets all there is or (`from_now`) what comes. Raises BadTarget."""
    if _row(session, tenant, wanted.name) is not None:
        raise BadTarget("target.name", f"there is a target {wanted.name} already; remove it first")
    cursor = follow.latest(session) if from_now else START
    moment = clock.now()
    row = ForwardTarget(
        tenant=tenant,
        name=wanted.name,
        endpoint=wanted.endpoint,
        credential=wanted.credential,
        version=wanted.version,
        verbs=list(wanted.verbs),
        activities=list(wanted.activities),
        private_hosts=list(wanted.private_hosts),
        active=True,
        cursor_xid=cursor.xid,
        cursor_sid=cursor.sid,
        sent=0,
        attempts=0,
        refused_in_row=0,
        next_try_at=moment,
        error_code="",
        error="",
        created_at=moment,
    )
    session.add(row)
    session.flush()
    return row.id


def pause(session: Session, tenant: UUID, name: str) -> None:
    """Send a target nothing until it is resumed. Raises BadTarget."""
    _existing(session, tenant, name).active = False


def resume(session: Session, tenant: UUID, name: str, *, from_start: bool = False) -> None:
    """Go on where a target stands, or (`from_start`) send everything again. Raises BadTarget."""
    row = _existing(session, tenant, name)
    if from_start:
        row.cursor_xid, row.cursor_sid = START.xid, START.sid
        row.lease_token = row.lease_until = None
    row.active = True
    row.attempts = row.refused_in_row = 0
    row.next_try_at = clock.now()
    row.error_code, row.error, row.error_at = "", "", None


def remove(session: Session, tenant: UUID, name: str) -> None:
    """Forget a target, and what it refused. Raises BadTarget."""
    session.delete(_existing(session, tenant, name))


def retry(session: Session, tenant: UUID, name: str) -> int:
    """Resume a target and send again what it refused; how many statements those are.

    Raises BadTarget.
    """
    row = _existing(session, tenant, name)
    resume(session, tenant, name)
    rows = update(ForwardRefusal).where(ForwardRefusal.target_id == row.id)
    again = session.execute(rows.values(again=True).returning(ForwardRefusal.statement_id))
    return len(again.all())


def refusals(session: Session, tenant: UUID, name: str, limit: int = 100) -> list[Refused]:
    """What a target would not take, the latest first. Raises BadTarget."""
    row = _existing(session, tenant, name)
    found = session.scalars(
        select(ForwardRefusal)
        .where(ForwardRefusal.target_id == row.id)
        .order_by(ForwardRefusal.refused_at.desc(), ForwardRefusal.statement_id)
        .limit(limit)
    )
    return [
        Refused(one.statement_id, one.status, one.code, one.said, one.again, one.refused_at)
        for one in found
    ]


def describe(session: Session, tenant: UUID) -> list[TargetState]:
    """The targets of a tenant, by name, with their lag and what troubles them."""
    rows = session.scalars(
        select(ForwardTarget).where(ForwardTarget.tenant == tenant).order_by(ForwardTarget.name)
    ).all()
    counted = (
        select(ForwardRefusal.target_id, func.count().label("refused"))
        .where(ForwardRefusal.target_id.in_([row.id for row in rows]))
        .group_by(ForwardRefusal.target_id)
    )
    counts = {row.target_id: row.refused for row in session.execute(counted)}
    return [_state(session, row, counts.get(row.id, 0)) for row in rows]


def _state(session: Session, row: ForwardTarget, refused: int) -> TargetState:
    cursor = Cursor(row.cursor_xid, row.cursor_sid)
    behind, first = follow.behind(session, row.tenant, cursor, MOST_COUNTED)
    age = clock.now().timestamp() - first / 1_000_000 if behind else 0.0
    return TargetState(
        id=row.id,
        name=row.name,
        endpoint=row.endpoint,
        version=row.version,
        verbs=tuple(row.verbs),
        activities=tuple(row.activities),
        active=row.active,
        behind=behind,
        behind_seconds=max(0.0, age),
        sent=row.sent,
        refused=refused,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        error_code=row.error_code,
        error=row.error,
        error_at=row.error_at,
        last_sent_at=row.last_sent_at,
        created_at=row.created_at,
    )


def _row(session: Session, tenant: UUID, name: str) -> ForwardTarget | None:
    query = select(ForwardTarget).where(ForwardTarget.tenant == tenant, ForwardTarget.name == name)
    return session.scalar(query if session.info.get("read_only") else query.with_for_update())


def _existing(session: Session, tenant: UUID, name: str) -> ForwardTarget:
    row = _row(session, tenant, name)
    if row is None:
        known = select(ForwardTarget.name).where(ForwardTarget.tenant == tenant)
        listed = ", ".join(session.scalars(known.order_by(ForwardTarget.name))) or "none"
        raise BadTarget("target.unknown", f"there is no target {name}; there are: {listed}")
    return row
