"""Values that the tests of the scoring core are made of."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from rubrics.scoring.estimate import Evidence
from rubrics.scoring.levels import Scale, scale
from rubrics.scoring.score import RatedCriterion

FIRST = datetime(2026, 11, 12, 9, tzinfo=UTC)

CANVAS: Scale = scale(
    Decimal(5),
    Decimal(3),
    [("Does not meet", Decimal(0)), ("Meets", Decimal(3)), ("Exceeds", Decimal(5))],
)
FOUR: Scale = scale(
    Decimal(4),
    Decimal(3),
    [
        ("Beginning", Decimal(1)),
        ("Developing", Decimal(2)),
        ("Proficient", Decimal(3)),
        ("Advanced", Decimal("3.5")),
    ],
)


def evidence(
    values: Iterable[Decimal | int | str],
    activities: Iterable[str] = (),
    assessors: Iterable[tuple[str, ...]] = (),
) -> list[Evidence]:
    """Evidence a day apart; by default each of its own activity, all by one assessor."""
    given_activities, given_assessors = iter(activities), iter(assessors)
    return [
        Evidence(
            source=f"s{number:03}",
            value=Decimal(value),
            at=FIRST + timedelta(days=number),
            activity=next(given_activities, f"activity {number}"),
            assessors=next(given_assessors, ("teacher",)),
            label="role-play",
        )
        for number, value in enumerate(values)
    ]


def rated(
    points: Decimal | int | str | None, weight: Decimal | int = 1, key: str = "a", top: int = 4
) -> RatedCriterion:
    """A criterion with points from 1 to `top`."""
    return RatedCriterion(
        key, f"Criterion {key}", weight, 1, top, None if points is None else Decimal(points)
    )
