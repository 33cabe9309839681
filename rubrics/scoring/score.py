"""The activity score: S = Σ w·p / Σ w over observed criteria, p = (points − min) / (max − min).

Pure; "not observed" is left out and never counts as 0. Serves "The arithmetic" of the design.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rubrics.scoring import english
from rubrics.scoring.figures import Number, ScoringError, exact, half_up, plain, positive


@dataclass(frozen=True, slots=True)
class RatedCriterion:
    """A criterion of a rubric version with what one assessor gave: points, or None = not observed.

    `minimum` and `maximum` are the points of its lowest and highest level. Raises ScoringError
    "scoring.no_range" or "scoring.points_outside" when the three do not fit together.
    """

    key: str
    title: str
    weight: Number
    minimum: Number
    maximum: Number
    points: Number | None

    def __post_init__(self) -> None:
        positive(self.weight, "The weight")
        lowest, highest = exact(self.minimum, "The minimum"), exact(self.maximum, "The maximum")
        if lowest >= highest:
            raise ScoringError(
                "scoring.no_range",
                "The highest level of “%(title)s” must have more points than the lowest.",
                title=self.title,
            )
        if self.points is not None and not lowest <= exact(self.points, "The points") <= highest:
            raise ScoringError(
                "scoring.points_outside",
                "“%(title)s” takes points from %(lowest)s to %(highest)s, not %(points)s.",
                title=self.title,
                lowest=self.minimum,
                highest=self.maximum,
                points=self.points,
            )

    @property
    def share(self) -> Fraction | None:
        """p, from 0 to 1, exact; None = not observed."""
        if self.points is None:
            return None
        lowest = Fraction(self.minimum)
        return (Fraction(self.points) - lowest) / (Fraction(self.maximum) - lowest)


@dataclass(frozen=True, slots=True)
class ScoreTerm:
    """One criterion in the line of arithmetic; `share` None = left out as not observed."""

    key: str
    title: str
    weight: Fraction
    share: Fraction | None


@dataclass(frozen=True, slots=True)
class Score:
    """What one assessment comes to. `exact` is S from 0 to 1, None when nothing was observed."""

    exact: Fraction | None
    terms: tuple[ScoreTerm, ...]

    @property
    def share(self) -> Decimal | None:
        """S to 8 places, as stored."""
        return None if self.exact is None else half_up(self.exact, 8)

    @property
    def percent(self) -> Decimal | None:
        """S × 100 to 2 places, as shown."""
        return None if self.exact is None else half_up(self.exact * 100)

    @property
    def sentence(self) -> str:
        """The line of arithmetic in English, out of 100."""
        return english.score_line(self)

    def record(self) -> dict[str, Any]:
        """The terms for JSON, numbers as text: what a page needs to show the line again."""
        return {
            "share": None if self.share is None else plain(self.share, 8),
            "criteria": [
                {
                    "key": term.key,
                    "title": term.title,
                    "weight": plain(term.weight),
                    "share": None if term.share is None else plain(term.share, 8),
                }
                for term in self.terms
            ],
            "sentence": self.sentence,
        }


def score(criteria: Sequence[RatedCriterion]) -> Score:
    """The score of one assessment over its criteria, in the rubric's order.

    Raises ScoringError "scoring.repeated" when a criterion comes twice.
    """
    unique([criterion.key for criterion in criteria])
    terms = tuple(
        ScoreTerm(c.key, c.title, exact(c.weight, "The weight"), c.share) for c in criteria
    )
    return Score(weighted_mean((term.weight, term.share) for term in terms), terms)


def points_given(share: Number, maximum: Number) -> Decimal:
    """The points a gradebook gets: `share` of `maximum`, half up to 2 places.

    Raises ScoringError "scoring.share_outside" unless 0 ≤ share ≤ 1.
    """
    fraction = exact(share, "The share")
    if not 0 <= fraction <= 1:
        raise ScoringError(
            "scoring.share_outside", "A share lies between 0 and 1, not %(share)s.", share=share
        )
    return half_up(fraction * positive(maximum, "The maximum"))


def weighted_mean(pairs: Iterable[tuple[Fraction, Fraction | None]]) -> Fraction | None:
    """Σ weight·value / Σ weight over the pairs whose value is known; None when none is."""
    known = [(weight, value) for weight, value in pairs if value is not None]
    total = sum(weight for weight, _ in known)
    return sum((weight * value for weight, value in known), Fraction()) / total if total else None


def unique(keys: Sequence[str]) -> None:
    """Raises ScoringError "scoring.repeated" when a key comes twice."""
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        raise ScoringError(
            "scoring.repeated", "Each one can count once, but %(keys)s came twice.", keys=repeated
        )
