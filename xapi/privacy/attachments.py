"""Bytes that no statement has any more, and bytes that name a person."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import CursorResult, delete, exists, func, select
from sqlalchemy.orm import Session

from foundation.db import Database
from xapi.privacy import texts
from xapi.privacy.task import Task
from xapi.statements import parse
from xapi.statements.attachments import attachments as named
from xapi.store.tables import Attached, Attachment, Statement


def forget_unused(session: Session, tenant: UUID, digests: Collection[str]) -> int:
    """Delete those of these bytes that no statement of the tenant brought; how many they were.

    Call it with the tenant's writers kept out (wiping.alone), or one could bring them just now.
    """
    if not digests:
        return 0
    brought = (
        select(Attached.sid)
        .join(Statement, Statement.sid == Attached.sid)
        .where(Attached.sha2 == Attachment.sha2, Statement.tenant == tenant)
    )
    result = session.execute(
        delete(Attachment)
        .where(Attachment.tenant == tenant, Attachment.sha2.in_(digests), ~exists(brought))
        .execution_options(synchronize_session=False)
    )
    return result.rowcount if isinstance(result, CursorResult) else 0


def types(session: Session, tenant: UUID, kept: Mapping[str, str]) -> dict[str, str]:
    """What bytes are, by their digest, given the types under which they came (`kept`).

    Where that is neither JSON nor text, what the first statement that brought them calls them.
    """
    others = [sha2 for sha2, media_type in kept.items() if not texts.is_text(media_type)]
    firsts = (
        select(func.min(Attached.sid))
        .join(Statement, Statement.sid == Attached.sid)
        .where(Attached.sha2.in_(others), Statement.tenant == tenant)
        .group_by(Attached.sha2)
    )
    bodies = session.scalars(select(Statement.body).where(Statement.sid.in_(firsts)))
    said = {
        one.sha2: one.media_type
        for body in bodies
        for one in named(parse.value(body))
        if one.sha2 in others
    }
    return {**kept, **said}


def names_person(database: Database, task: Task, sha2: str) -> bool:
    """Whether the bytes of this digest tell who the person is, and go on doing so.

    JSON and text that name nobody once they are rewritten may stay (erased_attachments).
    """
    query = select(Attachment.media_type, Attachment.content)
    with database.reading(task.tenant) as session:
        row = session.execute(
            query.where(Attachment.tenant == task.tenant, Attachment.sha2 == sha2)
        ).one_or_none()
        if row is None:
            return False
        media_type = types(session, task.tenant, {sha2: row.media_type})[sha2]
    new = texts.of_bytes(media_type, row.content, task.subject, task.pseudonym)
    return task.subject.is_named_in(row.content if new is None else new)
