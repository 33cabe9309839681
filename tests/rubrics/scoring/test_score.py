"""The activity score: vectors, properties, refusals."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.scoring.figures import ScoringError, half_up
from rubrics.scoring.score import RatedCriterion, points_given, score
from tests.rubrics.scoring.making import rated

ratings = st.lists(
    st.tuples(st.none() | st.integers(1, 4), st.integers(1, 9)), min_size=1, max_size=6
)


def criteria(pairs: list[tuple[int | None, int]], factor: int = 1) -> list[RatedCriterion]:
    return [
        rated(points, weight * factor, key=str(number))
        for number, (points, weight) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("points", "share"),
    [(1, Fraction(0)), (2, Fraction(1, 3)), (3, Fraction(2, 3)), (4, Fraction(1)), (None, None)],
)
def test_the_share_of_a_criterion(points: int | None, share: Fraction | None) -> None:
    assert rated(points).share == share


def test_the_line_of_arithmetic() -> None:
    result = score([rated(4, 2, "a"), rated(3, 1, "b"), rated(None, 1, "c")])
    assert result.percent == Decimal("88.89")
    assert result.share == Decimal("0.88888889")
    assert result.sentence == (
        "Score 88.89 of 100 = (2 × 1 + 1 × 0.6667) ÷ 3 × 100. Not observed, left out: Criterion c"
    )
    assert result.record()["criteria"][1] == {
        "key": "b",
        "title": "Criterion b",
        "weight": "1",
        "share": "0.66666667",
    }


def test_nothing_observed_is_no_score_and_not_zero() -> None:
    result = score([rated(None, 2, "a"), rated(None, 1, "b")])
    assert (result.exact, result.share, result.percent) == (None, None, None)
    assert result.sentence == "No score: nothing was observed."
    assert score([]).exact is None


def test_all_at_the_lowest_level_is_zero_and_a_score() -> None:
    assert score([rated(1)]).percent == 0
    assert score([rated(1)]).record()["share"] == "0"


@given(ratings)
def test_the_line_of_arithmetic_comes_out(pairs: list[tuple[int | None, int]]) -> None:
    result = score(criteria(pairs))
    if result.percent is None:
        return
    left, _, right = result.sentence.partition(". Not observed")[0].partition(" of 100 = ")
    worked = right.replace("×", "*").replace("÷", "/")
    assert eval(worked) == pytest.approx(float(left.removeprefix("Score ")), abs=0.0101)


@given(ratings)
def test_the_score_lies_between_the_shares(pairs: list[tuple[int | None, int]]) -> None:
    given_criteria = criteria(pairs)
    shares = [c.share for c in given_criteria if c.share is not None]
    result = score(given_criteria).exact
    assert (result is None) == (not shares)
    if result is not None:
        assert min(shares) <= result <= max(shares)


@given(ratings, st.integers(2, 50))
def test_weights_matter_only_in_proportion(
    pairs: list[tuple[int | None, int]], factor: int
) -> None:
    assert score(criteria(pairs)).exact == score(criteria(pairs, factor)).exact


@given(ratings, st.permutations(range(6)))
def test_the_order_of_criteria_does_not_matter(
    pairs: list[tuple[int | None, int]], order: list[int]
) -> None:
    given_criteria = criteria(pairs)
    shuffled = [given_criteria[i] for i in order if i < len(given_criteria)]
    assert score(shuffled).exact == score(given_criteria).exact


@given(ratings, st.integers(1, 9))
def test_not_observed_changes_nothing(pairs: list[tuple[int | None, int]], weight: int) -> None:
    more = [*criteria(pairs), rated(None, weight, key="not observed")]
    assert score(more).exact == score(criteria(pairs)).exact


@given(ratings, st.data())
def test_a_better_level_never_lowers_the_score(
    pairs: list[tuple[int | None, int]], data: st.DataObject
) -> None:
    which = data.draw(st.integers(0, len(pairs) - 1))
    points, weight = pairs[which]
    if points is None or points == 4:
        return
    better = [*pairs]
    better[which] = (points + 1, weight)
    before, after = score(criteria(pairs)).exact, score(criteria(better)).exact
    assert before is not None
    assert after is not None
    assert after > before


@pytest.mark.parametrize(
    ("share", "maximum", "points"),
    [
        (Fraction(2, 3), 100, "66.67"),
        (Fraction(1, 800), 100, "0.13"),
        (0, 10, "0.00"),
        (1, Decimal("7.5"), "7.50"),
    ],
)
def test_points_for_the_gradebook(share: Fraction, maximum: Decimal | int, points: str) -> None:
    assert str(points_given(share, maximum)) == points


@given(st.fractions(0, 1), st.integers(1, 1000))
def test_points_never_leave_their_range(share: Fraction, maximum: int) -> None:
    assert 0 <= points_given(share, maximum) <= maximum
    assert points_given(share, maximum) == half_up(share * maximum)


def test_refusals() -> None:
    cases: dict[str, Callable[[], object]] = {
        "scoring.not_positive": lambda: rated(1, 0),
        "scoring.no_range": lambda: rated(1, top=1),
        "scoring.points_outside": lambda: rated(5),
        "scoring.repeated": lambda: score([rated(1), rated(2)]),
        "scoring.share_outside": lambda: points_given(Fraction(3, 2), 100),
    }
    for code, wrong in cases.items():
        with pytest.raises(ScoringError) as refusal:
            wrong()
        assert refusal.value.code == code
