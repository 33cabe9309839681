"""The mastery methods: how evidence values over time become one estimate. Pure.

Six compute as Canvas does (app/models/rollup_score.rb), most_common as Brightspace's Mastery View.
Each is a set of weights that add up to 1, so that every estimate can show its terms.
"""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction

from rubrics.scoring.figures import ScoringError
from rubrics.scoring.levels import Scale


class MasteryMethod(StrEnum):
    """The names as stored and recorded."""

    WEIGHTED_AVERAGE = "weighted_average"
    DECAYING_AVERAGE = "decaying_average"
    N_TIMES = "n_times"
    LATEST = "latest"
    HIGHEST = "highest"
    AVERAGE = "average"
    MOST_COMMON = "most_common"


PARAMETERS: dict[MasteryMethod, tuple[int, int, int]] = {
    MasteryMethod.WEIGHTED_AVERAGE: (65, 1, 99),
    MasteryMethod.DECAYING_AVERAGE: (65, 50, 99),
    MasteryMethod.N_TIMES: (5, 1, 10),
}
"""Default, lowest and highest: per cent of the newest value, or how many times. Others: none."""


def checked_parameter(method: MasteryMethod, parameter: int | None) -> int | None:
    """The parameter that applies: the default for None, and None where the method has none.

    Raises ScoringError "scoring.parameter" outside the method's range, or where it takes none.
    """
    if method not in PARAMETERS:
        if parameter is not None:
            raise ScoringError(
                "scoring.parameter",
                "The method %(method)s takes no parameter.",
                method=method.value,
            )
        return None
    default, lowest, highest = PARAMETERS[method]
    if parameter is None:
        return default
    if isinstance(parameter, bool) or not lowest <= parameter <= highest:
        raise ScoringError(
            "scoring.parameter",
            "The parameter of %(method)s lies between %(lowest)s and %(highest)s, not %(value)s.",
            method=method.value,
            lowest=lowest,
            highest=highest,
            value=parameter,
        )
    return parameter


def weights(
    values: Sequence[Fraction], method: MasteryMethod, parameter: int | None, scale: Scale
) -> tuple[Fraction, ...] | None:
    """The weight of each of `values`, oldest first; they add up to 1. None = no estimate.

    A single value is its own estimate by every method but n_times with N above 1.
    """
    if not values:
        return None
    number = checked_parameter(method, parameter)
    last = len(values) - 1
    match method:
        case MasteryMethod.WEIGHTED_AVERAGE:
            return _weighted(len(values), Fraction(number or 0, 100))
        case MasteryMethod.DECAYING_AVERAGE:
            return _decaying(len(values), Fraction(number or 0, 100))
        case MasteryMethod.LATEST:
            chosen = [last]
        case MasteryMethod.HIGHEST:
            chosen = [max(range(len(values)), key=lambda i: (values[i], i))]
        case MasteryMethod.AVERAGE:
            chosen = list(range(len(values)))
        case MasteryMethod.N_TIMES:
            chosen = [i for i, value in enumerate(values) if scale.at_mastery(value)]
            if len(chosen) < (number or 0):
                return None
        case MasteryMethod.MOST_COMMON:
            chosen = _most_common(values, scale)
    return tuple(Fraction(i in chosen, len(chosen)) for i in range(len(values)))


def _weighted(count: int, newest: Fraction) -> tuple[Fraction, ...]:
    """s_n·w + mean(s_1…s_{n−1})·(1−w)."""
    if count == 1:
        return (Fraction(1),)
    return ((1 - newest) / (count - 1),) * (count - 1) + (newest,)


def _decaying(count: int, rate: Fraction) -> tuple[Fraction, ...]:
    """a_1 = s_1, a_i = a_{i−1}(1−r) + s_i·r, written out per value."""
    kept = 1 - rate
    return tuple(
        kept ** (count - 1) if i == 0 else rate * kept ** (count - 1 - i) for i in range(count)
    )


def _most_common(values: Sequence[Fraction], scale: Scale) -> list[int]:
    """The values of the level that occurs most often; of several such levels, the highest.

    Their mean lies in that level, which gives the method a figure beside its level.
    """
    level = [scale.level_of(value) for value in values]
    counts = Counter(level)
    most = max(counts.values())
    common = max(value for value, own in zip(values, level, strict=True) if counts[own] == most)
    return [i for i, own in enumerate(level) if own == scale.level_of(common)]
