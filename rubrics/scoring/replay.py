"""Recomputes a recorded estimate from its recorded inputs and says where the two differ.

Pure: whoever holds the record (and, if they like, the evidence statements) can check an assertion
without our database. Evidence that retention or erasure removed is retired, which is no difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from rubrics.scoring.config import config_from
from rubrics.scoring.estimate import Evidence, MasteryEstimate, estimate
from rubrics.scoring.figures import ScoringError

COMPARED = (
    "config_sha256",
    "estimate",
    "level",
    "at_mastery",
    "probability",
    "interval",
    "certainty",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that does not come out as recorded."""

    field: str
    recorded: object
    recomputed: object


@dataclass(frozen=True, slots=True)
class Replay:
    """What came out of a replay."""

    recomputed: MasteryEstimate
    differences: tuple[Difference, ...]
    retired: tuple[str, ...]
    """Sources of recorded evidence that are not there any more."""

    @property
    def agrees(self) -> bool:
        """Whether every figure came out as recorded."""
        return not self.differences


def replay(record: Mapping[str, Any], found: Mapping[str, Decimal] | None = None) -> Replay:
    """Recompute `record` (as MasteryEstimate.record() made it) and compare.

    `found` maps the sources that were found again to their values: a recorded source that is not in
    it is retired, one with another value is a difference. None = the record alone is checked.
    Raises ScoringError "scoring.record" when the record is none.
    """
    try:
        config = config_from(record["config"])
        entries = list(record["evidence"])
        values = [_evidence(entry) for entry in entries]
        recorded = {name: record[name] for name in COMPARED}
        recorded_weights = {entry["source"]: entry["weight"] for entry in entries}
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise ScoringError(
            "scoring.record", "This is no recorded estimate: %(error)r.", error=error
        ) from error
    recomputed = estimate(values, config)
    again = recomputed.record()
    differences = [
        Difference(name, recorded[name], again[name])
        for name in COMPARED
        if recorded[name] != again[name]
    ]
    differences += [
        Difference(
            f"weight of {entry['source']}", recorded_weights[entry["source"]], entry["weight"]
        )
        for entry in again["evidence"]
        if recorded_weights[entry["source"]] != entry["weight"]
    ]
    retired = []
    for item in values if found is not None else ():
        value = (found or {}).get(item.source)
        if value is None:
            retired.append(item.source)
        elif value != item.value:
            differences.append(Difference(f"value of {item.source}", item.value, value))
    return Replay(recomputed, tuple(differences), tuple(retired))


def _evidence(entry: Mapping[str, Any]) -> Evidence:
    return Evidence(
        source=entry["source"],
        value=Decimal(entry["value"]),
        at=datetime.fromisoformat(entry["at"]),
        activity=entry["activity"],
        assessors=tuple(str(number) for number in entry["assessors"]),
    )
