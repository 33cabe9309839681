"""Whatever is released in whatever order, what stands is what the arithmetic says of it."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from foundation.db import Database
from rubrics.queries.learning import learner_page
from rubrics.queries.standings import my_skills
from rubrics.scoring.figures import half_up
from rubrics.tables.activities import Placement
from rubrics.words import CourseRole
from tests.rubrics.make import School, school

Answers = tuple[int | None, int | None]
ANSWERS = st.tuples(*[st.none() | st.integers(1, 4)] * 2)
RELEASES = st.lists(st.tuples(st.integers(0, 2), ANSWERS), min_size=1, max_size=6)
"""Which of three placements is (re-)graded, and the level of each criterion, or not observed."""


@pytest.fixture(scope="module")
def sqlite_school(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[School, list[int]]]:
    """One school for all examples, each of which gets a learner of its own."""
    path = tmp_path_factory.mktemp("properties") / "twofold.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield school(database), [0]
    database.dispose()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(releases=RELEASES)
def test_what_stands_follows_from_the_last_revisions(
    sqlite_school: tuple[School, list[int]], releases: list[tuple[int, Answers]]
) -> None:
    made, counter = sqlite_school
    places = _places(made)
    counter[0] += 1
    learner = _learner(made, counter[0])
    last: dict[int, Answers] = {}
    for minute, (place, answers) in enumerate(releases):
        last[place] = answers  # a re-grade keeps the place's turn: the first release dates it
        made.assess(made.attempt(learner, places[place]), *answers, minute=minute + 1)
    skills = made.read(lambda s: my_skills(s, learner))
    soft = [x for answers in last.values() if (x := _evidence(answers, (1, 1))) is not None]
    hard = [x for answers in last.values() if (x := _evidence(answers, (0, 2))) is not None]
    assert skills.soft[0].estimate == _decayed(soft)
    assert skills.hard[0].estimate == _decayed(hard)
    for place, answers in last.items():
        page = made.read(partial(learner_page, placement_id=places[place], person_id=learner))
        assert page.result is not None
        assert page.result.score is not None
        assert page.result.score.points == _points(answers)


def _places(made: School) -> list[UUID]:
    with made.db.reading(made.tenant_id) as session:
        rows = session.scalars(select(Placement.id).order_by(Placement.created_at)).all()
    return list(rows) if len(rows) == 3 else [*rows, made.place(), made.place()]


def _learner(made: School, number: int) -> UUID:
    return made.person(f"Random {number}", CourseRole.LEARNER)


def _share(position: int) -> Fraction:
    return Fraction(position - 1, 3)


def _weighted(answers: Answers, weights: tuple[int, int]) -> Fraction | None:
    pairs = [(w, _share(p)) for w, p in zip(weights, answers, strict=True) if p and w]
    return sum((w * p for w, p in pairs), Fraction()) / sum(w for w, _ in pairs) if pairs else None


def _evidence(answers: Answers, weights: tuple[int, int]) -> Fraction | None:
    mean = _weighted(answers, weights)
    return None if mean is None else Fraction(half_up(4 * mean, 6))


def _points(answers: Answers) -> Decimal | None:
    share = _weighted(answers, (2, 1))
    return None if share is None else half_up(100 * share)


def _decayed(values: list[Fraction]) -> Decimal | None:
    if not values:
        return None
    now = values[0]
    for value in values[1:]:
        now = now * Fraction(35, 100) + value * Fraction(65, 100)
    return half_up(now)
