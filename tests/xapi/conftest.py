"""Fixtures of the store's tests: a database with its tables, two tenants, statements to vary."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from foundation.db import Database
from xapi.store.tables import Base


@pytest.fixture
def store(db: Database) -> Iterator[Database]:
    """A fresh database with the store's tables, on each engine in turn."""
    with db.engine.begin() as connection:
        Base.metadata.create_all(connection)
    yield db


@pytest.fixture
def tenant() -> UUID:
    """The tenant of the test."""
    return uuid4()


@pytest.fixture
def stranger() -> UUID:
    """Another tenant."""
    return uuid4()
