"""Levels and mastery by the threshold alone."""

from decimal import Decimal
from fractions import Fraction

import pytest

from rubrics.scoring.figures import ScoringError
from rubrics.scoring.levels import Scale, ScaleLevel, scale
from tests.rubrics.scoring.making import FOUR


@pytest.mark.parametrize(
    ("figure", "label", "at_mastery"),
    [
        ("0", None, False),
        ("0.99", None, False),
        ("1", "Beginning", False),
        ("2.99", "Developing", False),
        ("2.994999", "Developing", False),
        ("2.995", "Proficient", True),
        ("3", "Proficient", True),
        ("3.49", "Proficient", True),
        ("4", "Advanced", True),
    ],
)
def test_a_level_is_the_highest_reached(figure: str, label: str | None, at_mastery: bool) -> None:
    level = FOUR.level_of(Decimal(figure))
    assert (level.label if level else None) == label
    assert FOUR.at_mastery(Decimal(figure)) is at_mastery


def test_thirds_meet_the_threshold_that_they_are_shown_as() -> None:
    thirds = scale(Decimal(4), Decimal("2.67"), [("Low", Decimal(0)), ("Met", Decimal("2.67"))])
    assert thirds.at_mastery(Fraction(8, 3))


@pytest.mark.parametrize(
    ("top", "mastery", "thresholds"),
    [
        ("4", "3", []),
        ("4", "3", ["1", "1"]),
        ("4", "3", ["2", "1"]),
        ("4", "3", ["-1", "1"]),
        ("4", "3", ["1", "5"]),
        ("4", "0", ["1", "2"]),
        ("4", "4.5", ["1", "2"]),
        ("4", "2.667", ["1", "2"]),
    ],
)
def test_scales_that_make_no_sense(top: str, mastery: str, thresholds: list[str]) -> None:
    levels = tuple(ScaleLevel(f"L{i}", Decimal(t)) for i, t in enumerate(thresholds))
    with pytest.raises(ScoringError) as refusal:
        Scale(Decimal(top), Decimal(mastery), levels)
    assert refusal.value.code == "scoring.scale"


def test_two_levels_with_one_name() -> None:
    with pytest.raises(ScoringError, match="one name"):
        scale(Decimal(4), Decimal(2), [("Same", Decimal(0)), ("Same", Decimal(2))])


def test_levels_are_put_in_order() -> None:
    mixed = scale(Decimal(4), Decimal(2), [("High", Decimal(2)), ("Low", Decimal(0))])
    assert [level.label for level in mixed.levels] == ["Low", "High"]
