"""Estimates by every method: Canvas's and our vectors, properties, refusals, sentences."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.scoring.certainty import Certainty
from rubrics.scoring.config import MasteryConfig
from rubrics.scoring.estimate import MasteryEstimate, estimate
from rubrics.scoring.figures import ScoringError, half_up
from rubrics.scoring.levels import Scale
from rubrics.scoring.mastery import PARAMETERS, MasteryMethod, checked_parameter
from rubrics.words import Kind
from tests.rubrics.scoring.making import CANVAS, FOUR, evidence

M = MasteryMethod
ONE_TO_FIVE = [1, 2, 3, 4, 5]
VALUES = st.lists(st.decimals(0, 4, places=6), min_size=1, max_size=8)
METHODS = st.sampled_from(M)


def of(
    values: list[int] | list[str] | list[Decimal],
    method: MasteryMethod,
    parameter: int | None = None,
    scale: Scale = CANVAS,
) -> MasteryEstimate:
    return estimate(evidence(values), MasteryConfig(scale, method, parameter))


@pytest.mark.parametrize(
    ("values", "method", "parameter", "expected"),
    [
        (ONE_TO_FIVE, M.WEIGHTED_AVERAGE, 65, "4.13"),
        (ONE_TO_FIVE, M.DECAYING_AVERAGE, 65, "4.47"),
        (ONE_TO_FIVE, M.WEIGHTED_AVERAGE, None, "4.13"),
        (ONE_TO_FIVE, M.DECAYING_AVERAGE, None, "4.47"),
        (ONE_TO_FIVE, M.DECAYING_AVERAGE, 50, "4.06"),
        (ONE_TO_FIVE, M.AVERAGE, None, "3.00"),
        (ONE_TO_FIVE, M.LATEST, None, "5.00"),
        ([5, 1, 2], M.LATEST, None, "2.00"),
        ([1, 5, 2], M.HIGHEST, None, "5.00"),
        (ONE_TO_FIVE, M.N_TIMES, None, None),
        (ONE_TO_FIVE, M.N_TIMES, 4, None),
        (ONE_TO_FIVE, M.N_TIMES, 3, "4.00"),
        (ONE_TO_FIVE, M.N_TIMES, 2, "4.00"),
        ([3, 3, 4, 4, 5], M.N_TIMES, None, "3.80"),
        ([1, 2, 5], M.MOST_COMMON, None, "1.50"),
        ([1, 3, 5], M.MOST_COMMON, None, "5.00"),
        ([5, 3, 4, 1], M.MOST_COMMON, None, "3.50"),
        ([3, 4], M.AVERAGE, None, "3.50"),
    ],
)
def test_vectors(
    values: list[int], method: MasteryMethod, parameter: int | None, expected: str | None
) -> None:
    figure = of(values, method, parameter).estimate
    assert (None if figure is None else str(figure)) == expected


@pytest.mark.parametrize("method", [m for m in M if m is not M.N_TIMES])
def test_a_single_value_is_its_own_estimate(method: MasteryMethod) -> None:
    assert of(["2.7"], method).estimate == Decimal("2.70")


@pytest.mark.parametrize("method", M)
def test_no_evidence_is_no_estimate(method: MasteryMethod) -> None:
    result = of([], method)
    assert (result.estimate, result.level, result.at_mastery) == (None, None, False)
    assert (result.probability, result.interval) == (None, None)
    assert result.certainty is Certainty.NONE
    assert result.sentence == "No evidence yet."


@pytest.mark.parametrize("before", range(1, 6))
def test_the_recursive_average_by_its_definition(before: int) -> None:
    running = Fraction(1)
    for value in range(2, before + 2):
        running = running * (1 - Fraction(65, 100)) + value * Fraction(65, 100)
    scale = replace(CANVAS, top=Decimal(6))
    result = of(list(range(1, before + 2)), M.DECAYING_AVERAGE, scale=scale)
    assert result.estimate == half_up(running)


def test_level_and_mastery_follow_from_the_figure_shown() -> None:
    result = of(["2.994", "2.996"], M.AVERAGE, scale=FOUR)
    assert (result.estimate, result.level, result.at_mastery) == (
        Decimal("3.00"),
        "Proficient",
        True,
    )


@given(VALUES, METHODS)
def test_the_estimate_lies_between_its_evidence(
    values: list[Decimal], method: MasteryMethod
) -> None:
    figure = of(values, method, scale=FOUR).estimate
    if figure is not None:
        assert half_up(min(values)) <= figure <= half_up(max(values))


@given(VALUES, METHODS)
def test_the_weights_add_up_to_one_and_give_the_estimate(
    values: list[Decimal], method: MasteryMethod
) -> None:
    result = of(values, method, scale=FOUR)
    total = sum(term.weight for term in result.terms)
    if result.estimate is None:
        assert total == 0
    else:
        products = (term.weight * Fraction(term.evidence.value) for term in result.terms)
        assert total == 1
        assert half_up(sum(products, Fraction())) == result.estimate


@given(VALUES, METHODS, st.randoms())
def test_the_order_in_which_evidence_is_given_does_not_matter(
    values: list[Decimal], method: MasteryMethod, random: Random
) -> None:
    given_evidence = evidence(values)
    shuffled = [*given_evidence]
    random.shuffle(shuffled)
    config = MasteryConfig(FOUR, method)
    assert estimate(shuffled, config) == estimate(given_evidence, config)


@given(VALUES, st.sampled_from([M.AVERAGE, M.HIGHEST, M.MOST_COMMON, M.N_TIMES]))
def test_methods_without_memory_do_not_care_for_dates(
    values: list[Decimal], method: MasteryMethod
) -> None:
    backwards = list(reversed(values))
    assert of(values, method, scale=FOUR).estimate == of(backwards, method, scale=FOUR).estimate


@given(
    VALUES,
    st.sampled_from([m for m in M if m not in (M.N_TIMES, M.MOST_COMMON)]),
    st.data(),
)
def test_a_better_value_never_lowers_the_estimate(
    values: list[Decimal], method: MasteryMethod, data: st.DataObject
) -> None:
    """Not so where values are picked by level: one more that just meets it lowers their mean."""
    which = data.draw(st.integers(0, len(values) - 1))
    better = [*values]
    better[which] = data.draw(st.decimals(values[which], 4, places=6))
    before, after = of(values, method, scale=FOUR), of(better, method, scale=FOUR)
    assert before.estimate is not None
    assert after.estimate is not None
    assert after.estimate >= before.estimate


@given(VALUES)
def test_most_common_gives_the_level_that_is_most_common(values: list[Decimal]) -> None:
    result = of(values, M.MOST_COMMON, scale=FOUR)
    levels = [level.label if (level := FOUR.level_of(v)) else None for v in values]
    assert levels.count(result.level) == max(levels.count(level) for level in levels)


@given(st.lists(st.decimals(0, 4, places=2), max_size=12), st.integers(1, 10))
def test_n_times_is_silent_below_n_and_at_mastery_from_there_on(
    values: list[Decimal], times: int
) -> None:
    result = of(values, M.N_TIMES, times, scale=FOUR)
    assert (result.estimate is not None) == (result.met >= times)
    assert result.at_mastery == (result.met >= times)


@pytest.mark.parametrize(
    ("method", "parameter", "applied"),
    [
        (M.WEIGHTED_AVERAGE, None, 65),
        (M.DECAYING_AVERAGE, None, 65),
        (M.N_TIMES, None, 5),
        (M.LATEST, None, None),
        (M.N_TIMES, 10, 10),
        (M.WEIGHTED_AVERAGE, 1, 1),
    ],
)
def test_parameters(method: MasteryMethod, parameter: int | None, applied: int | None) -> None:
    assert checked_parameter(method, parameter) == applied


@pytest.mark.parametrize(
    ("method", "parameter"),
    [(m, end) for m, (_, low, high) in PARAMETERS.items() for end in (low - 1, high + 1)]
    + [(M.LATEST, 1), (M.AVERAGE, 65), (M.N_TIMES, True)],
)
def test_parameters_out_of_range(method: MasteryMethod, parameter: int) -> None:
    with pytest.raises(ScoringError) as refusal:
        MasteryConfig(FOUR, method, parameter)
    assert refusal.value.code == "scoring.parameter"


def test_evidence_that_is_refused() -> None:
    config, good = MasteryConfig(FOUR), evidence([3])[0]
    cases = [
        ("scoring.value_outside", [replace(good, value=Decimal("4.01"))]),
        ("scoring.value_outside", [replace(good, value=Decimal(-1))]),
        ("scoring.value_outside", [replace(good, value=Decimal("1.0000001"))]),
        ("scoring.not_a_number", [replace(good, value=Decimal("NaN"))]),
        ("scoring.naive_time", [replace(good, at=datetime(2026, 11, 12))]),  # noqa: DTZ001
        ("scoring.repeated", [good, good]),
    ]
    for code, values in cases:
        with pytest.raises(ScoringError) as refusal:
            estimate(values, config)
        assert refusal.value.code == code


def test_the_worked_line() -> None:
    values = evidence(["3", "2", "3.1", "3.5"], assessors=[("ann",), ("ben",), ("cem",), ("ann",)])
    result = estimate(values, MasteryConfig(FOUR, kind=Kind.SOFT))
    assert result.sentence == (
        "3.27 = 0.65 × 3.50 (role-play, 15 Nov) + 0.35 × 2.84 (before): Proficient (from 3.00)."
        " 4 ratings by 3 people in 4 activities; met Proficient in 3 of 4; the next one meets it"
        " with a chance of 67 % (80 % interval 42–89 %): well supported."
    )


@pytest.mark.parametrize(
    ("values", "method", "parameter", "start"),
    [
        (["2"], M.DECAYING_AVERAGE, None, "2.00 = the one value so far (role-play, 12 Nov): Dev"),
        (["0"], M.AVERAGE, None, "0.00 = the one value so far (role-play, 12 Nov): below Begin"),
        (["2", "3"], M.LATEST, None, "3.00 = the latest of 2 values (role-play, 13 Nov): Prof"),
        (["3", "2"], M.HIGHEST, None, "3.00 = the highest of 2 values (role-play, 12 Nov): Prof"),
        (["2", "3"], M.AVERAGE, None, "2.50 = (2.00 + 3.00) ÷ 2: Developing (from 2.00). 2 rat"),
        (["2", "3"], M.WEIGHTED_AVERAGE, 60, "2.60 = 0.6 × 3.00 (role-play, 13 Nov) + 0.4 × 2.0"),
        (["2", "3"], M.N_TIMES, 1, "3.00 = (3.00) ÷ 1, the values that meet Proficient: Prof"),
        (["2", "3"], M.N_TIMES, 2, "No figure yet: 1 of 2 values that meet Proficient. 2 rat"),
        (["2", "2.5", "3"], M.MOST_COMMON, None, "2.25 = (2.00 + 2.50) ÷ 2, the values at the"),
    ],
)
def test_every_method_says_why(
    values: list[str], method: MasteryMethod, parameter: int | None, start: str
) -> None:
    assert of(values, method, parameter, FOUR).sentence.startswith(start)
