"""Proficiency scales: a level is the highest whose threshold is at or below the figure.

Pure. "At mastery" is figure ≥ mastery, alone; how sure that is stands apart, in certainty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from rubrics.scoring.figures import Number, ScoringError, exact, half_up, positive


@dataclass(frozen=True, slots=True)
class ScaleLevel:
    """A named level, reached from `threshold` on."""

    label: str
    threshold: Decimal


@dataclass(frozen=True, slots=True)
class Scale:
    """Levels from low to high; `top` is the K of evidence values, `mastery` the target.

    All three have 2 decimals at most, as the figures compared with them. Raises
    ScoringError "scoring.scale" when they do not rise from 0 or more to `top` or less.
    """

    top: Decimal
    mastery: Decimal
    levels: tuple[ScaleLevel, ...]

    def __post_init__(self) -> None:
        positive(self.top, "The top of the scale")
        for number in (self.top, self.mastery, *(level.threshold for level in self.levels)):
            _scale_must(
                exact(number, "A threshold") == exact(half_up(number), "A threshold"),
                "The figures of a scale have at most 2 decimals.",
            )
        thresholds = [level.threshold for level in self.levels]
        _scale_must(bool(thresholds), "A scale needs a level.")
        _scale_must(
            all(low < high for low, high in pairwise(thresholds)),
            "The thresholds of a scale must rise from level to level.",
        )
        _scale_must(
            thresholds[0] >= 0 and thresholds[-1] <= self.top,
            "The thresholds of a scale lie between 0 and its top.",
        )
        _scale_must(
            0 < self.mastery <= self.top, "Mastery lies above 0 and not above the scale's top."
        )
        _scale_must(
            len({level.label for level in self.levels}) == len(self.levels),
            "Two levels of a scale cannot have one name.",
        )

    def level_of(self, figure: Number) -> ScaleLevel | None:
        """The level of a figure, as shown with 2 decimals; None below the lowest threshold."""
        shown = half_up(figure)
        return next((lv for lv in reversed(self.levels) if lv.threshold <= shown), None)

    def at_mastery(self, figure: Number) -> bool:
        """Whether a figure, as shown with 2 decimals, meets the target."""
        return half_up(figure) >= self.mastery


def scale(top: Decimal, mastery: Decimal, levels: Sequence[tuple[str, Decimal]]) -> Scale:
    """A scale from (label, threshold) pairs in any order."""
    ordered = sorted(levels, key=lambda pair: pair[1])
    return Scale(top, mastery, tuple(ScaleLevel(label, at) for label, at in ordered))


def _scale_must(condition: bool, sentence: str) -> None:
    if not condition:
        raise ScoringError("scoring.scale", sentence)
