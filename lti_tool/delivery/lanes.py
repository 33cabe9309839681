"""Which LMS is served next: in turn, few calls at once each, at its pace, none in its trouble.

There are places for LMSs that answer, and others for those that are doubtful: a call that hangs
leaves its place to the next LMS that answers, so that no number of hanging ones stops the rest.
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
PLACES = 8
"""Calls at once to all LMSs that answer."""
SLOW = 2.0
"""Seconds of a call from which an LMS is slow."""
MOST_DOUBTFUL = 24
"""Calls at once to LMSs that are slow or failed: one each, to see whether they are well again."""
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

    def is_doubtful(self, moment: float) -> bool:
        slow = self.was_slow or any(moment - each > SLOW for each in self.started)
        return slow or self.failures > 0


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
            running = self._running(moment)
            free = [each for each, lane in lanes.items() if _is_free(lane, moment, running)]
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
    ) -> float:
        """Leave the LMS alone: as long as it asked, else longer each time, at most a minute.

        `limited`: it takes fewer calls than it was sent, and gets them more slowly from now on.
        Gives the seconds.
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
            return pause

    def _running(self, moment: float) -> dict[bool, int]:
        """How many calls are under way: to doubtful LMSs (True), and to the others."""
        running = {True: 0, False: 0}
        for lane in self._lanes.values():
            running[lane.is_doubtful(moment)] += len(lane.started)
        return running


def _is_free(lane: _Lane, moment: float, running: dict[bool, int]) -> bool:
    if lane.closed_until > moment:
        return False
    if lane.is_doubtful(moment):
        return not lane.started and running[True] < MOST_DOUBTFUL
    # One that has limits is asked one thing at a time.
    return len(lane.started) < (1 if lane.interval else AT_ONCE) and running[False] < PLACES
