"""Appending for requests, several of them to a transaction.

Touches the database through `write`. While one request's transaction waits for the disk or for
its turn to write, others arrive; whoever comes next stores all that wait, so that they share one
commit (group commit). Each hears its own verdicts after the commit, and is stored whole or not at
all.
"""

import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from foundation.db import Database
from xapi.statements.prepare import Prepared
from xapi.store import write
from xapi.store.order import Order, joined, order
from xapi.store.write import Outcome, Verdict

MOST = 500
"""How many statements share a transaction; a request that brings more has one of its own."""


@dataclass(slots=True, eq=False)
class _Entry:
    wanted: Order
    woken: threading.Event = field(default_factory=threading.Event)
    """Set when its result is there, or when it `leads`."""
    leads: bool = False
    """Its thread is the one that stores what waits."""
    result: list[Outcome] | Exception | None = None


@dataclass(slots=True)
class _Line:
    waiting: list[_Entry] = field(default_factory=list)
    busy: bool = False
    """Somebody stores, or has been told that it is their turn: the first of those who wait."""


class _Spoilt(Exception):
    """A statement of a batch is a conflict: nothing of this transaction stays."""

    def __init__(self, results: list[list[Outcome]]) -> None:
        self.results = results


class Appender:
    """One for each application, safe in threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._lines: defaultdict[tuple[UUID, bool], _Line] = defaultdict(_Line)

    def append(
        self, tenant: UUID, several: Sequence[Prepared], *, describes: bool = True
    ) -> list[Outcome]:
        """Store a request's statements; returns when they are committed, or one is a conflict.

        Then none of them is stored. `describes` as in `write.append`. Raises what the database
        raises.
        """
        entry = _Entry(order(tenant, several, describes=describes))
        # PostgreSQL stores batches beside each other; SQLite has one writer, whoever waits.
        if len(several) > (MOST if self._database.is_sqlite else 1):
            self._store(tenant, entry)
        else:
            self._stand_in_line(tenant, entry, describes)
        if not isinstance(entry.result, list):
            raise entry.result or RuntimeError("a request was passed over")
        return entry.result

    def _stand_in_line(self, tenant: UUID, entry: _Entry, describes: bool) -> None:
        with self._lock:
            line = self._lines[tenant, describes]
            line.waiting.append(entry)
            waits, line.busy = line.busy, True
        if waits:
            entry.woken.wait()
            if not entry.leads:
                return
        together: list[_Entry] = []
        try:
            self._store_those_who_wait(tenant, line, together)
        finally:
            # The next first, so that they store while the others answer.
            with self._lock:
                if entry in line.waiting:  # ended before it could write
                    line.waiting.remove(entry)
                line.busy = bool(line.waiting)
                following = line.waiting[:1]
            for one in following:
                one.leads = True
            for one in (*following, *together):
                one.woken.set()

    def _store_those_who_wait(self, tenant: UUID, line: _Line, together: list[_Entry]) -> None:
        """Puts those whom it takes from the line into `together`."""
        try:
            with self._database.writing(tenant) as session:
                # Only now: whoever came while this waited for its turn to write comes along.
                self._take(line, together)
                results = _carried_out(session, together)
        except Exception as error:  # noqa: BLE001 - raised again by the request that it belongs to
            if not together:
                self._take(line, together)
            if len(together) == 1:
                together[0].result = _of_one(error)
                return
            # What one request does to the database must not be another's failure.
            for entry in together:
                self._store(tenant, entry)
        else:
            for entry, result in zip(together, results, strict=True):
                entry.result = result

    def _take(self, line: _Line, together: list[_Entry]) -> None:
        with self._lock:
            first, line.waiting = _some(line.waiting)
        together += first

    def _store(self, tenant: UUID, entry: _Entry) -> None:
        try:
            with self._database.writing(tenant) as session:
                (entry.result,) = _carried_out(session, [entry])
        except Exception as error:  # noqa: BLE001 - raised again by the request that it belongs to
            entry.result = _of_one(error)


def _carried_out(session: Session, entries: Sequence[_Entry]) -> list[list[Outcome]]:
    """Store them; the verdicts of each. Raises _Spoilt."""
    said = iter(write.carry_out(session, joined([entry.wanted for entry in entries])))
    results = [[next(said) for _ in entry.wanted.prepared] for entry in entries]
    if any(_is_spoilt(result) for result in results):
        raise _Spoilt(results)
    return results


def _of_one(error: Exception) -> list[Outcome] | Exception:
    return error.results[0] if isinstance(error, _Spoilt) else error


def _some(waiting: list[_Entry]) -> tuple[list[_Entry], list[_Entry]]:
    """The first of those who wait, together at most MOST statements, and the others."""
    many = 0
    for place, entry in enumerate(waiting):
        many += len(entry.wanted.prepared)
        if many > MOST and place:
            return waiting[:place], waiting[place:]
    return waiting, []


def _is_spoilt(batch: Sequence[Outcome]) -> bool:
    return len(batch) > 1 and any(one.verdict is Verdict.CONFLICT for one in batch)
