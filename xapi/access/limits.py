"""How many requests a minute a credential may make, counted once for all processes.

Touches the credential table, and only for credentials that have a limit. The allowance is a bucket
that refills evenly and holds a minute's worth (the generic cell rate algorithm): so many a minute
for as long as one likes, and at most one minute's worth at once. A process takes a twentieth of it
at a time, so that most requests ask no database; a client that is spread over several processes may
be refused that much early, and is never allowed more.
"""

import threading
import time
from collections.abc import Callable
from math import ceil

from sqlalchemy import case, update

from foundation.db import EVERY_TENANT, Database
from xapi.store.tables import Credential

_MINUTE = 60.0


class Limits:
    """The allowances that this process holds; one for each application, safe in threads."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now
        self._lock = threading.Lock()
        self._held: dict[str, tuple[int, float]] = {}

    def spend(self, key: str, rate: int) -> int | None:
        """Count one request of a credential of `rate` a minute.

        None: it may go on. Else the whole seconds after which to ask again.
        """
        with self._lock:
            moment = self._now()
            left, until = self._held.get(key, (0, 0.0))
            if left <= 0 or until < moment:
                left = max(1, rate // 20)
                wait = self._reserve(key, rate, left, moment)
                if wait is not None:
                    self._held.pop(key, None)
                    return wait
            self._held[key] = (left - 1, moment + _MINUTE)
            return None

    def _reserve(self, key: str, rate: int, count: int, moment: float) -> int | None:
        begun = case((Credential.busy_until > moment, Credential.busy_until), else_=moment)
        cost = count * _MINUTE / rate
        with self._database.writing(EVERY_TENANT) as session:
            taken = session.execute(
                update(Credential)
                .where(Credential.key == key, begun + cost <= moment + _MINUTE + 1e-6)
                .values(busy_until=begun + cost)
                .returning(Credential.key)
            )
            if taken.first() is not None:
                return None
            row = session.get(Credential, key)
            busy_until = moment if row is None else row.busy_until
        return max(1, ceil(busy_until + cost - moment - _MINUTE))
