"""The English of scores and estimates, written from their structured terms. Touches nothing.

The only module of the core with sentences for people: another language is another such module.
"""

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from rubrics.scoring.certainty import Certainty
from rubrics.scoring.figures import half_up, plain
from rubrics.scoring.mastery import MasteryMethod

if TYPE_CHECKING:
    from rubrics.scoring.estimate import EstimateTerm, MasteryEstimate
    from rubrics.scoring.evidence import Combined, CombinedTerm
    from rubrics.scoring.score import Score

CERTAINTY = {
    Certainty.NONE: "no evidence yet",
    Certainty.TOO_EARLY: "too early to say",
    Certainty.NOT_SETTLED: "not settled",
    Certainty.LIKELY: "likely",
    Certainty.WELL_SUPPORTED: "well supported",
}


def score_line(score: "Score") -> str:
    """The line of arithmetic: "Score 88.89 of 100 = (2 × 1 + 1 × 0.6667) ÷ 3 × 100".

    Shares have 4 decimals: with 2, whoever checks the line would get 89.00."""
    observed = [(term.weight, term.share) for term in score.terms if term.share is not None]
    left_out = [term.title for term in score.terms if term.share is None]
    if score.percent is None:
        return "No score: nothing was observed."
    products = " + ".join(f"{plain(weight)} × {plain(share, 4)}" for weight, share in observed)
    total = plain(sum((weight for weight, _ in observed), Fraction()))
    line = f"Score {score.percent} of 100 = ({products}) ÷ {total} × 100"
    return f"{line}. Not observed, left out: {', '.join(left_out)}" if left_out else line


def combined_line(combined: "Combined") -> str:
    """The assessors who count: "0.8 = (1 × 0.9 by instructor + 0.25 × 0.4 by peer) ÷ 1.25"."""
    apart = ", ".join(_by(term) for term in combined.apart if term.figure is not None)
    beside = f" Shown apart: {apart}." if apart else ""
    if combined.exact is None:
        return f"No figure: nobody who counts has observed it.{beside}"
    products = " + ".join(f"{plain(term.weight)} × {_by(term)}" for term in combined.counted)
    total = plain(sum((term.weight for term in combined.counted), Fraction()))
    return f"{plain(combined.exact, 4)} = ({products}) ÷ {total}.{beside}"


def mastery_line(result: "MasteryEstimate") -> str:
    """The worked line, the level it reaches, and how sure that is."""
    if not result.terms:
        return "No evidence yet."
    if result.estimate is None:
        needed, target = result.config.applied_parameter, _target(result)
        return (
            f"No figure yet: {result.met} of {needed} values that meet {target}. {_support(result)}"
        )
    return f"{result.estimate} = {_working(result)}: {_level(result)}. {_support(result)}"


def _by(term: "CombinedTerm") -> str:
    return f"{plain(term.figure or 0, 4)} by {term.role.value}"


def _working(result: "MasteryEstimate") -> str:
    newest = result.terms[-1]
    counted = [term for term in result.terms if term.weight]
    if result.n == 1:
        return f"the one value so far{_where(newest)}"
    match result.config.method:
        case MasteryMethod.DECAYING_AVERAGE | MasteryMethod.WEIGHTED_AVERAGE:
            return _newest_and_before(result)
        case MasteryMethod.LATEST:
            return f"the latest of {result.n} values{_where(newest)}"
        case MasteryMethod.HIGHEST:
            return f"the highest of {result.n} values{_where(counted[0])}"
        case MasteryMethod.N_TIMES:
            chosen = f", the values that meet {_target(result)}"
        case MasteryMethod.MOST_COMMON:
            chosen = ", the values at the most common level"
        case MasteryMethod.AVERAGE:
            chosen = ""
    values = " + ".join(str(half_up(term.evidence.value)) for term in counted)
    return f"({values}) ÷ {len(counted)}{chosen}"


def _newest_and_before(result: "MasteryEstimate") -> str:
    *earlier, newest = result.terms
    rest = 1 - newest.weight
    before = sum((t.weight * Fraction(t.evidence.value) for t in earlier), Fraction()) / rest
    return (
        f"{plain(newest.weight)} × {half_up(newest.evidence.value)}{_where(newest)}"
        f" + {plain(rest)} × {half_up(before)} (before)"
    )


def _where(term: "EstimateTerm") -> str:
    day = f"{term.evidence.at.day} {term.evidence.at:%b}"
    return f" ({term.evidence.label}, {day})" if term.evidence.label else f" ({day})"


def _level(result: "MasteryEstimate") -> str:
    reached = next((lv for lv in result.config.scale.levels if lv.label == result.level), None)
    if reached is None:
        return f"below {result.config.scale.levels[0].label}"
    return f"{reached.label} (from {half_up(reached.threshold)})"


def _support(result: "MasteryEstimate") -> str:
    counts = (
        f"{_count(result.n, 'rating', 'ratings')} by {_count(result.assessors, 'person', 'people')}"
        f" in {_count(result.activities, 'activity', 'activities')}"
    )
    line = f"{counts}; met {_target(result)} in {result.met} of {result.n}"
    if result.posterior is not None:
        line += (
            f"; the next one meets it with a chance of {_percent(result.posterior.mean)} %"
            f" (80 % interval {_percent(result.posterior.low)}–{_percent(result.posterior.high)} %)"
        )
    return f"{line}: {CERTAINTY[result.certainty]}."


def _target(result: "MasteryEstimate") -> str:
    """The target by the name of its level, or by its figure where it is not a threshold."""
    scale = result.config.scale
    named = next((lv.label for lv in scale.levels if lv.threshold == scale.mastery), None)
    return named or str(half_up(scale.mastery))


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _percent(share: Decimal) -> Decimal:
    return half_up(share * 100, 0)
