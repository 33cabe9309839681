"""What actions ask of the values they are given, each with a code to search for.

Touches the session only to look a row up. Every check raises Refused and changes nothing.
"""

from typing import TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from rubrics.errors import Refused
from rubrics.tables.base import Identified
from rubrics.tables.people import Enrolment
from rubrics.words import CourseRole

LONGEST_TITLE = 255
LONGEST_TEXT = 50_000
LONGEST_LINK = 2000

Row = TypeVar("Row", bound=Identified)


def found(session: Session, table: type[Row], row_id: UUID, word: str) -> Row:
    """The row of this id in the session's tenant. Refuses with the code "<word>.unknown"."""
    row = session.scalar(select(table).where(table.id == row_id))
    if row is None:
        raise unknown(word)
    return row


def unknown(word: str) -> Refused:
    """The refusal of a row that is not there for this tenant."""
    return Refused(
        f"{word}.unknown",
        "This %(word)s does not exist, or it is not yours. Go back and reload the page.",
        word=word.replace("_", " "),
    )


def locked(session: Session, table: type[Identified], *ids: UUID, shared: bool = False) -> None:
    """Wait until no other transaction holds these rows, and hold them (PostgreSQL).

    `shared` lets others hold them too, but nobody change them. Referring to a held row stays
    possible. SQLite has one writer, so it has nothing to wait for.
    """
    statement = select(table.id).where(table.id.in_(ids)).order_by(table.id)
    session.execute(statement.with_for_update(read=shared, key_share=not shared)).all()


def course_role(session: Session, course_id: UUID, person_id: UUID) -> CourseRole:
    """What the person is in the course; NONE for somebody who is not in it."""
    role = session.scalar(
        select(Enrolment.role).where(
            Enrolment.course_id == course_id, Enrolment.person_id == person_id
        )
    )
    return role or CourseRole.NONE


def clean_text(text: str, code: str, longest: int = LONGEST_TEXT) -> str:
    """The text with its line ends made equal, no longer than `longest` characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Refused(
            code, "The text has characters that cannot be stored. Type it again without them."
        )
    if len(text) > longest:
        raise Refused(
            code,
            "The text has %(length)d characters; at most %(longest)d fit. Shorten it.",
            length=len(text),
            longest=longest,
        )
    return text


def clean_title(text: str, code: str, longest: int = LONGEST_TITLE) -> str:
    """A title on one line, 1 to `longest` characters."""
    title = " ".join(clean_text(text, code).split())
    if not title:
        raise Refused(code, "A title is missing. Write one.")
    return clean_text(title, code, longest)


def clean_link(link: str, code: str) -> str:
    """An http or https address of at most 2000 characters."""
    link = link.strip()
    try:
        parts = urlsplit(link)
        fits = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and "@" not in parts.netloc
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        fits = False
    if not fits or not link.isprintable() or " " in link or "\\" in link:
        raise Refused(
            code,
            "This is not a link that can be opened. Use one that starts with https:// or http://.",
        )
    return clean_text(link, code, LONGEST_LINK)
