"""Reads the shipped packs: a starter framework with its scale, two rubrics, example activities.

Pure: JSON of this folder in, frozen values out, no database. The JSON uses the names of CASE 1.1;
what CASE has no place for (kind, parent, alignments) is in `extensions`, as the design says.

About the scale. A rubric's four levels have equal steps, so they give evidence of 0, 1.33, 2.67 and
4 on a scale with top 4. Its thresholds are 0, 1, 2.5 and 3.5: each lies below what the rubric level
of its name gives, so that whoever stays at Proficient on the rubric is Proficient on the scale
(mastery), while half at one level and half at the next (0.67, 2, 3.33) is the lower of the two.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from rubrics.scoring.levels import Scale, ScaleLevel
from rubrics.words import Kind, Method


@dataclass(frozen=True, slots=True)
class ScaleLevelPack:
    """One level of the shipped scale, with what it looks like."""

    label: str
    threshold: Decimal
    description: str


@dataclass(frozen=True, slots=True)
class ScalePack:
    """The shipped proficiency scale, lowest level first."""

    title: str
    top: Decimal
    mastery: Decimal
    levels: tuple[ScaleLevelPack, ...]

    @property
    def scale(self) -> Scale:
        """The same for the scoring functions."""
        levels = tuple(ScaleLevel(level.label, level.threshold) for level in self.levels)
        return Scale(self.top, self.mastery, levels)


@dataclass(frozen=True, slots=True)
class CompetencyPack:
    """A competency, or a group that only orders the tree (`assessable` False).

    `uri` is the publisher's where there is one; `coding` names the item where there is none.
    `source` is "esco", "onet" or "twofold".
    """

    identifier: UUID
    uri: str | None
    coding: str
    label: str
    full_statement: str
    notes: str
    item_type: str
    kind: Kind | None
    parent: UUID | None
    position: int
    source: str

    @property
    def assessable(self) -> bool:
        """False for a group."""
        return self.item_type != "Group"


@dataclass(frozen=True, slots=True)
class FrameworkPack:
    """The starter framework; a group always comes before its members."""

    identifier: UUID
    title: str
    creator: str
    version: str
    language: str
    description: str
    licence: str
    attribution: str
    scale: ScalePack
    competencies: tuple[CompetencyPack, ...]


@dataclass(frozen=True, slots=True)
class LevelPack:
    """A behaviourally anchored level; `feedback` says what the next one asks."""

    identifier: UUID
    position: int
    points: Decimal
    quality: str
    description: str
    feedback: str


@dataclass(frozen=True, slots=True)
class AlignmentPack:
    """How much a criterion says about a competency (by its identifier)."""

    competency: UUID
    weight: Decimal


@dataclass(frozen=True, slots=True)
class CriterionPack:
    """A weighted criterion, levels from low to high."""

    identifier: UUID
    position: int
    category: str
    title: str
    description: str
    weight: Decimal
    levels: tuple[LevelPack, ...]
    alignments: tuple[AlignmentPack, ...]


@dataclass(frozen=True, slots=True)
class RubricPack:
    """A ready rubric; `key` is how example activities name it."""

    key: str
    identifier: UUID
    title: str
    description: str
    criteria: tuple[CriterionPack, ...]


@dataclass(frozen=True, slots=True)
class ExamplePack:
    """A ready activity in words; `text` is plain text with blank lines between paragraphs."""

    key: str
    title: str
    text: str
    method: Method
    rubric: str
    competencies: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Packs:
    """Everything that is shipped."""

    framework: FrameworkPack
    rubrics: tuple[RubricPack, ...]
    examples: tuple[ExamplePack, ...]


@cache
def load_packs() -> Packs:
    """Everything that is shipped, read once."""
    return Packs(framework_pack(), rubric_packs(), example_packs())


def framework_pack() -> FrameworkPack:
    """The starter framework with its scale."""
    content = _read("starter.json")
    document = content["CFDocument"]
    return FrameworkPack(
        identifier=UUID(document["identifier"]),
        title=document["title"],
        creator=document["creator"],
        version=document["version"],
        language=document["language"],
        description=document["description"],
        licence=document["licenseURI"]["title"],
        attribution=document["extensions"]["attribution"],
        scale=_scale(content["scale"]),
        competencies=tuple(_competency(item) for item in content["CFItems"]),
    )


def rubric_packs() -> tuple[RubricPack, ...]:
    """The ready rubrics."""
    return tuple(
        RubricPack(
            key=rubric["key"],
            identifier=UUID(rubric["identifier"]),
            title=rubric["title"],
            description=rubric["description"],
            criteria=tuple(_criterion(item) for item in rubric["CFRubricCriteria"]),
        )
        for rubric in _read("rubrics.json")["CFRubrics"]
    )


def example_packs() -> tuple[ExamplePack, ...]:
    """The ready activities."""
    return tuple(
        ExamplePack(
            key=item["key"],
            title=item["title"],
            text=item["text"],
            method=Method(item["method"]),
            rubric=item["rubric"],
            competencies=tuple(UUID(identifier) for identifier in item["competencies"]),
        )
        for item in _read("examples.json")["activities"]
    )


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files("rubrics.packs").joinpath(name).read_bytes())
    return content


def _scale(content: Mapping[str, Any]) -> ScalePack:
    levels = tuple(
        ScaleLevelPack(level["label"], Decimal(level["threshold"]), level["description"])
        for level in content["levels"]
    )
    return ScalePack(content["title"], Decimal(content["top"]), Decimal(content["mastery"]), levels)


def _competency(item: Mapping[str, Any]) -> CompetencyPack:
    ours = item["extensions"]
    return CompetencyPack(
        identifier=UUID(item["identifier"]),
        uri=item["uri"],
        coding=item["humanCodingScheme"],
        label=item["abbreviatedStatement"],
        full_statement=item["fullStatement"],
        notes=item["notes"],
        item_type=item["CFItemType"],
        kind=None if ours["kind"] is None else Kind(ours["kind"]),
        parent=None if ours["parent"] is None else UUID(ours["parent"]),
        position=ours["position"],
        source=ours["source"],
    )


def _criterion(item: Mapping[str, Any]) -> CriterionPack:
    return CriterionPack(
        identifier=UUID(item["identifier"]),
        position=item["position"],
        category=item["category"],
        title=item["title"],
        description=item["description"],
        weight=Decimal(item["weight"]),
        levels=tuple(_level(level) for level in item["CFRubricCriterionLevels"]),
        alignments=tuple(
            AlignmentPack(UUID(alignment["CFItem"]), Decimal(alignment["weight"]))
            for alignment in item["extensions"]["alignments"]
        ),
    )


def _level(level: Mapping[str, Any]) -> LevelPack:
    return LevelPack(
        identifier=UUID(level["identifier"]),
        position=level["position"],
        points=Decimal(level["score"]),
        quality=level["quality"],
        description=level["description"],
        feedback=level["feedback"],
    )
