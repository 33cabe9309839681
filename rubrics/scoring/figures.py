"""Exact numbers in, rounded figures out; the one place that rounds. Touches nothing.

Everything is computed in fractions, so that 4.125 is 4.125 when it is rounded half up to 4.13.
"""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from rubrics.errors import Refused

Number = Decimal | Fraction | int


class ScoringError(Refused):
    """The numbers given make no sense together; `code` starts with "scoring."."""


def exact(number: Number, what: str) -> Fraction:
    """`number` as a fraction; `what` names it in the error.

    Raises ScoringError "scoring.not_a_number" for floats (they are not what they look like),
    NaN and infinities.
    """
    if isinstance(number, Decimal):
        if number.is_finite():
            return Fraction(number)
    elif isinstance(number, int | Fraction) and not isinstance(number, bool):
        return Fraction(number)
    raise ScoringError(
        "scoring.not_a_number",
        "%(what)s must be a finite decimal, fraction or integer, not %(number)r.",
        what=what,
        number=number,
    )


def positive(number: Number, what: str) -> Fraction:
    """As `exact`; raises ScoringError "scoring.not_positive" for 0 and below."""
    fraction = exact(number, what)
    if fraction <= 0:
        raise ScoringError(
            "scoring.not_positive",
            "%(what)s must be above 0, not %(number)s.",
            what=what,
            number=number,
        )
    return fraction


def half_up(number: Number, places: int = 2) -> Decimal:
    """`number` rounded half away from zero, as people learn it at school and Ruby does."""
    fraction = Fraction(number)
    shifted = abs(fraction) * 10**places
    whole = (2 * shifted.numerator + shifted.denominator) // (2 * shifted.denominator)
    return Decimal(-whole if fraction < 0 else whole).scaleb(-places)


def plain(number: Number, places: int = 6) -> str:
    """The shortest text of `number`, for a sentence or a record: 2, 0.65, 2.666667."""
    text = f"{half_up(number, places):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def from_float(number: float, places: int) -> Decimal:
    """A computed float rounded half up by its shortest decimal text."""
    return Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
