"""The incomplete beta function, the posterior's vectors, and the words."""

import math
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.scoring.certainty import (
    Certainty,
    certainty,
    incomplete_beta,
    incomplete_beta_inverse,
    posterior,
)
from rubrics.scoring.config import MasteryConfig
from rubrics.scoring.estimate import estimate
from rubrics.scoring.figures import ScoringError, half_up
from rubrics.words import Kind
from tests.rubrics.scoring.making import FOUR, evidence

PARAMETERS = st.floats(1, 60)
INSIDE = st.floats(0.001, 0.999)


@pytest.mark.parametrize(
    ("met", "n", "mean", "low", "high"),
    [
        (0, 0, ".50", ".10", ".90"),
        (1, 1, ".67", ".32", ".95"),
        (3, 3, ".80", ".56", ".97"),
        (3, 4, ".67", ".42", ".89"),
        (5, 5, ".86", ".68", ".98"),
        (8, 9, ".82", ".66", ".95"),
    ],
)
def test_vectors(met: int, n: int, mean: str, low: str, high: str) -> None:
    result = posterior(met, n)
    shown = [half_up(figure) for figure in (result.mean, result.low, result.high)]
    assert shown == [Decimal(mean), Decimal(low), Decimal(high)]


@given(st.integers(1, 40), st.integers(1, 40), INSIDE)
def test_the_incomplete_beta_equals_the_binomial_tail(a: int, b: int, x: float) -> None:
    n = a + b - 1
    tail = math.fsum(math.comb(n, j) * x**j * (1 - x) ** (n - j) for j in range(a, n + 1))
    assert incomplete_beta(a, b, x) == pytest.approx(tail, abs=1e-11)


@given(PARAMETERS, PARAMETERS, INSIDE)
def test_the_mirror_image(a: float, b: float, x: float) -> None:
    assert incomplete_beta(a, b, x) == pytest.approx(1 - incomplete_beta(b, a, 1 - x), abs=1e-10)


@given(PARAMETERS, PARAMETERS, INSIDE)
def test_the_inverse_goes_there_and_back(a: float, b: float, probability: float) -> None:
    x = incomplete_beta_inverse(a, b, probability)
    assert incomplete_beta(a, b, x) == pytest.approx(probability, abs=1e-9)


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_interval_contains_the_mean_and_narrows(met: int, missed: int) -> None:
    result = posterior(met, met + missed)
    assert 0 < result.low < result.mean < result.high < 1
    twice = posterior(2 * met, 2 * (met + missed))
    if met + missed:
        assert twice.high - twice.low < result.high - result.low


@given(st.integers(0, 40), st.integers(1, 40))
def test_one_more_success_moves_everything_up(met: int, missed: int) -> None:
    fewer, more = posterior(met, met + missed), posterior(met + 1, met + missed)
    assert more.mean > fewer.mean
    assert more.low > fewer.low
    assert more.high > fewer.high


def test_the_ends_of_the_range() -> None:
    assert incomplete_beta(2, 3, 0) == 0
    assert incomplete_beta(2, 3, 1) == 1


@pytest.mark.parametrize(
    ("met", "n", "kind", "assessors", "activities", "word"),
    [
        (0, 0, Kind.HARD, 0, 0, Certainty.NONE),
        (1, 1, Kind.HARD, 3, 1, Certainty.TOO_EARLY),
        (1, 1, Kind.SOFT, 3, 1, Certainty.TOO_EARLY),
        (2, 2, Kind.HARD, 1, 1, Certainty.WELL_SUPPORTED),
        (0, 2, Kind.HARD, 1, 1, Certainty.WELL_SUPPORTED),
        (2, 2, None, 1, 1, Certainty.WELL_SUPPORTED),
        (2, 2, Kind.SOFT, 2, 1, Certainty.WELL_SUPPORTED),
        (2, 2, Kind.SOFT, 1, 2, Certainty.WELL_SUPPORTED),
        (2, 2, Kind.SOFT, 1, 1, Certainty.LIKELY),
        (0, 2, Kind.SOFT, 1, 1, Certainty.LIKELY),
        (1, 2, Kind.SOFT, 1, 1, Certainty.NOT_SETTLED),
        (2, 3, Kind.SOFT, 1, 1, Certainty.NOT_SETTLED),
    ],
)
def test_words(
    met: int, n: int, kind: Kind | None, assessors: int, activities: int, word: Certainty
) -> None:
    assert certainty(met, n, kind, assessors, activities) is word


def test_the_word_never_changes_level_or_mastery() -> None:
    values = evidence([3, 3], activities=["one", "one"])
    hard = estimate(values, MasteryConfig(FOUR, kind=Kind.HARD))
    soft = estimate(values, MasteryConfig(FOUR, kind=Kind.SOFT))
    assert (hard.certainty, soft.certainty) == (Certainty.WELL_SUPPORTED, Certainty.LIKELY)
    assert (hard.estimate, hard.level, hard.at_mastery) == (
        soft.estimate,
        soft.level,
        soft.at_mastery,
    )


def test_refusals() -> None:
    cases: dict[str, Callable[[], object]] = {
        "scoring.counts": lambda: posterior(2, 1),
        "scoring.beta": lambda: incomplete_beta_inverse(1, 1, 1.5),
    }
    for code, wrong in cases.items():
        with pytest.raises(ScoringError) as refusal:
            wrong()
        assert refusal.value.code == code
    with pytest.raises(ScoringError):
        incomplete_beta(0, 1, 0.5)
