"""Attached bytes of others without the person: JSON and text of the whole tenant is looked through.

Bytes that change have another digest, so the statements that brought them name that one from then
on, with the new length; a signature over such a statement goes. A batch of statements is one
transaction; killed anywhere, what is left is found again by its bytes.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation.db import Database, insert_into
from xapi.privacy import attachments, pseudonym, texts
from xapi.privacy.erased_statements import Change, apply
from xapi.privacy.finding import Row
from xapi.privacy.task import Task
from xapi.statements.attachments import digest
from xapi.store import blobs, wiping
from xapi.store.tables import Attached, Attachment, Statement

_PAGE = 200


class _Bytes(NamedTuple):
    sha2: str
    media_type: str


def everywhere(database: Database, task: Task, batch: int) -> Iterator[int]:
    """All attached bytes of the tenant; yields how many statements each transaction changed."""
    for one in _texts(database, task.tenant):
        with database.reading(task.tenant) as session:
            content = blobs.content(session, task.tenant, one.sha2)
        if content is not None:
            new = texts.of_bytes(one.media_type, content, task.subject, task.pseudonym)
            if new is not None:
                yield from _replaced(database, task, one, new, batch)


def unread(database: Database, task: Task) -> int:
    """How many attachments nobody can look through, as they are neither JSON nor text."""
    with database.reading(task.tenant) as session:
        every = session.scalar(
            select(func.count()).select_from(Attachment).where(Attachment.tenant == task.tenant)
        )
    return (every or 0) - sum(1 for _ in _texts(database, task.tenant))


def _texts(database: Database, tenant: UUID) -> Iterator[_Bytes]:
    """What is JSON or text."""
    last = ""
    while True:
        with database.reading(tenant) as session:
            page = [
                (row.sha2, row.media_type)
                for row in session.execute(
                    select(Attachment.sha2, Attachment.media_type)
                    .where(Attachment.tenant == tenant, Attachment.sha2 > last)
                    .order_by(Attachment.sha2)
                    .limit(_PAGE)
                )
            ]
            types = attachments.types(session, tenant, dict(page))
        if not page:
            return
        last = page[-1][0]
        every = (_Bytes(sha2, types[sha2]) for sha2, _ in page)
        yield from (one for one in every if texts.is_text(one.media_type))


def _replaced(database: Database, task: Task, old: _Bytes, new: bytes, batch: int) -> Iterator[int]:
    sha2 = digest(len(old.sha2), new)
    while True:
        with database.reading(task.tenant) as session:
            rows = _brought(session, task.tenant, old.sha2, batch)
        plan = [
            Change(row, pseudonym.of_attachment(row.body, old.sha2, sha2, len(new))) for row in rows
        ]
        with database.writing(task.tenant) as session:
            wiping.alone(session, task.tenant)
            if not rows:
                attachments.forget_unused(session, task.tenant, [old.sha2])
                return
            _keep(session, task.tenant, sha2, old.media_type, new)
            beaten = apply(session, task, plan)
            moved = [{"sid": row.sid, "sha2": sha2} for row in rows if row.sid not in beaten]
            if moved:
                session.execute(insert_into(session, Attached).on_conflict_do_nothing(), moved)
        yield len(rows)


def _brought(session: Session, tenant: UUID, sha2: str, most: int) -> list[Row]:
    columns = (Statement.sid, Statement.id, Statement.body, Statement.moment)
    query: Any = select(*columns).join(Attached, Attached.sid == Statement.sid)
    query = query.where(Statement.tenant == tenant, Attached.sha2 == sha2)
    return [Row(*row) for row in session.execute(query.order_by(Statement.sid).limit(most))]


def _keep(session: Session, tenant: UUID, sha2: str, media_type: str, data: bytes) -> None:
    row = {"tenant": tenant, "sha2": sha2, "media_type": media_type, "length": len(data)}
    session.execute(
        insert_into(session, Attachment).values(**row, content=data).on_conflict_do_nothing()
    )
