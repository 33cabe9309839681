"""Rows that an event names: they exist in its transaction, or the event is wrong."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from rubrics.tables.base import Base

Row = TypeVar("Row", bound=Base)


def row(session: Session, table: type[Row], identifier: UUID) -> Row:
    """The row with this id. Raises LookupError where there is none in this tenant."""
    found = session.get(table, identifier)
    if found is None:
        raise LookupError(f"an event names a {table.__name__} that is not there")
    return found
