"""Which statements, documents and attachments are about a person, in one tenant's store.

Reads by the reference table's keys, so a person of ten statements costs the same in any store.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from foundation.db import Database
from xapi.privacy.subject import Subject
from xapi.statements.references import Kind
from xapi.store import keys
from xapi.store.tables import Attached, Description, Document, Reference, Statement

AGENTS = (int(Kind.AGENT), int(Kind.RELATED_AGENT))
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A stored statement as it stands in the table."""

    sid: int
    id: UUID
    body: str
    moment: int | None
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """How much there is about a person."""

    as_actor: int
    """Statements with the person as actor, as object, or in a group that is one of them."""
    otherwise: int
    """Statements that mention the person elsewhere, or refer to one that does."""
    documents: int
    attachments: int

    def __bool__(self) -> bool:
        return bool(self.as_actor or self.otherwise or self.documents)


def keys_of(tenant: UUID, subject: Subject) -> list[bytes]:
    """The keys under which the tenant's store knows the person."""
    return sorted(keys.key(tenant, one) for one in subject.identifiers)


def mentioned(tenant: UUID, subject: Subject) -> ColumnElement[bool]:
    """The references to the person."""
    return Reference.kind.in_(AGENTS) & Reference.hash.in_(keys_of(tenant, subject))


def amount(session: Session, tenant: UUID, subject: Subject) -> Amount:
    """Count, without reading the statements."""
    hashes = keys_of(tenant, subject)
    sids = select(Reference.sid).where(mentioned(tenant, subject)).distinct()
    actors = select(func.count(func.distinct(Reference.sid))).where(
        Reference.kind == int(Kind.AGENT), Reference.hash.in_(hashes)
    )
    every = session.scalar(select(func.count()).select_from(sids.subquery())) or 0
    acted = session.scalar(actors) or 0
    return Amount(
        as_actor=acted,
        otherwise=every - acted,
        documents=session.scalar(
            select(func.count()).select_from(Document).where(Document.agent_key.in_(hashes))
        )
        or 0,
        attachments=session.scalar(
            select(func.count(func.distinct(Attached.sha2))).where(
                Attached.sid.in_(select(sids.subquery().c.sid))
            )
        )
        or 0,
    )


def statements(database: Database, tenant: UUID, subject: Subject) -> Iterator[Row]:
    """Every statement that is found by the person, voided ones too, the oldest first."""
    last = -1
    while True:
        with database.reading(tenant) as session:
            page = page_after(session, tenant, subject, last, _PAGE)
        if not page:
            return
        yield from page
        last = page[-1].sid


def page_after(session: Session, tenant: UUID, subject: Subject, last: int, most: int) -> list[Row]:
    """The next statements after a sid."""
    sids = (
        select(Reference.sid)
        .where(mentioned(tenant, subject), Reference.sid > last)
        .distinct()
        .order_by(Reference.sid)
        .limit(most)
        .subquery()
    )
    voided = Statement.voided_by.is_not(None)
    columns = (Statement.sid, Statement.id, Statement.body, Statement.moment, voided)
    rows = select(*columns).join(sids, sids.c.sid == Statement.sid).order_by(Statement.sid)
    return [Row(*row) for row in session.execute(rows)]


def names(session: Session, tenant: UUID, subject: Subject) -> list[str]:
    """The JSON texts of the names that statements gave the person."""
    query = select(Description.text).where(Description.key.in_(keys_of(tenant, subject)))
    return list(session.scalars(query))
