"""The configuration of a mastery estimate, its canonical JSON and the hash that goes on record.

Pure. Two installations with the same configuration get the same SHA-256, so that a consumer of the
record can tell at a glance whether two assertions were computed alike.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from rubrics.scoring.figures import ScoringError, plain
from rubrics.scoring.levels import Scale, ScaleLevel
from rubrics.scoring.mastery import MasteryMethod, checked_parameter
from rubrics.words import Kind

FORMAT = 1
"""Raised when the arithmetic of a method changes, so that the hash changes with it."""


@dataclass(frozen=True, slots=True)
class MasteryConfig:
    """How evidence becomes an estimate. `parameter` None = the method's default.

    `kind` decides only what "well supported" asks. Raises ScoringError "scoring.parameter".
    """

    scale: Scale
    method: MasteryMethod = MasteryMethod.DECAYING_AVERAGE
    parameter: int | None = None
    kind: Kind | None = None

    def __post_init__(self) -> None:
        checked_parameter(self.method, self.parameter)

    @property
    def applied_parameter(self) -> int | None:
        """The parameter in use, defaults filled in."""
        return checked_parameter(self.method, self.parameter)

    def record(self) -> dict[str, Any]:
        """The configuration for JSON, numbers as text."""
        return {
            "format": FORMAT,
            "kind": None if self.kind is None else self.kind.value,
            "method": self.method.value,
            "parameter": self.applied_parameter,
            "scale": {
                "top": plain(self.scale.top),
                "mastery": plain(self.scale.mastery),
                "levels": [
                    {"label": level.label, "threshold": plain(level.threshold)}
                    for level in self.scale.levels
                ],
            },
        }

    def canonical_json(self) -> str:
        """The one text of this configuration: sorted keys, no spaces, UTF-8 as is."""
        return json.dumps(self.record(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def sha256(self) -> str:
        """Hex digest of the canonical JSON."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


def config_from(record: Mapping[str, Any]) -> MasteryConfig:
    """The configuration out of a record. Raises ScoringError "scoring.record" when it is none."""
    try:
        if record["format"] != FORMAT:
            raise ValueError(record["format"])
        levels = tuple(
            ScaleLevel(level["label"], Decimal(level["threshold"]))
            for level in record["scale"]["levels"]
        )
        return MasteryConfig(
            Scale(Decimal(record["scale"]["top"]), Decimal(record["scale"]["mastery"]), levels),
            MasteryMethod(record["method"]),
            record["parameter"],
            None if record["kind"] is None else Kind(record["kind"]),
        )
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise ScoringError(
            "scoring.record", "This is no recorded mastery configuration: %(error)r.", error=error
        ) from error
