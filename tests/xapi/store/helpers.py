"""Writing and reading in one line, for the store's tests."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import event

from foundation.db import Database
from tests.xapi.samples import AUTHORITY
from xapi.statements.prepare import prepare
from xapi.store import query, write
from xapi.store.query import Filters
from xapi.store.write import Outcome


def put(database: Database, tenant: UUID, *statements: dict[str, Any]) -> Sequence[Outcome]:
    """Append statements in one transaction."""
    prepared = [prepare(one, authority=AUTHORITY, version="2.0.0") for one in statements]
    with database.writing(tenant) as session:
        return write.append(session, tenant, prepared)


def listed(database: Database, tenant: UUID, limit: int = 0, **filters: Any) -> list[str]:
    """The ids that a filter finds, in order."""
    with database.reading(tenant) as session:
        page = query.find(session, tenant, Filters(**filters), limit=limit)
    return [str(found.id) for found in page.found]


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The SQL that is sent to the database meanwhile."""
    sent: list[str] = []

    def note(*arguments: Any) -> None:
        sent.append(arguments[2])

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
