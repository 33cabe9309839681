"""One person's records in a tenant's store, as they are handed over to the person.

GDPR article 15, and its fourth paragraph: other people are numbered in them, never named. Reads a
page at a time, so that any amount fits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from foundation.db import Database
from xapi.privacy import finding, pseudonym, rewriting
from xapi.privacy.subject import Subject
from xapi.statements import references, splice, times
from xapi.store.documents import Kind
from xapi.store.tables import Attached, Attachment, Document


class Part(StrEnum):
    """As what a statement has the person."""

    ACTOR = "actor"
    OBJECT = "object"
    RELATED = "related"
    """As instructor, in a team or a sub-statement, or only through what it refers to."""


@dataclass(frozen=True, slots=True)
class Record:
    """A statement: as what it has the person, and its text with the others numbered."""

    part: Part
    sid: int
    text: str
    voided: bool


@dataclass
class Others:
    """Everybody else in one person's export: the same number for the same identifier."""

    subject: Subject
    iri_base: str
    _numbers: dict[str, int] = field(default_factory=dict)

    def numbered(self, agent: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What stands for an agent that is somebody else; None where it stays."""
        identity = rewriting.identity(agent) or ""
        home = agent.get("account", {}).get("homePage", "")
        ours = home == self.iri_base or home.startswith(f"{self.iri_base}/")
        if identity in self.subject.identifiers or ours or agent.get("objectType") == "Group":
            return None
        number = self._numbers.setdefault(identity, len(self._numbers) + 1)
        return {"account": {"homePage": f"{self.iri_base}/others", "name": str(number)}}


def statements(database: Database, tenant: UUID, others: Others) -> Iterator[Record]:
    """Every statement that is found by the person, voided ones too, the oldest first."""
    subject = others.subject
    for row in finding.statements(database, tenant, subject):
        statement = orjson.loads(row.body)
        text = splice.as_returned(row.body, row.sid, row.moment)
        yield Record(
            _part(statement, subject),
            row.sid,
            rewriting.replaced(text, others.numbered),
            row.voided,
        )


def digests(database: Database, tenant: UUID, sid: int) -> list[str]:
    """The digests of the bytes that a statement brought."""
    with database.reading(tenant) as session:
        return list(session.scalars(select(Attached.sha2).where(Attached.sid == sid)))


def attachment(database: Database, tenant: UUID, sha2: str) -> tuple[str, bytes] | None:
    """The media type and the bytes of a digest."""
    query = select(Attachment.media_type, Attachment.content)
    with database.reading(tenant) as session:
        row = session.execute(
            query.where(Attachment.tenant == tenant, Attachment.sha2 == sha2)
        ).one_or_none()
    return None if row is None else (row.media_type, row.content)


def documents(
    database: Database, tenant: UUID, subject: Subject
) -> Iterator[tuple[dict[str, Any], bytes]]:
    """The person's states and profiles: what is known of each, and its bytes."""
    hashes = finding.keys_of(tenant, subject)
    with database.reading(tenant) as session:
        wanted = list(
            session.scalars(
                select(Document.key)
                .where(Document.agent_key.in_(hashes))
                .order_by(Document.updated, Document.key)
            )
        )
    for key in wanted:
        with database.reading(tenant) as session:
            row = session.get(Document, key)
        if row is None:
            continue
        known = {
            "kind": "state" if row.kind == Kind.STATE else "agent profile",
            "id": row.name,
            "activity": row.activity,
            "agent": row.agent,
            "registration": row.registration and str(row.registration),
            "contentType": row.media_type,
            "etag": row.etag,
            "updated": times.written(row.updated),
        }
        yield known, row.content


def _part(statement: Mapping[str, Any], subject: Subject) -> Part:
    actor = statement["actor"]
    if subject.identifiers & set(_identifiers(actor)):
        return Part.ACTOR
    return Part.OBJECT if subject.identifiers & pseudonym.actors(statement) else Part.RELATED


def _identifiers(actor: Mapping[str, Any]) -> Iterator[str]:
    for one in (actor, *actor.get("member", ())):
        identity = references.identifier(one)
        if identity is not None:
            yield identity
