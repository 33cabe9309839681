"""Evidence: a draft that saves itself, files, and handing it in.

Touches submissions and their items. The last submission stands; once a result was released the
attempt is closed. A file's bytes are kept elsewhere: here is only what is known about them.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foundation import clock
from rubrics.actions import attempts
from rubrics.actions.checks import clean_link, clean_text, clean_title, found, locked
from rubrics.actions.done import Done
from rubrics.errors import Refused
from rubrics.events import EvidenceSubmitted
from rubrics.tables.activities import Attempt, EvidenceItem, Submission
from rubrics.words import EvidenceType

MOST_LINKS = 10
MOST_FILES = 10


def save_draft(
    session: Session,
    *,
    attempt_id: UUID,
    person_id: UUID,
    text: str,
    links: Sequence[str] = (),
    at: datetime | None = None,
) -> Done[UUID]:
    """Make these the text and the links of the draft, which keeps its files; gives its id."""
    text = clean_text(text, "evidence.text")
    links = [clean_link(link, "evidence.link") for link in links if link.strip()]
    if len(links) > MOST_LINKS:
        raise Refused(
            "evidence.too_many_links",
            "At most %(most)d links fit. Put the others into the text.",
            most=MOST_LINKS,
        )
    draft = _open_draft(session, attempt_id, person_id, at)
    items = [EvidenceItem(type=EvidenceType.TEXT, text=text)] if text.strip() else []
    items += [EvidenceItem(type=EvidenceType.LINK, text=link) for link in links]
    _arrange(session, draft, items + [item for item in draft.items if _is_file(item)])
    return Done(draft.id)


def add_file(
    session: Session,
    *,
    attempt_id: UUID,
    person_id: UUID,
    name: str,
    media_type: str,
    size: int,
    sha256: str,
    storage_key: str,
    at: datetime | None = None,
) -> Done[UUID]:
    """Add a file whose bytes are stored under `storage_key` to the draft; gives the item's id."""
    file = EvidenceItem(
        type=EvidenceType.FILE,
        text=_file_name(name),
        media_type=media_type[:255],
        size=size,
        sha256=sha256,
        storage_key=storage_key,
    )
    draft = _open_draft(session, attempt_id, person_id, at)
    if sum(map(_is_file, draft.items)) >= MOST_FILES:
        raise Refused(
            "evidence.too_many_files",
            "At most %(most)d files fit. Remove one first, or put several into one archive.",
            most=MOST_FILES,
        )
    _arrange(session, draft, [*draft.items, file])
    return Done(file.id)


def remove_item(
    session: Session,
    *,
    attempt_id: UUID,
    person_id: UUID,
    item_id: UUID,
    at: datetime | None = None,
) -> Done[None]:
    """Take an item out of the draft. What was handed in keeps it: only the next draft does not."""
    draft = _open_draft(session, attempt_id, person_id, at, leaving_out=item_id)
    _arrange(session, draft, [item for item in draft.items if item.id != item_id])
    return Done(None)


def submit(
    session: Session, *, attempt_id: UUID, person_id: UUID, at: datetime | None = None
) -> Done[UUID]:
    """Hand the draft in; gives the submission's id. Refuses an empty one."""
    at = at or clock.now()
    _check_open(session, attempt_id, person_id)
    draft = _last(session, attempt_id)
    if draft is None or draft.submitted_at is not None:
        raise Refused(
            "submission.nothing_new",
            "There is nothing new to submit. Change your evidence first.",
        )
    if not draft.items:
        raise Refused(
            "submission.empty", "Your evidence is empty. Add a text, a link or a file first."
        )
    draft.submitted_at = at
    draft.submitted_by_id = person_id
    session.flush()
    return Done(draft.id, (EvidenceSubmitted(at, draft.id, person_id),))


def _check_open(session: Session, attempt_id: UUID, person_id: UUID) -> None:
    """Hold the attempt, and refuse the attempt of others and one that has its result."""
    locked(session, Attempt, attempt_id)
    attempt = found(session, Attempt, attempt_id, "attempt")
    if person_id not in attempts.members(session, attempt):
        raise Refused(
            "submission.not_yours",
            "This is the work of somebody else. Open the activity from the course again.",
        )
    if attempts.has_result(session, attempt_id):
        raise Refused(
            "submission.closed",
            "Your result was released, so the evidence stays as it is. "
            "Nothing of what you handed in was lost.",
        )


def _last(session: Session, attempt_id: UUID) -> Submission | None:
    return session.scalar(
        select(Submission)
        .where(Submission.attempt_id == attempt_id)
        .order_by(Submission.number.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _open_draft(
    session: Session,
    attempt_id: UUID,
    person_id: UUID,
    at: datetime | None,
    leaving_out: UUID | None = None,
) -> Submission:
    """The draft, or a new one that begins as a copy of what was handed in last."""
    _check_open(session, attempt_id, person_id)
    at = at or clock.now()
    last = _last(session, attempt_id)
    if last is not None and last.submitted_at is None:
        last.saved_at = at
        return last
    number = session.scalar(
        select(func.count()).select_from(Submission).where(Submission.attempt_id == attempt_id)
    )
    draft = Submission(attempt_id=attempt_id, number=(number or 0) + 1, saved_at=at)
    if last is not None:
        draft.items = [_copy(item) for item in last.items if item.id != leaving_out]
    session.add(draft)
    session.flush()
    return draft


def _arrange(session: Session, draft: Submission, items: list[EvidenceItem]) -> None:
    for position, item in enumerate(items):
        item.position = position
    draft.items = items
    session.flush()


def _copy(item: EvidenceItem) -> EvidenceItem:
    return EvidenceItem(
        position=item.position,
        type=item.type,
        text=item.text,
        media_type=item.media_type,
        size=item.size,
        sha256=item.sha256,
        storage_key=item.storage_key,
    )


def _is_file(item: EvidenceItem) -> bool:
    return item.type is EvidenceType.FILE


def _file_name(name: str) -> str:
    """The last part of the path, without characters that a file system or a header would mind."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(character for character in last if character.isprintable())
    return clean_title(plain.strip(". ") or "file", "evidence.file_name")
