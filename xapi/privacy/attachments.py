"""Bytes that no statement has any more."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import CursorResult, delete, exists, select
from sqlalchemy.orm import Session

from foundation.db import Database
from xapi.privacy.subject import Subject
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


def names_person(database: Database, tenant: UUID, sha2: str, subject: Subject) -> bool:
    """Whether the bytes of this digest tell who the person is."""
    with database.reading(tenant) as session:
        content = session.scalar(
            select(Attachment.content).where(Attachment.tenant == tenant, Attachment.sha2 == sha2)
        )
    return content is not None and subject.is_named_in(content)
