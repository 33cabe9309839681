"""Which LMS is served next: in turn, few calls at once each, none while it is in trouble.

Lives in the memory of one worker; nothing is lost with it. Touches nothing else.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

AT_ONCE = 2
LONGEST_PAUSE = 60.0


@dataclass(slots=True)
class _Lane:
    running: int = 0
    served: int = 0
    failures: int = 0
    closed_until: float = 0.0


class Lanes:
    """One lane for each registration; safe between threads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._lanes: dict[UUID, _Lane] = {}
        self._served = 0

    def enter(self, waiting: Iterable[UUID]) -> UUID | None:
        """Take a place with the registration that was served longest ago; None: all are busy."""
        with self._lock:
            moment = self._monotonic()
            lanes = {each: self._lanes.setdefault(each, _Lane()) for each in waiting}
            free = [
                each
                for each, lane in lanes.items()
                if lane.running < AT_ONCE and lane.closed_until <= moment
            ]
            if not free:
                return None
            chosen = min(free, key=lambda each: lanes[each].served)
            self._served += 1
            lanes[chosen].served = self._served
            lanes[chosen].running += 1
            return chosen

    def leave(self, registration_id: UUID) -> None:
        """Give the place back."""
        with self._lock:
            self._lanes[registration_id].running -= 1

    def answered(self, registration_id: UUID) -> None:
        """The LMS is well."""
        with self._lock:
            lane = self._lanes[registration_id]
            lane.failures, lane.closed_until = 0, 0.0

    def in_trouble(self, registration_id: UUID, wait: float | None) -> None:
        """Leave the LMS alone: as long as it asked, else longer each time, at most a minute."""
        with self._lock:
            lane = self._lanes[registration_id]
            lane.failures += 1
            pause = min(LONGEST_PAUSE, max(wait or 0.0, 2.0 ** min(lane.failures - 1, 6)))
            lane.closed_until = self._monotonic() + pause
