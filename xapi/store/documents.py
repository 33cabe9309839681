"""Documents: what the state, activity profile and agent profile resources keep, byte for byte.

xAPI 1.0.3 Communication 2.2, IEEE 9274.1.1 4.1.6.2. A change is one statement that holds only if
the document is still the one that was read, so that of any number of rivals exactly one wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b, sha1
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import insert_into
from xapi.statements import times
from xapi.store import keys
from xapi.store.tables import Document


class Kind(IntEnum):
    """What a document belongs to; the numbers are stored."""

    STATE = 1
    ACTIVITY_PROFILE = 2
    AGENT_PROFILE = 3


@dataclass(frozen=True, slots=True)
class Place:
    """What documents are kept of; `registration` narrows a list of states, None: all of them."""

    tenant: UUID
    kind: Kind
    activity: str | None = None
    agent: str | None = None
    """The canonical identifier (xapi.statements.references.identifier)."""
    registration: UUID | None = None

    def key(self) -> bytes:
        """Sixteen bytes that all documents of this kind, activity and agent share."""
        return _hash(self.tenant, [int(self.kind), self.activity, self.agent])

    def key_of(self, name: str) -> bytes:
        """The primary key of one document; one without a registration is another than any with."""
        parts = [int(self.kind), self.activity, self.agent, self.registration, name]
        return _hash(self.tenant, parts)


@dataclass(frozen=True, slots=True)
class Content:
    """A document's bytes as they were received, their media type and their SHA-1 (the ETag)."""

    media_type: str
    data: bytes
    etag: str
    updated: int = 0
    """Microseconds since 1970."""


def content(media_type: str, data: bytes) -> Content:
    """The content of a document that is to be stored."""
    return Content(media_type, data, sha1(data, usedforsecurity=False).hexdigest())


def one(session: Session, place: Place, name: str) -> Content | None:
    """The document of that name, or None."""
    row = session.execute(
        select(Document.media_type, Document.content, Document.etag, Document.updated).where(
            Document.key == place.key_of(name)
        )
    ).one_or_none()
    return None if row is None else Content(*row)


def names(session: Session, place: Place, since: int | None) -> tuple[list[str], int]:
    """The names of documents changed after `since` (µs), and when the last of them was (or 0)."""
    query = select(Document.name, Document.updated).where(*_of(place))
    if since is not None:
        query = query.where(Document.updated > since)
    rows = session.execute(query.order_by(Document.updated, Document.key)).all()
    found = dict.fromkeys(row.name for row in rows)
    return list(found), max((row.updated for row in rows), default=0)


def swap(session: Session, place: Place, name: str, old: Content | None, new: Content) -> bool:
    """Replace `old` (None: nothing) by `new`; False where it is not what is there any more."""
    values: dict[str, Any] = {
        "media_type": new.media_type,
        "content": new.data,
        "etag": new.etag,
        "updated": times.since_1970(clock.now()),
    }
    if old is not None:
        return _changed(session, update(Document).where(*_still(place, name, old)).values(values))
    values |= {
        "key": place.key_of(name),
        "tenant": place.tenant,
        "place": place.key(),
        "kind": int(place.kind),
        "activity": place.activity,
        "agent": place.agent,
        "agent_key": None if place.agent is None else keys.key(place.tenant, place.agent),
        "registration": place.registration,
        "name": name,
    }
    return _changed(session, insert_into(session, Document).values(values).on_conflict_do_nothing())


def remove(session: Session, place: Place, name: str, old: Content) -> bool:
    """Delete the document; False where it is not what is there any more."""
    return _changed(session, delete(Document).where(*_still(place, name, old)))


def remove_all(session: Session, place: Place) -> None:
    """Delete every document of the place."""
    session.execute(delete(Document).where(*_of(place)))


def _of(place: Place) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [Document.place == place.key()]
    if place.registration is not None:
        wanted.append(Document.registration == place.registration)
    return wanted


def _still(place: Place, name: str, old: Content) -> list[ColumnElement[bool]]:
    return [
        Document.key == place.key_of(name),
        Document.etag == old.etag,
        Document.media_type == old.media_type,
    ]


def _changed(session: Session, change: Any) -> bool:
    found = session.execute(
        change.returning(Document.key), execution_options={"synchronize_session": False}
    )
    return found.first() is not None


def _hash(tenant: UUID, parts: Sequence[Any]) -> bytes:
    return blake2b(orjson.dumps(parts), digest_size=16, key=tenant.bytes).digest()
