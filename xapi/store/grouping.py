"""Appending for requests that bring one statement each, several requests to a transaction.

Touches the database through `write`. While one request's transaction waits for the disk, others
arrive; the next of them stores all that wait, so that they share one commit (group commit). Each
hears its own verdict after the commit. Batches do not come here: they are all or nothing.
"""

import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from foundation.db import Database
from xapi.statements.prepare import Prepared
from xapi.store import write
from xapi.store.write import Outcome


@dataclass(slots=True)
class _Entry:
    one: Prepared
    result: Outcome | Exception | None = None


@dataclass(slots=True)
class _Line:
    turn: threading.Lock = field(default_factory=threading.Lock)
    waiting: list[_Entry] = field(default_factory=list)


class Appender:
    """One for each application, safe in threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._lines: defaultdict[tuple[UUID, bool], _Line] = defaultdict(_Line)

    def append(self, tenant: UUID, one: Prepared, *, describes: bool = True) -> Outcome:
        """Store a statement; returns when it is committed, or is known to be a conflict.

        `describes` as in `write.append`. Raises what the database raises.
        """
        entry = _Entry(one)
        with self._lock:
            line = self._lines[tenant, describes]
            line.waiting.append(entry)
        with line.turn:
            if entry.result is None:
                with self._lock:
                    several, line.waiting = line.waiting, []
                self._store(tenant, several, describes)
        if not isinstance(entry.result, Outcome):
            raise entry.result or RuntimeError("a statement was passed over")
        return entry.result

    def _store(self, tenant: UUID, several: Sequence[_Entry], describes: bool) -> None:
        try:
            with self._database.writing(tenant) as session:
                outcomes = write.append(
                    session, tenant, [entry.one for entry in several], describes=describes
                )
        except Exception as error:  # noqa: BLE001 - raised again by the request that it belongs to
            if len(several) == 1:
                several[0].result = error
                return
            # What one statement does to the database must not be another's failure.
            for entry in several:
                self._store(tenant, [entry], describes)
        else:
            for entry, outcome in zip(several, outcomes, strict=True):
                entry.result = outcome
