"""A gradebook in a storm, workers that are killed in it, and a thousand learners.

The gradebook answers over HTTP, keeps every score that it accepted, and refuses stale timestamps as
Moodle does. What goes wrong is drawn from a seeded generator.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from foundation.db import Database
from lti_tool.delivery import outbox
from rubrics.tables.activities import Attempt
from rubrics.tables.assessments import ActivityScore
from tests.lti_tool.ags.fake_lms import FakeLms, Planned, Seen
from tests.lti_tool.delivery.house import House, fill
from tests.lti_tool.launch_app import SECRET
from tests.rubrics.make import START

ROOT = Path(__file__).parents[3]
DOWN = Planned(503, "<html>Down for maintenance</html>")
_FIRST = 10
"""Points that everybody has before the storm."""
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
    """A gradebook that fails often, is down at times, and kills who calls it."""

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
            self.killed["before" if before else "after"] += 1
            os.kill(int(request.headers["user-agent"].partition("/")[2]), signal.SIGKILL)
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


class Workers:
    """Processes of `twofold worker` that are started again whenever one is gone."""

    def __init__(self, url: str, folder: Path, number: int) -> None:
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TWOFOLD_SECRET_KEY": SECRET,
            "TWOFOLD_DATABASE_URL": url,
            "TWOFOLD_FILES": str(folder / "files"),
            "TWOFOLD_LOG_LEVEL": "error",
        }
        self._log = (folder / "workers.log").open("ab")
        self._number = number
        self._running: list[subprocess.Popen[bytes]] = []
        self.started = 0

    def keep_up(self) -> None:
        """Start as many as are missing."""
        self._running = [each for each in self._running if each.poll() is None]
        while len(self._running) < self._number:
            arguments = [sys.executable, "-m", "tests.lti_tool.delivery.hasty_worker"]
            self._running.append(
                subprocess.Popen(
                    arguments, cwd=ROOT, env=self._environment, stdout=self._log, stderr=self._log
                )
            )
            self.started += 1

    def kill(self, draw: random.Random) -> None:
        """Kill one of them, whatever it is doing."""
        running = [each for each in self._running if each.poll() is None]
        if running:
            draw.choice(running).kill()

    def stop(self) -> None:
        """End them all, and wait."""
        for each in self._running:
            each.terminate()
        for each in self._running:
            try:
                each.wait(15)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()
        self._log.close()


class Grades:
    """The grades of a class: each release is another score, put into the outbox as releases do."""

    def __init__(self, one: House, number: int) -> None:
        self._one, made = one, one.made
        first = made.attempt()
        self._assessment, _ = made.assess(first, 4, 2)
        self.learners = fill(one, number, points=_FIRST)
        self._revisions = dict.fromkeys(self.learners, _FIRST)
        self._attempts = {each: uuid4() for each in self.learners}
        attempt = {"tenant_id": made.tenant_id, "placement_id": made.placement_id}
        with made.db.writing(made.tenant_id) as session:
            session.execute(
                insert(Attempt),
                [{**attempt, "id": own, "person_id": who} for who, own in self._attempts.items()],
            )

    @property
    def newest(self) -> dict[UUID, int]:
        """By learner: the points that the gradebook must have in the end."""
        return self._revisions

    def release(self, db: Database, learners: list[UUID]) -> None:
        """Give each of these another score than any before; one transaction."""
        with db.writing(self._one.made.tenant_id) as session:
            for learner in learners:
                self._revisions[learner] += 1
                points = Decimal(self._revisions[learner])
                score = ActivityScore(
                    attempt_id=self._attempts[learner],
                    person_id=learner,
                    assessment_id=self._assessment,
                    revision=self._revisions[learner],
                    share=points / 100,
                    points=points,
                    maximum=Decimal(100),
                    terms={"line": f"Score {points} of 100", "assessments": []},
                    released_at=START,
                )
                session.add(score)
                session.flush()
                outbox.enqueue(session, score.id)
