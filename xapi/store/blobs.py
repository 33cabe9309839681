"""The bytes attached to statements: kept once for each tenant, found through who brought them.

xAPI 1.0.3 Data 2.4.11, IEEE 9274.1.1 4.2.2.6. Bytes belong to the statements that they came with: a
statement that merely names their digest does not give its readers the bytes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.db import insert_into
from xapi.store.tables import Attached, Attachment


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that came with statements."""

    media_type: str
    data: bytes


def keep(
    session: Session,
    tenant: UUID,
    blobs: Mapping[str, Blob],
    brought: Iterable[tuple[int, str]],
) -> None:
    """Store bytes by their digest, and which statements (sid, digest) brought them."""
    links = sorted(set(brought))
    for sha2 in sorted({sha2 for _, sha2 in links}):
        blob = blobs[sha2]
        session.execute(
            insert_into(session, Attachment)
            .values(tenant=tenant, sha2=sha2, media_type=blob.media_type,
                    length=len(blob.data), content=blob.data)
            .on_conflict_do_nothing()
        )  # fmt: skip
    if links:
        rows = [{"sid": sid, "sha2": sha2} for sid, sha2 in links]
        session.execute(insert_into(session, Attached).on_conflict_do_nothing(), rows)


def brought_by(session: Session, tenant: UUID, sids: Sequence[int]) -> dict[int, set[str]]:
    """The digests of what each of these statements of a tenant brought along, if it is there."""
    query = (
        select(Attached.sid, Attachment.sha2)
        .join(Attachment, Attachment.sha2 == Attached.sha2)
        .where(Attachment.tenant == tenant, Attached.sid.in_(sids))
    )
    found: dict[int, set[str]] = {}
    for sid, sha2 in session.execute(query):
        found.setdefault(sid, set()).add(sha2)
    return found


def content(session: Session, tenant: UUID, sha2: str) -> bytes | None:
    """The bytes of that digest; None where they were removed in the meantime."""
    return session.scalar(
        select(Attachment.content).where(Attachment.tenant == tenant, Attachment.sha2 == sha2)
    )
