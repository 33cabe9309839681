"""Our keys turn over by themselves: every signature can be checked, whoever cached what."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from foundation.secrets import Seal
from lti_tool.installation import InstallationRow
from lti_tool.platforms import key_rotation
from lti_tool.platforms.key_rotation import SHOWN_AFTER, SHOWN_BEFORE, SIGNS_FOR
from lti_tool.platforms.tables import ToolKey
from lti_tool.platforms.tool_keys import ToolKeys

SEAL = Seal("k3y-for-tests-0123456789-abcdefghij")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def founded(db: Database) -> None:
    with db.writing(EVERY_TENANT) as session:
        session.add(InstallationRow(id=1, iri_base="https://x.example", namespace=UUID(int=7)))


def kids(keys: ToolKeys) -> list[str]:
    return [jwk["kid"] for jwk in keys.jwks()["keys"]]


def count(db: Database) -> int:
    with db.reading(EVERY_TENANT) as session:
        return session.scalar(select(func.count()).select_from(ToolKey)) or 0


def tend(db: Database) -> bool:
    return key_rotation.step(db, SEAL, clock.now())


def test_a_key_is_published_signs_is_retired_and_goes(
    db: Database, travel: time_machine.Traveller
) -> None:
    keys = ToolKeys(db, SEAL)
    first = keys.signing().kid
    travel.move_to(START + SIGNS_FOR - HOUR)
    assert not tend(db)
    travel.move_to(START + SIGNS_FOR)
    assert tend(db)
    assert not tend(db)
    second = next(kid for kid in kids(keys) if kid != first)
    assert keys.signing().kid == first, "a key that LMSs may not know yet does not sign"

    travel.move_to(START + SIGNS_FOR + SHOWN_BEFORE)
    assert keys.signing().kid == second, "no worker is needed for the turn itself"
    assert kids(keys) == [first, second]
    tend(db)
    travel.shift(SHOWN_AFTER - HOUR)
    assert kids(keys) == [first, second]
    travel.shift(HOUR)
    assert kids(keys) == [second]
    tend(db)
    assert count(db) == 1


def test_the_schedule_goes_on_after_the_worker_was_away(
    db: Database, travel: time_machine.Traveller
) -> None:
    keys = ToolKeys(db, SEAL)
    first = keys.signing().kid
    travel.move_to(START + timedelta(days=200))
    assert tend(db)
    assert keys.signing().kid == first
    travel.shift(SHOWN_BEFORE)
    tend(db)
    assert keys.signing().kid != first
    assert first in kids(keys)


def test_every_signature_of_a_year_is_published_for_two_weeks(
    db: Database, travel: time_machine.Traveller
) -> None:
    """A day's step from a tool that signs to an LMS that fetched our keys a day ago."""
    keys, other_process = ToolKeys(db, SEAL), ToolKeys(db, SEAL)
    fetched = set(kids(keys))
    used: list[tuple[datetime, str]] = []
    for _ in range(365):
        signed = {keys.signing().kid, other_process.signing().kid}
        assert len(signed) == 1
        assert signed <= fetched, "signed with a key that yesterday's key set does not have"
        used.append((clock.now(), next(iter(signed))))
        fetched = set(kids(keys))
        assert {kid for at, kid in used if at > clock.now() - SHOWN_AFTER} <= fetched
        travel.shift(timedelta(days=1))
        tend(db)
    assert len({kid for _, kid in used}) == 12
    assert count(db) <= 3


def test_processes_that_turn_at_once_make_one_key(
    db: Database, travel: time_machine.Traveller
) -> None:
    ToolKeys(db, SEAL).signing()
    travel.move_to(START + SIGNS_FOR)
    at, ready = clock.now(), threading.Barrier(4)

    def turn() -> bool:
        ready.wait(10)
        return key_rotation.step(db, SEAL, at)

    with ThreadPoolExecutor(4) as threads:
        made = [future.result() for future in [threads.submit(turn) for _ in range(4)]]
    assert sorted(made) == [False, False, False, True]
    assert count(db) == 2


def test_processes_that_start_at_once_make_one_key(db: Database) -> None:
    ready = threading.Barrier(4)

    def start() -> str:
        ready.wait(10)
        return ToolKeys(db, SEAL).signing().kid

    with ThreadPoolExecutor(4) as threads:
        signed = {future.result() for future in [threads.submit(start) for _ in range(4)]}
    assert len(signed) == 1
    assert count(db) == 1


def test_an_administrator_turns_the_keys(db: Database, travel: time_machine.Traveller) -> None:
    keys = ToolKeys(db, SEAL)
    first = keys.signing().kid
    second = key_rotation.rotate(db, SEAL, clock.now(), actor="command line")
    assert keys.signing().kid == first
    assert kids(keys) == [first, second]
    travel.shift(SHOWN_BEFORE)
    assert keys.signing().kid == second
    with db.reading(EVERY_TENANT) as session:
        lines = key_rotation.describe(session, clock.now())
    assert [line.split()[0] for line in lines] == [first, second]
    assert "signs since" in lines[1]


def test_a_leaked_key_is_withdrawn_at_once(db: Database, travel: time_machine.Traveller) -> None:
    keys = ToolKeys(db, SEAL)
    keys.signing()
    kid = key_rotation.rotate(db, SEAL, clock.now(), actor="command line", leaked=True)
    assert kids(keys) == [kid]
    travel.shift(timedelta(seconds=61))
    assert keys.signing().kid == kid


def test_new_keys_are_sealed(db: Database, travel: time_machine.Traveller) -> None:
    ToolKeys(db, SEAL).signing()
    key_rotation.rotate(db, SEAL, clock.now(), actor="command line")
    with db.reading(EVERY_TENANT) as session:
        kept = session.scalars(select(ToolKey.private_pem)).all()
    assert len(kept) == 2
    assert not any("PRIVATE KEY" in sealed for sealed in kept)
    assert all(b"PRIVATE KEY" in SEAL.open(sealed) for sealed in kept)
