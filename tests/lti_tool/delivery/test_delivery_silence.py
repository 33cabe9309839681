"""An LMS that is away for an hour, with a thousand grades on their way: the clock is moved.

The worker's own steps, its lanes and back-offs on a clock of the test's own; the LMS answers
without a network between, so that an hour passes in seconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict
from sqlalchemy import func, select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from foundation.http import HttpClient, HttpFailed, HttpResponse
from lti_tool.delivery.lanes import LONGEST_PAUSE, Lanes
from lti_tool.delivery.tables import DeliveryState, GradeDelivery
from lti_tool.delivery.worker import step
from lti_tool.lms.tokens import TokenClient
from lti_tool.platforms.tables import ResourceLink
from tests.lti_tool.ags.fake_lms import FakeLms, FixedKeys, Planned, Seen
from tests.lti_tool.delivery.house import House, fill, house

HOUR = 3600.0
LATEST = 450.0
"""Seconds after the LMS is back until every grade was tried: what docs/operations.md says."""


class Passing:
    """A clock that is set forward by hand."""

    def __init__(self) -> None:
        self.start = clock.now()
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


class Wireless(HttpClient):
    """Calls the LMS's methods, where HttpClient would call its address."""

    def __init__(self, lms: FakeLms) -> None:
        self._lms = lms

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        **_: Any,
    ) -> HttpResponse:
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        path = url.removeprefix(self._lms.address)
        answer = self._lms.answer(Seen(method, path, lower, body or b""))
        if answer.drop:
            raise HttpFailed("http.connect", "the connection was cut")
        found = CaseInsensitiveDict(answer.headers)
        return HttpResponse(answer.status, "", found, answer.body.encode(), url)


class LmsThatGoesAway(FakeLms):
    """Keeps some scores, keeps some more unseen, and is not there for an hour."""

    def __init__(self, passing: Passing, well: int, unseen: int) -> None:
        super().__init__(80)
        self._passing = passing
        self._unseen_from, self._away_from = well, well + unseen
        self.away_since: float | None = None
        self.asked_away = 0

    @property
    def is_away(self) -> bool:
        return self.away_since is not None and self._passing.seconds < self.away_since + HOUR

    def answer(self, request: Seen) -> Planned:
        if self.is_away:
            self.asked_away += 1
            return Planned(drop=True)
        usual = super().answer(request)
        if self.away_since is None and len(self.kept) >= self._away_from:
            self.away_since = self._passing.seconds
            return Planned(drop=True)
        if self.away_since is None and len(self.kept) > self._unseen_from:
            return Planned(drop=True)
        return usual


@dataclass
class Stage:
    """A house whose time and LMS are in the test's hand."""

    passing: Passing
    one: House
    lms: LmsThatGoesAway
    lanes: Lanes

    def run(self, until: Callable[[], bool], longest: float) -> None:
        """Steps of one worker; where there is nothing to do, half a second passes."""
        ends = self.passing.seconds + longest
        while not until():
            if not step(self.one.services, self.lanes):
                self.passing.seconds += self.lanes.opens_in(5.0)
            assert self.passing.seconds < ends

    def delivered(self) -> int:
        with self.one.db.reading(EVERY_TENANT) as session:
            done = GradeDelivery.state == DeliveryState.DELIVERED
            return session.scalar(select(func.count()).where(done)) or 0


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Passing:
    moved = Passing()
    monkeypatch.setattr(clock, "now", moved.now)
    return moved


def stage(db: Database, passing: Passing, *, well: int, unseen: int) -> Stage:
    lms = LmsThatGoesAway(passing, well, unseen)
    one = house(db, lms)
    http = Wireless(lms)
    one.services = replace(one.services, http=http, tokens=TokenClient(http, FixedKeys()))
    return Stage(passing, one, lms, Lanes(passing.monotonic))


def test_after_an_hour_of_silence_every_grade_comes_soon(db: Database, passing: Passing) -> None:
    many = 250
    it = stage(db, passing, well=100, unseen=20)
    fill(it.one, many)
    it.run(lambda: it.lms.away_since is not None, HOUR)
    assert len(it.lms.kept) == 120
    it.run(lambda: not it.lms.is_away, HOUR + LONGEST_PAUSE * 2)
    assert 50 < it.lms.asked_away < 250, "it was asked now and then, and not by every grade"
    assert it.delivered() < 120, "some are there, and nobody here knows it yet"
    back = passing.seconds
    it.run(lambda: it.delivered() == many, LATEST)
    assert passing.seconds - back < LATEST
    users = [each["userId"] for each in it.lms.kept]
    assert len(users) == len(set(users)) == many, "each once, also those whose answer was lost"


def test_a_column_that_could_not_be_made_for_an_hour_is_made_soon(
    db: Database, passing: Passing
) -> None:
    it = stage(db, passing, well=0, unseen=0)
    it.one.set(ResourceLink, it.one.link_id, lineitem_url=None)
    it.lms.away_since = passing.seconds
    fill(it.one, 3)
    it.run(lambda: not it.lms.is_away, HOUR + LONGEST_PAUSE * 2)
    it.run(lambda: it.delivered() == 3, LATEST)
    assert it.lms.made == 1
    assert len(it.lms.kept) == 3
