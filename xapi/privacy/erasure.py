"""Erasing a person from a tenant's records: begun, worked off in batches, finished.

GDPR article 17 by pseudonymisation: every statement stays and counts, but for a random account in
the person's place. Killed anywhere, it goes on where it was: what is left to do is what still
mentions the person, and only a finished erasure forgets whom it was about.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation import clock
from foundation.db import Database
from xapi.privacy import erased_attachments, erased_documents, erased_statements, finding
from xapi.privacy.pseudonym import Pseudonym
from xapi.privacy.subject import Subject
from xapi.privacy.tables import Erasure
from xapi.privacy.task import Task
from xapi.statements import spelling
from xapi.store import wiping
from xapi.store.tables import Description, Document, Reference

BATCH = 200
"""Statements in one transaction."""


class Finished(Exception):
    """Somebody else has just finished this erasure."""


def begin(session: Session, tenant: UUID, subject: Subject, iri_base: str) -> Task:
    """Note that the person is to be erased; whoever keeps rows of theirs uses the pseudonym.

    The names that statements gave the person are looked for from now on, too.
    """
    said = [spelling.read(text) for text in finding.names(session, tenant, subject)]
    subject = Subject.of(subject.agents, [*subject.names, *said])
    row = Erasure(
        id=uuid4(),
        tenant=tenant,
        pseudonym=uuid4(),
        person=subject.kept(),
        begun_at=clock.now(),
        swept=0,
        counts={"statements": 0, "documents": 0, "attachments": 0, "unread": 0},
    )
    session.add(row)
    session.flush()
    return _task(row, iri_base)


def unfinished(session: Session, tenant: UUID, iri_base: str) -> list[Task]:
    """The erasures of a tenant that were begun and not finished, the oldest first."""
    rows = select(Erasure).where(Erasure.tenant == tenant, Erasure.finished_at.is_(None))
    return [_task(row, iri_base) for row in session.scalars(rows.order_by(Erasure.begun_at))]


def work(database: Database, task: Task, batch: int = BATCH) -> Iterator[int]:
    """Do what is to be done, a transaction at a time; yields how many rows each one changed."""
    while True:
        yield from erased_statements.mentioning(database, task, batch)
        yield from erased_statements.anywhere_else(database, task, batch)
        yield from erased_documents.own(database, task)
        yield from erased_documents.of_others(database, task)
        yield from erased_attachments.everywhere(database, task, batch)
        erased_statements.beside(database, task)
        unread = erased_documents.unread(database, task) + erased_attachments.unread(database, task)
        with database.writing(task.tenant) as session:
            wiping.alone(session, task.tenant)
            row = session.get_one(Erasure, task.id)
            row.counts = {**row.counts, "unread": unread}
            if not _remains(session, task):
                return


def finish(session: Session, task: Task) -> Mapping[str, int] | None:
    """Forget whom it was about; what was changed, or None where something has come meanwhile.

    Raises Finished.
    """
    wiping.alone(session, task.tenant)
    row = session.get_one(Erasure, task.id)
    if row.finished_at is not None:
        raise Finished
    if _remains(session, task):
        return None
    row.person = row.pseudonym = None
    row.finished_at = clock.now()
    return row.counts


def _remains(session: Session, task: Task) -> bool:
    hashes = finding.keys_of(task.tenant, task.subject)
    return any(
        session.execute(query.limit(1)).first() is not None
        for query in (
            select(Reference.sid).where(finding.mentioned(task.tenant, task.subject)),
            select(Document.kind).where(Document.agent_key.in_(hashes)),
            select(Description.sid).where(Description.key.in_(hashes)),
        )
    )


def _task(row: Erasure, iri_base: str) -> Task:
    person: Mapping[str, Any] | None = row.person
    if person is None or row.pseudonym is None:
        raise LookupError("this erasure is finished")
    return Task(row.id, row.tenant, Subject.read(person), Pseudonym(iri_base, row.pseudonym))
