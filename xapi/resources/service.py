"""What every resource is given: the database, the installation's names, and how fresh answers are.

X-Experience-API-Consistent-Through: an earlier moment is as true as a later one, so answers that
read no statements share what was last found out, and ask the database at most once a second.
"""

import time
from dataclasses import dataclass

from foundation.db import EVERY_TENANT, Database
from xapi.statements import times
from xapi.store import consistent
from xapi.store.grouping import Appender

_SECONDS = 1.0


class Freshness:
    """Remembers up to which moment everything is visible; one for each application."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._through = 0
        self._until = 0.0

    def note(self, through: int) -> str:
        """Take over what a read found out (µs); returns it as the header's text."""
        self._through = max(self._through, through)
        self._until = time.monotonic() + _SECONDS
        return times.written(through)

    def recent(self) -> str:
        """The header's text, at most about a second old."""
        if time.monotonic() >= self._until:
            with self._database.reading(EVERY_TENANT) as session:
                self.note(consistent.through(session))
        return times.written(self._through)


@dataclass(frozen=True, slots=True)
class Service:
    """What a resource needs to answer."""

    database: Database
    appender: Appender
    freshness: Freshness
    iri_base: str
    """The homePage of the accounts that stand for credentials."""
