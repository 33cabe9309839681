"""Finding the person that an export or an erasure is about, and how statements know them.

Touches people and nothing else. By id, or by the issuer and subject that an LMS launches with;
e-mail addresses and names only suggest whom somebody may mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from rubrics.tables.people import Person
from xapi.privacy.pseudonym import Pseudonym
from xapi.privacy.subject import Subject

Agent = Mapping[str, Any]
"""An inverse functional identifier, as an agent of a statement has it."""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody that the application knows."""

    id: UUID
    issuer: str
    subject: str
    name: str | None
    email: str | None
    names: tuple[str, ...]
    """All that they are called, and their e-mail address."""

    def as_subject(self, also: Sequence[Agent] = ()) -> Subject:
        """As the person stands in statements: by the account, and by what else is theirs."""
        account = {"account": {"homePage": self.issuer, "name": self.subject}}
        return Subject.of([account, *also], self.names)


def by_id(session: Session, person_id: UUID) -> Known | None:
    """The person of this id in the session's tenant."""
    return _known(session.get(Person, person_id))


def by_account(session: Session, issuer: str, subject: str) -> Known | None:
    """The person whom this issuer names so."""
    query = select(Person).where(Person.issuer == issuer, Person.subject == subject)
    return _known(session.scalar(query))


def by_pseudonym(session: Session, pseudonym: Pseudonym) -> Known | None:
    """The person whom an erasure gave this pseudonym."""
    account = pseudonym.agent["account"]
    return by_account(session, account["homePage"], account["name"])


def suggested(session: Session, text: str, most: int = 20) -> list[Known]:
    """People whose name or e-mail address has this in it, in the order of their names."""
    columns = (Person.name, Person.email, Person.given_name, Person.family_name)
    query = (
        select(Person)
        .where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
        .order_by(func.lower(Person.name), Person.id)
        .limit(most)
    )
    return [known for row in session.scalars(query) if (known := _known(row))]


def _known(row: Person | None) -> Known | None:
    if row is None:
        return None
    parts = " ".join(filter(None, (row.given_name, row.family_name)))
    names = (row.name, parts, row.given_name, row.family_name, row.email)
    return Known(
        row.id,
        row.issuer,
        row.subject,
        row.name,
        row.email,
        tuple(filter(None, dict.fromkeys(names))),
    )
