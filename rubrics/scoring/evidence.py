"""From rated criteria to evidence values, x = K · Σ a·p / Σ a, and over assessors to one figure.

Pure. The rule of combination is one for grades and mastery: the instructor counts 1, everybody
else 0 and is shown apart, unless the activity switches weights on.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rubrics.scoring import english
from rubrics.scoring.figures import Number, ScoringError, exact, half_up, plain, positive
from rubrics.scoring.score import RatedCriterion, ScoreTerm, unique, weighted_mean
from rubrics.words import AssessorRole

VALUE_PLACES = 6
"""Evidence values are stored, recorded and replayed with this many decimals."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """A rated criterion and how much it says about the competency in question (above 0)."""

    criterion: RatedCriterion
    weight: Number = 1


@dataclass(frozen=True, slots=True)
class CompetencyValue:
    """What one assessment says about one competency; None when nothing aligned was observed."""

    exact: Fraction | None
    top: Fraction
    terms: tuple[ScoreTerm, ...]

    @property
    def value(self) -> Decimal | None:
        """x to 6 places, as stored."""
        return None if self.exact is None else half_up(self.exact, VALUE_PLACES)


def competency_value(aligned: Sequence[Aligned], top: Number) -> CompetencyValue:
    """x = K · Σ a·p / Σ a over the observed criteria aligned to a competency; `top` is K."""
    unique([item.criterion.key for item in aligned])
    highest = positive(top, "The top of the scale")
    terms = tuple(
        ScoreTerm(
            item.criterion.key,
            item.criterion.title,
            positive(item.weight, "The alignment weight"),
            item.criterion.share,
        )
        for item in aligned
    )
    mean = weighted_mean((term.weight, term.share) for term in terms)
    return CompetencyValue(None if mean is None else highest * mean, highest, terms)


@dataclass(frozen=True, slots=True)
class AssessorWeights:
    """What an assessor's figure counts in one activity. `peer` is per peer; together at most 1.

    Instructors count 1 each. A guest counts 0. Raises ScoringError "scoring.assessor_weight"
    for weights outside 0..1.
    """

    mentor: Number = 0
    peer: Number = 0
    self_: Number = 0

    def __post_init__(self) -> None:
        for number in (self.mentor, self.peer, self.self_):
            if not 0 <= exact(number, "An assessor's weight") <= 1:
                raise ScoringError(
                    "scoring.assessor_weight",
                    "An assessor's weight lies between 0 and 1, not %(number)s.",
                    number=number,
                )

    def of(self, role: AssessorRole, peers: int) -> Fraction:
        """The weight of one assessor in `role`, where `peers` peers gave a figure."""
        if role is AssessorRole.INSTRUCTOR:
            return Fraction(1)
        if role is AssessorRole.MENTOR:
            return Fraction(self.mentor)
        if role is AssessorRole.SELF:
            return Fraction(self.self_)
        if role is AssessorRole.PEER and peers:
            return min(Fraction(self.peer), Fraction(1, peers))
        return Fraction()


INSTRUCTOR_ALONE = AssessorWeights()


@dataclass(frozen=True, slots=True)
class AssessorFigure:
    """One assessor's exact score or competency value for an attempt; None = nothing observed."""

    assessor: str
    role: AssessorRole
    figure: Number | None


@dataclass(frozen=True, slots=True)
class CombinedTerm:
    """An assessor's figure with the weight it had; weight 0 = shown apart."""

    assessor: str
    role: AssessorRole
    weight: Fraction
    figure: Fraction | None


@dataclass(frozen=True, slots=True)
class Combined:
    """One figure for the attempt; `exact` None when nobody who counts observed anything."""

    exact: Fraction | None
    terms: tuple[CombinedTerm, ...]

    @property
    def counted(self) -> tuple[CombinedTerm, ...]:
        """Those whose figure is in the result."""
        return tuple(t for t in self.terms if t.weight and t.figure is not None)

    @property
    def apart(self) -> tuple[CombinedTerm, ...]:
        """Those that are shown beside it and do not count."""
        return tuple(t for t in self.terms if not t.weight)

    @property
    def value(self) -> Decimal | None:
        """The figure to 6 places, as an evidence value is stored."""
        return None if self.exact is None else half_up(self.exact, VALUE_PLACES)

    @property
    def sentence(self) -> str:
        """Whose figures are in it and with which weight, in English, without names."""
        return english.combined_line(self)

    def record(self) -> list[dict[str, Any]]:
        """The terms for JSON, numbers as text."""
        return [
            {
                "assessor": term.assessor,
                "role": term.role.value,
                "weight": plain(term.weight),
                "figure": None if term.figure is None else plain(term.figure),
            }
            for term in self.terms
        ]


def combine(
    figures: Sequence[AssessorFigure], weights: AssessorWeights = INSTRUCTOR_ALONE
) -> Combined:
    """One figure over the assessors of an attempt: give each one's standing revision once.

    Serves scores (S of each) and evidence values (x of each) alike. Raises ScoringError
    "scoring.repeated" when an assessor comes twice in one role.
    """
    unique([f"{figure.assessor} ({figure.role.value})" for figure in figures])
    observed = Counter(figure.role for figure in figures if figure.figure is not None)
    terms = tuple(
        CombinedTerm(
            item.assessor,
            item.role,
            weights.of(item.role, observed[AssessorRole.PEER]),
            None if item.figure is None else exact(item.figure, "The figure"),
        )
        for item in figures
    )
    return Combined(weighted_mean((t.weight, t.figure) for t in terms if t.weight), terms)
