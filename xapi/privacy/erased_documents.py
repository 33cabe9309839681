"""Documents without the person: profiles of theirs go, states stay under the pseudonym.

A profile says who somebody is; a state says how far an activity has come. A state whose bytes name
the person goes as well. In other documents, JSON and text are rewritten; other bytes are as their
authors left them.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from foundation.db import Database
from xapi.privacy import finding, pseudonym, texts
from xapi.privacy.task import Task, count
from xapi.store import wiping
from xapi.store.documents import Kind, Place
from xapi.store.tables import Document

_PAGE = 50
_COLUMNS = (
    Document.key, Document.kind, Document.activity, Document.agent_key, Document.registration,
    Document.name, Document.media_type, Document.content, Document.etag, Document.updated,
)  # fmt: skip


def own(database: Database, task: Task) -> Iterator[int]:
    """The person's documents; yields how many each transaction changed."""
    while True:
        with database.reading(task.tenant) as session:
            rows = session.execute(
                select(*_COLUMNS)
                .where(Document.agent_key.in_(finding.keys_of(task.tenant, task.subject)))
                .order_by(Document.updated.desc(), Document.key)
                .limit(_PAGE)
            ).all()
        if not rows:
            return
        contents = [_kept(task, row) for row in rows]
        with database.writing(task.tenant) as session:
            wiping.alone(session, task.tenant)
            for row, content in zip(rows, contents, strict=True):
                if content is None or not _move(session, task, row, content):
                    session.execute(_this(delete(Document), row))
            count(session, task, documents=len(rows))
        yield len(rows)


def of_others(database: Database, task: Task) -> Iterator[int]:
    """Documents of activities and of other people that mention the person."""
    last = b""
    while True:
        with database.reading(task.tenant) as session:
            rows = session.execute(
                select(*_COLUMNS)
                .where(Document.tenant == task.tenant, Document.key > last)
                .order_by(Document.key)
                .limit(_PAGE)
            ).all()
        if not rows:
            return
        last = rows[-1].key
        changed = [(row, new) for row in rows if (new := _rewritten(task, row)) is not None]
        if changed:
            with database.writing(task.tenant) as session:
                wiping.alone(session, task.tenant)
                for row, new in changed:
                    session.execute(
                        _this(update(Document), row).values(content=new, etag=pseudonym.etag(new))
                    )
                count(session, task, documents=len(changed))
        yield len(changed)


def unread(database: Database, task: Task) -> int:
    """How many documents nobody can look through, as they are neither JSON nor text."""
    kinds = select(Document.media_type, func.count()).where(Document.tenant == task.tenant)
    with database.reading(task.tenant) as session:
        rows = session.execute(kinds.group_by(Document.media_type)).all()
    return sum(many for media_type, many in rows if not texts.is_text(media_type))


def _kept(task: Task, row: Any) -> bytes | None:
    """The bytes of a state that stays; None where the document goes."""
    if row.kind != Kind.STATE:
        return None
    content: bytes = _rewritten(task, row) or row.content
    telling = task.subject.is_named_in(content) or task.subject.is_named_in(row.name.encode())
    return None if telling else content


def _rewritten(task: Task, row: Any) -> bytes | None:
    return texts.of_bytes(row.media_type, row.content, task.subject, task.pseudonym)


def _move(session: Session, task: Task, row: Any, content: bytes) -> bool:
    """Give the document to the pseudonym; False where that has a newer one of this name."""
    place = Place(
        task.tenant, Kind(row.kind), row.activity, task.pseudonym.identifier, row.registration
    )
    key = place.key_of(row.name)
    if session.scalar(select(Document.kind).where(Document.key == key)) is not None:
        return False
    # One that was changed meanwhile is met again, with its new bytes.
    session.execute(
        _this(update(Document), row).values(
            key=key,
            place=place.key(),
            agent=place.agent,
            agent_key=task.new_key,
            content=content,
            etag=pseudonym.etag(content),
        )
    )
    return True


def _this(change: Any, row: Any) -> Any:
    """The change of that document alone, and only while it is what was read."""
    still = change.where(Document.key == row.key, Document.etag == row.etag)
    return still.execution_options(synchronize_session=False)
