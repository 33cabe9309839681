"""Which LMS is served next: in turn, few calls at once each, at its pace, none in its trouble.

Lives in the memory of one worker; nothing is lost with it. Touches nothing else.
"""

import random
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

AT_ONCE = 2
LONGEST_PAUSE = 60.0
SLOW = 2.0
"""Seconds of a call from which an LMS is slow: it gets one place, and all slow ones MOST_SLOW."""
MOST_SLOW = 4
_FIRST_INTERVAL, _LONGEST_INTERVAL = 0.1, 5.0
"""Seconds between two calls to an LMS that has limits; twice as long at each limit."""
_QUICKER = 0.9


@dataclass(slots=True)
class _Lane:
    started: list[float] = field(default_factory=list)
    served: int = 0
    failures: int = 0
    closed_until: float = 0.0
    interval: float = 0.0
    was_slow: bool = False

    def is_slow(self, moment: float) -> bool:
        return self.was_slow or any(moment - each > SLOW for each in self.started)


class Lanes:
    """One lane for each registration; safe between threads."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[float, float], float] = random.uniform,
        longest_pause: float = LONGEST_PAUSE,
    ) -> None:
        self._monotonic = monotonic
        self._jitter = jitter
        self._longest_pause = longest_pause
        self._lock = threading.Lock()
        self._lanes: dict[UUID, _Lane] = {}
        self._tenants: dict[tuple[UUID, UUID], int] = {}
        self._served = 0

    def enter(self, waiting: Iterable[UUID]) -> UUID | None:
        """Take a place with the registration that was served longest ago; None: all are busy."""
        with self._lock:
            moment = self._monotonic()
            lanes = {each: self._lanes.setdefault(each, _Lane()) for each in waiting}
            slow = sum(len(lane.started) for lane in self._lanes.values() if lane.is_slow(moment))
            free = [each for each, lane in lanes.items() if _is_free(lane, moment, slow)]
            if not free:
                return None
            chosen = min(free, key=lambda each: lanes[each].served)
            lane = lanes[chosen]
            self._served += 1
            lane.served = self._served
            lane.started.append(moment)
            if lane.interval:
                lane.closed_until = moment + lane.interval * self._jitter(0.75, 1.25)
            return chosen

    def opens_in(self, longest: float) -> float:
        """Seconds until one that is closed opens again, at most `longest`."""
        with self._lock:
            moment = self._monotonic()
            closed = [lane.closed_until - moment for lane in self._lanes.values()]
            return min((each for each in (*closed, longest) if each > 0), default=longest)

    def turn(self, registration_id: UUID, tenants: Collection[UUID]) -> UUID:
        """Of the tenants that share a registration, the one that was served longest ago."""
        with self._lock:
            keys = [(registration_id, each) for each in tenants]
            chosen = min(keys, key=lambda each: self._tenants.get(each, 0))
            self._served += 1
            self._tenants[chosen] = self._served
            return chosen[1]

    def leave(self, registration_id: UUID) -> None:
        """Give the place back."""
        with self._lock:
            lane = self._lanes[registration_id]
            # Which of them ended does not matter: the oldest is the one that shows slowness.
            lane.was_slow = self._monotonic() - lane.started.pop(0) > SLOW

    def answered(self, registration_id: UUID) -> None:
        """The LMS is well."""
        with self._lock:
            lane = self._lanes[registration_id]
            lane.failures = 0
            lane.interval *= _QUICKER
            if lane.interval < _FIRST_INTERVAL / 2:
                lane.interval = 0.0

    def in_trouble(
        self, registration_id: UUID, wait: float | None, *, limited: bool = False
    ) -> None:
        """Leave the LMS alone: as long as it asked, else longer each time, at most a minute.

        `limited`: it takes fewer calls than it was sent, and gets them more slowly from now on.
        """
        with self._lock:
            lane = self._lanes[registration_id]
            lane.failures += 1
            own = min(self._longest_pause, 2.0 ** min(lane.failures - 1, 6))
            # Later rather than sooner, and not in step with other workers.
            pause = max(wait or 0.0, own) * self._jitter(1.0, 1.25)
            lane.closed_until = max(lane.closed_until, self._monotonic() + pause)
            if limited:
                doubled = max(2 * lane.interval, _FIRST_INTERVAL)
                lane.interval = min(doubled, _LONGEST_INTERVAL)


def _is_free(lane: _Lane, moment: float, slow: int) -> bool:
    if lane.closed_until > moment:
        return False
    if lane.is_slow(moment):
        return not lane.started and slow < MOST_SLOW
    # One that has limits is asked one thing at a time.
    return len(lane.started) < (1 if lane.interval else AT_ONCE)
