"""A gradebook in a storm: it fails often, is down at times, and kills who calls it.

The gradebook answers over HTTP, keeps every score that it accepted, and refuses stale timestamps as
Moodle does. What goes wrong is drawn from a seeded generator.
"""

import os
import random
import signal
import time
from collections import defaultdict
from typing import Any

from tests.lti_tool.ags.fake_lms import FakeLms, Planned, Seen

DOWN = Planned(503, "<html>Down for maintenance</html>")
TROUBLES: tuple[tuple[float, Planned], ...] = (
    (0.025, Planned(500, "[]")),
    (0.020, Planned(500, "[]", after=True)),
    (0.020, Planned(drop=True, after=True)),
    (0.015, Planned(200, "<html>Please log in</html>")),
    (0.010, Planned(200, "<html>Please log in</html>", after=True)),
    (0.015, Planned(409, "[]")),
    (0.005, Planned(422, '{"errors": {"message": "Try again"}}')),
    (0.004, Planned(429, "", {"Retry-After": "1"})),
    (0.003, Planned(403, "403 Forbidden (Rate Limit Exceeded)")),
    (0.003, Planned(503)),
    (0.003, Planned(hang=1.3, drop=True)),
    (0.003, Planned(hang=1.3, after=True)),
    (0.002, Planned(401)),
)


class StormyLms(FakeLms):
    """FakeLms in a storm, drawn from a generator."""

    def __init__(self, port: int, draw: random.Random) -> None:
        super().__init__(port)
        self.draw = draw
        self.is_down = False
        self.calm = False
        self.kills = 0
        """How many callers are still to be killed, after or before their score is kept."""
        self.killed: dict[str, int] = defaultdict(int)
        self.troubles: dict[str, int] = defaultdict(int)

    def answer(self, request: Seen) -> Planned:
        """As usual, or in one of the ways in which LMSs fail."""
        if self.is_down:
            self.troubles["down"] += 1
            return DOWN
        is_score = request.path.partition("?")[0].endswith("/scores")
        if is_score and self._kill_drawn():
            before = self.draw.random() < 0.4
            answer = Planned(drop=True) if before else super().answer(request)
            os.kill(int(request.headers["user-agent"].partition("/")[2]), signal.SIGKILL)
            self.killed["before" if before else "after"] += 1
            return answer
        trouble = None if self.calm else self._trouble(is_score=is_score)
        if trouble is None:
            return super().answer(request)
        if trouble.after:
            super().answer(request)
        time.sleep(trouble.hang)
        return trouble

    def _kill_drawn(self) -> bool:
        with self.lock:
            if self.kills == 0 or self.draw.random() > 0.2:
                return False
            self.kills -= 1
            return True

    def _trouble(self, *, is_score: bool) -> Planned | None:
        with self.lock:
            drawn = self.draw.random()
            for share, trouble in TROUBLES:
                if drawn < share:
                    if trouble.status in (409, 422) and not is_score:
                        # No LMS says so of reading; who may not read a result posts it again.
                        return None
                    self.troubles[f"{trouble.status}{' after' if trouble.after else ''}"] += 1
                    return trouble
                drawn -= share
            return None

    def accepted(self) -> dict[str, list[tuple[Any, ...]]]:
        """By learner: what was kept, in its order."""
        found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for each in self.kept:
            found[each["userId"]].append((each["scoreGiven"], each["comment"]))
        return found
