"""How sure an estimate is: a Beta(1,1) posterior that the next evidence meets the target. Pure.

The word that goes with it never enters a level or a grade. The incomplete beta function is computed
here (Numerical Recipes 6.4, Lentz's continued fraction), for the standard library has none.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rubrics.scoring.figures import ScoringError, from_float, half_up
from rubrics.words import Kind

INTERVAL = 0.80
"""The share of the posterior that the shown interval holds, equal tails."""

LIKELY = 0.80
"""From here on the target's being met more often than not (or less often) is called likely."""

PLACES = 4


class Certainty(StrEnum):
    """The word beside an estimate, as stored; what people read is translated.

    NONE: no evidence. TOO_EARLY: one value. WELL_SUPPORTED: two values or more and, for a soft
    skill, two assessors or two activities. A soft skill with several values that all come from one
    assessor in one activity is LIKELY when the posterior puts 80 % on one side of one half, else
    NOT_SETTLED.
    """

    NONE = "none"
    TOO_EARLY = "too_early"
    NOT_SETTLED = "not_settled"
    LIKELY = "likely"
    WELL_SUPPORTED = "well_supported"


@dataclass(frozen=True, slots=True)
class Posterior:
    """Mean and 80 % interval of the probability that the next evidence meets the target."""

    mean: Decimal
    low: Decimal
    high: Decimal


def posterior(met: int, n: int) -> Posterior:
    """Beta(1 + met, 1 + n − met), to 4 places. n = 0 gives the prior: .5 (.1 to .9)."""
    _check(met, n)
    a, b = 1 + met, 1 + n - met
    tail = (1 - INTERVAL) / 2
    return Posterior(
        half_up(Decimal(a) / Decimal(a + b), PLACES),
        from_float(incomplete_beta_inverse(a, b, tail), PLACES),
        from_float(incomplete_beta_inverse(a, b, 1 - tail), PLACES),
    )


def certainty(met: int, n: int, kind: Kind | None, assessors: int, activities: int) -> Certainty:
    """The word for `n` values of which `met` met the target. A kind not set is not soft."""
    _check(met, n)
    if n == 0:
        return Certainty.NONE
    if n == 1:
        return Certainty.TOO_EARLY
    if kind is not Kind.SOFT or assessors >= 2 or activities >= 2:
        return Certainty.WELL_SUPPORTED
    below = incomplete_beta(1 + met, 1 + n - met, 0.5)
    return Certainty.LIKELY if max(below, 1 - below) >= LIKELY else Certainty.NOT_SETTLED


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), for a, b > 0 and x in 0..1."""
    if not (a > 0 and b > 0 and 0 <= x <= 1):
        raise ScoringError("scoring.beta", "I_x(a, b) needs a, b above 0 and x between 0 and 1.")
    if x in (0, 1):
        return float(x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _continued_fraction(a, b, x) / a
    return 1 - front * _continued_fraction(b, a, 1 - x) / b


def incomplete_beta_inverse(a: float, b: float, probability: float) -> float:
    """The x with I_x(a, b) = probability, by bisection to the last bit that matters."""
    if not 0 <= probability <= 1:
        raise ScoringError("scoring.beta", "A probability lies between 0 and 1.")
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if incomplete_beta(a, b, middle) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _continued_fraction(a: float, b: float, x: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 / (_away_from_zero(1 - (a + b) * x / (a + 1), tiny))
    result = d
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for coefficient in (even, odd):
            d = 1 / _away_from_zero(1 + coefficient * d, tiny)
            c = _away_from_zero(1 + coefficient / c, tiny)
            step = d * c
            result *= step
        if abs(step - 1) < 1e-15:
            break
    return result


def _away_from_zero(number: float, tiny: float) -> float:
    return number if abs(number) > tiny else tiny


def _check(met: int, n: int) -> None:
    if not 0 <= met <= n:
        raise ScoringError(
            "scoring.counts", "%(met)s of %(n)s cannot have met the target.", met=met, n=n
        )
