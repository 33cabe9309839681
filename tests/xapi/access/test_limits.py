"""The allowance of a credential, counted once for all processes."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from foundation.db import Database
from xapi.access import credentials
from xapi.access.limits import Limits


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.moment = 1_800_000_000.0

    def __call__(self) -> float:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limited(db: Database, tenant: UUID, rate: int) -> str:
    with db.writing(tenant) as session:
        return credentials.create(session, tenant, "poller", ["all"], rate=rate)[0]


def passed(limits: Limits, key: str, rate: int, tries: int) -> int:
    return sum(limits.spend(key, rate) is None for _ in range(tries))


@pytest.mark.parametrize("rate", [1, 7, 60, 1000])
def test_a_minutes_worth_at_once_and_then_no_more(
    db: Database, tenant: UUID, clock: Clock, rate: int
) -> None:
    limits = Limits(db, clock)
    key = limited(db, tenant, rate)
    assert passed(limits, key, rate, 2 * rate + 3) == rate
    wait = limits.spend(key, rate)
    assert wait is not None
    assert 1 <= wait <= 60
    clock.moment += wait
    assert limits.spend(key, rate) is None


def test_it_refills_evenly(db: Database, tenant: UUID, clock: Clock) -> None:
    limits = Limits(db, clock)
    key = limited(db, tenant, 60)
    passed(limits, key, 60, 60)
    counted = 0
    for _ in range(120):
        clock.moment += 1
        counted += passed(limits, key, 60, 5)
    assert 117 <= counted <= 120


def test_processes_share_it(db: Database, tenant: UUID, clock: Clock) -> None:
    workers = [Limits(db, clock) for _ in range(3)]
    key = limited(db, tenant, 100)
    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(lambda each: passed(each, key, 100, 100), workers))
    assert 90 <= sum(counts) <= 100


def test_one_does_not_use_up_anothers(db: Database, tenant: UUID, clock: Clock) -> None:
    limits = Limits(db, clock)
    first, second = limited(db, tenant, 5), limited(db, tenant, 5)
    assert passed(limits, first, 5, 20) == 5
    assert passed(limits, second, 5, 20) == 5
