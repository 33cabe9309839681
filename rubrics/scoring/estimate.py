"""Where a person stands in a competency: evidence values in, an estimate with its reasons out.

Pure. The order in which evidence is given never matters: it is taken by date, then by source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rubrics.scoring import english
from rubrics.scoring.certainty import Certainty, Posterior, certainty, posterior
from rubrics.scoring.config import MasteryConfig
from rubrics.scoring.evidence import VALUE_PLACES
from rubrics.scoring.figures import ScoringError, exact, half_up, plain
from rubrics.scoring.mastery import weights
from rubrics.scoring.score import unique


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one attempt says about one competency.

    `source` names it for good (the id of its statement or row); `at` (aware) orders it; `activity`
    and `assessors` (those who counted) are opaque keys; `label` is what a sentence calls it.
    """

    source: str
    value: Decimal
    at: datetime
    activity: str
    assessors: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class EstimateTerm:
    """One evidence value, its weight in the estimate (0 = not in it), and if it met the target."""

    evidence: Evidence
    weight: Fraction
    met: bool


@dataclass(frozen=True, slots=True)
class MasteryEstimate:
    """The estimate and everything it rests on, oldest evidence first.

    `estimate` and `level` are None without evidence, and where n_times has too few values.
    `at_mastery` is estimate ≥ the scale's mastery, alone. `posterior` None = no evidence.
    """

    config: MasteryConfig
    terms: tuple[EstimateTerm, ...]
    estimate: Decimal | None
    level: str | None
    at_mastery: bool
    posterior: Posterior | None
    certainty: Certainty
    assessors: int
    activities: int

    @property
    def n(self) -> int:
        """How many evidence values there are."""
        return len(self.terms)

    @property
    def met(self) -> int:
        """How many of them met the target."""
        return sum(term.met for term in self.terms)

    @property
    def probability(self) -> Decimal | None:
        """That the next evidence meets the target, to 4 places."""
        return None if self.posterior is None else self.posterior.mean

    @property
    def interval(self) -> tuple[Decimal, Decimal] | None:
        """The 80 % interval around it, to 4 places."""
        return None if self.posterior is None else (self.posterior.low, self.posterior.high)

    @property
    def sentence(self) -> str:
        """The worked line and how sure it is, in English."""
        return english.mastery_line(self)

    def record(self) -> dict[str, Any]:
        """The estimate with its inputs for JSON, numbers as text: what a replay needs.

        Assessors are numbered within the record, so that it says how many there were and not who.
        """
        known = sorted({name for term in self.terms for name in term.evidence.assessors})
        return {
            "evidence": [
                {
                    "source": term.evidence.source,
                    "value": plain(term.evidence.value),
                    "weight": plain(term.weight),
                    "at": term.evidence.at.isoformat(),
                    "activity": term.evidence.activity,
                    "assessors": [known.index(name) + 1 for name in term.evidence.assessors],
                }
                for term in self.terms
            ],
            "config": self.config.record(),
            "config_sha256": self.config.sha256(),
            "estimate": None if self.estimate is None else str(self.estimate),
            "level": self.level,
            "at_mastery": self.at_mastery,
            "probability": None if self.probability is None else str(self.probability),
            "interval": None if self.interval is None else [str(end) for end in self.interval],
            "certainty": self.certainty.value,
        }


def estimate(values: Sequence[Evidence], config: MasteryConfig) -> MasteryEstimate:
    """The estimate over the standing evidence values of a person in a competency.

    Raises ScoringError "scoring.value_outside" for a value not within 0..top or with more than 6
    decimals, "scoring.naive_time" for a date without time zone, "scoring.repeated".
    """
    unique([item.source for item in values])
    for item in values:
        _check(item, config)
    ordered = sorted(values, key=lambda item: (item.at, item.source))
    numbers = [Fraction(item.value) for item in ordered]
    shares = weights(numbers, config.method, config.parameter, config.scale)
    terms = tuple(
        EstimateTerm(item, share, config.scale.at_mastery(item.value))
        for item, share in zip(ordered, shares or [Fraction()] * len(ordered), strict=True)
    )
    figure = (
        None
        if shares is None
        else half_up(sum((w * x for w, x in zip(shares, numbers, strict=True)), Fraction()))
    )
    level = None if figure is None else config.scale.level_of(figure)
    met = sum(term.met for term in terms)
    assessors = len({name for item in ordered for name in item.assessors})
    activities = len({item.activity for item in ordered})
    return MasteryEstimate(
        config=config,
        terms=terms,
        estimate=figure,
        level=None if level is None else level.label,
        at_mastery=figure is not None and config.scale.at_mastery(figure),
        posterior=posterior(met, len(terms)) if terms else None,
        certainty=certainty(met, len(terms), config.kind, assessors, activities),
        assessors=assessors,
        activities=activities,
    )


def _check(item: Evidence, config: MasteryConfig) -> None:
    value = exact(item.value, "An evidence value")
    if not 0 <= value <= Fraction(config.scale.top) or value != Fraction(
        half_up(value, VALUE_PLACES)
    ):
        raise ScoringError(
            "scoring.value_outside",
            "An evidence value lies between 0 and %(top)s, with at most 6 decimals, not %(value)s.",
            top=config.scale.top,
            value=item.value,
        )
    if item.at.utcoffset() is None:
        raise ScoringError(
            "scoring.naive_time",
            "The date of evidence %(source)s needs a time zone.",
            source=item.source,
        )
