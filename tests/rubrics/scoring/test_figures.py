"""Rounding, and numbers that are none."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.errors import Refused
from rubrics.scoring.figures import ScoringError, exact, from_float, half_up, plain, positive


@pytest.mark.parametrize(
    ("number", "places", "rounded"),
    [
        ("4.125", 2, "4.13"),
        ("4.1249999", 2, "4.12"),
        ("2.5", 0, "3"),
        ("3.5", 0, "4"),
        ("-4.125", 2, "-4.13"),
        ("0.005", 2, "0.01"),
        ("0", 2, "0.00"),
        ("7", 2, "7.00"),
    ],
)
def test_halves_are_rounded_up(number: str, places: int, rounded: str) -> None:
    assert str(half_up(Decimal(number), places)) == rounded


def test_thirds_are_exact_until_they_are_shown() -> None:
    assert half_up(Fraction(2, 3)) == Decimal("0.67")
    assert half_up(Fraction(2, 3) * 3) == 2


@given(st.fractions(min_value=-1000, max_value=1000), st.integers(0, 8))
def test_rounding_never_moves_by_more_than_half_a_step(number: Fraction, places: int) -> None:
    assert abs(Fraction(half_up(number, places)) - number) <= Fraction(1, 2 * 10**places)


@pytest.mark.parametrize(
    ("number", "text"),
    [("2.000", "2"), ("0.65", "0.65"), ("100", "100"), ("0", "0"), ("2.6666666", "2.666667")],
)
def test_plain_text_has_no_idle_zeros(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


def test_a_float_is_rounded_by_its_shortest_text() -> None:
    assert from_float(0.125, 2) == Decimal("0.13")


@pytest.mark.parametrize("number", [0.1, "1", None, True, Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_exact_number_is_refused(number: Any) -> None:
    with pytest.raises(ScoringError) as refusal:
        exact(number, "The weight")
    assert refusal.value.code == "scoring.not_a_number"
    assert str(refusal.value).startswith("The weight must be")


@pytest.mark.parametrize("number", [0, Decimal(-1)])
def test_a_weight_is_above_zero(number: Decimal | int) -> None:
    with pytest.raises(ScoringError) as refusal:
        positive(number, "The weight")
    assert refusal.value.code == "scoring.not_positive"


def test_scoring_errors_are_refusals_of_the_domain() -> None:
    assert issubclass(ScoringError, Refused)
