"""An activity with its rubric as a file: written for another school, and read back strictly.

Touches nothing but its arguments. The rubric and the skills have the names of CASE 1.1 (CFRubric,
CFRubricCriteria, CFRubricCriterionLevels, CFItems); what CASE has no place for is in `extensions`.
docs/activity-file.md describes the format. A name that is not of the format is refused, so that
nothing of a file is lost without a word; a later format has another `version`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from rubrics.errors import Refused
from rubrics.formats.reading import Part, refused_field
from rubrics.words import Counting, Method

FORMAT = "twofold-activity"
VERSION = 1
LARGEST = 500_000
"""Bytes of a file."""
MOST_SKILLS = 50
MOST_ITEMS = 500
MOST_CRITERIA = 40
MOST_LEVELS = 10
MOST_ATTEMPTS = 100
WEIGHTS = ("mentor", "peer", "self")


@dataclass(frozen=True, slots=True)
class SkillContent:
    """A competency (CASE CFItem): enough to find it in another school, and to name it."""

    identifier: UUID
    uri: str | None
    label: str
    statement: str


@dataclass(frozen=True, slots=True)
class LevelContent:
    """A level of a criterion."""

    identifier: UUID
    points: Decimal
    quality: str
    description: str
    feedback: str


@dataclass(frozen=True, slots=True)
class CriterionContent:
    """A criterion with its levels from low to high; `alignments` are (identifier, weight)."""

    identifier: UUID
    title: str
    description: str
    weight: Decimal
    levels: tuple[LevelContent, ...]
    alignments: tuple[tuple[UUID, Decimal], ...]


@dataclass(frozen=True, slots=True)
class RubricContent:
    """One version of a rubric."""

    identifier: UUID
    title: str
    description: str
    criteria: tuple[CriterionContent, ...]


@dataclass(frozen=True, slots=True)
class ActivityContent:
    """An activity without its course, its dates, and anybody's work."""

    title: str
    text: str
    method: Method
    maximum: Decimal
    address: str | None
    counting: Counting
    skills: tuple[UUID, ...]
    """Identifiers of the competencies that it is tagged with."""
    rubric: RubricContent
    items: tuple[SkillContent, ...]
    """Every competency that the activity or its rubric names."""
    attempts: int = 1
    weights: dict[str, Decimal] = field(default_factory=dict)
    """What mentors, peers and the learner count; nothing unless switched on."""


def write(content: ActivityContent) -> bytes:
    """The file: JSON in UTF-8."""
    return json.dumps(_written(content), ensure_ascii=False, indent=2).encode()


def read(file: bytes) -> ActivityContent:
    """What a file holds. Refuses ("activity-file.…") whatever is not wholly of the format."""
    if len(file) > LARGEST:
        raise Refused(
            "activity-file.size",
            "This file is larger than %(largest)d kB, which no activity is. Choose the file that "
            "was downloaded from an activity.",
            largest=LARGEST // 1000,
        )
    whole = Part(_parsed(file), "")
    if whole.get("format") != FORMAT:
        raise _not_ours()
    if whole.get("version") != VERSION or type(whole.get("version")) is not int:
        raise Refused(
            "activity-file.version",
            "This file is of another version of the format. Update Twofold, or download the "
            "activity from an installation of this version.",
        )
    whole.only("format", "version", "activity", "CFRubric", "CFItems")
    items = tuple(_item(part) for part in whole.parts("CFItems", 0, MOST_ITEMS))
    _distinct((item.identifier for item in items), "CFItems")
    known = {item.identifier for item in items}
    return _activity(whole.part("activity"), _rubric(whole.part("CFRubric"), known), items, known)


def _parsed(file: bytes) -> Any:
    try:
        return json.loads(
            file.decode("utf-8-sig"),
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_no_repetition,
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise _not_ours() from error


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _no_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _not_ours() -> Refused:
    return Refused(
        "activity-file.format",
        "This is not the file of an activity. Choose the file that was downloaded from an activity "
        "in Twofold, unchanged.",
    )


def _activity(
    part: Part, rubric: RubricContent, items: tuple[SkillContent, ...], known: set[UUID]
) -> ActivityContent:
    part.only(
        "title",
        "text",
        "method",
        "maximum",
        "address",
        "counting",
        "attempts",
        "weights",
        "CFItems",
    )
    weights = part.part("weights", optional=True)
    weights.only(*WEIGHTS)
    return ActivityContent(
        title=part.text("title", 255, least=1),
        text=part.text("text", 50_000),
        method=part.word("method", Method),
        maximum=part.number("maximum", Decimal("0.01"), Decimal(1000), places=2),
        address=part.text("address", 2000) or None if part.has("address") else None,
        counting=part.word("counting", Counting),
        skills=_skills(part, known),
        rubric=rubric,
        items=items,
        attempts=int(part.number("attempts", Decimal(1), Decimal(MOST_ATTEMPTS), places=0)),
        weights={
            name: weights.number(name, Decimal(0), Decimal(1), places=3)
            for name in WEIGHTS
            if weights.has(name)
        },
    )


def _skills(part: Part, known: set[UUID]) -> tuple[UUID, ...]:
    found = part.identifiers("CFItems", MOST_SKILLS)
    _distinct(found, part.where("CFItems"))
    if not known.issuperset(found):
        raise refused_field(part.where("CFItems"))
    return found


def _item(part: Part) -> SkillContent:
    part.only("identifier", "uri", "abbreviatedStatement", "fullStatement")
    return SkillContent(
        identifier=part.identifier("identifier"),
        uri=part.text("uri", 1000) or None if part.has("uri") else None,
        label=part.text("abbreviatedStatement", 255, least=1),
        statement=part.text("fullStatement", 50_000),
    )


def _rubric(part: Part, known: set[UUID]) -> RubricContent:
    part.only("identifier", "title", "description", "CFRubricCriteria")
    criteria = tuple(
        _criterion(each, known) for each in part.parts("CFRubricCriteria", 1, MOST_CRITERIA)
    )
    _distinct((each.identifier for each in criteria), part.where("CFRubricCriteria"))
    return RubricContent(
        identifier=part.identifier("identifier"),
        title=part.text("title", 500, least=1),
        description=part.text("description", 50_000),
        criteria=criteria,
    )


def _criterion(part: Part, known: set[UUID]) -> CriterionContent:
    part.only(
        "identifier", "title", "description", "weight", "CFRubricCriterionLevels", "extensions"
    )
    levels = tuple(_level(each) for each in part.parts("CFRubricCriterionLevels", 2, MOST_LEVELS))
    where = part.where("CFRubricCriterionLevels")
    _distinct((each.identifier for each in levels), where)
    points = [each.points for each in levels]
    if any(above <= below for below, above in pairwise(points)):
        raise refused_field(where)
    extensions = part.part("extensions")
    extensions.only("alignments")
    alignments = tuple(
        _alignment(each, known) for each in extensions.parts("alignments", 0, MOST_SKILLS)
    )
    _distinct((each for each, _ in alignments), extensions.where("alignments"))
    return CriterionContent(
        identifier=part.identifier("identifier"),
        title=part.text("title", 255, least=1),
        description=part.text("description", 50_000),
        weight=part.number("weight", Decimal("0.001"), Decimal(1000), places=3),
        levels=levels,
        alignments=alignments,
    )


def _level(part: Part) -> LevelContent:
    part.only("identifier", "score", "quality", "description", "feedback")
    return LevelContent(
        identifier=part.identifier("identifier"),
        points=part.number("score", Decimal(0), Decimal(10_000), places=3),
        quality=part.text("quality", 100, least=1),
        description=part.text("description", 50_000),
        feedback=part.text("feedback", 50_000),
    )


def _alignment(part: Part, known: set[UUID]) -> tuple[UUID, Decimal]:
    part.only("CFItem", "weight")
    identifier = part.identifier("CFItem")
    if identifier not in known:
        raise refused_field(part.where("CFItem"))
    return identifier, part.number("weight", Decimal("0.001"), Decimal(1000), places=3)


def _distinct(identifiers: Iterable[UUID], where: str) -> None:
    found = list(identifiers)
    if len(set(found)) != len(found):
        raise refused_field(where)


def _written(content: ActivityContent) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "activity": {
            "title": content.title,
            "text": content.text,
            "method": content.method.value,
            "maximum": _number(content.maximum),
            "address": content.address or "",
            "counting": content.counting.value,
            "attempts": content.attempts,
            "weights": {name: _number(value) for name, value in content.weights.items()},
            "CFItems": [str(each) for each in content.skills],
        },
        "CFRubric": {
            "identifier": str(content.rubric.identifier),
            "title": content.rubric.title,
            "description": content.rubric.description,
            "CFRubricCriteria": [_written_criterion(each) for each in content.rubric.criteria],
        },
        "CFItems": [
            {
                "identifier": str(item.identifier),
                "uri": item.uri or "",
                "abbreviatedStatement": item.label,
                "fullStatement": item.statement,
            }
            for item in content.items
        ],
    }


def _written_criterion(criterion: CriterionContent) -> dict[str, Any]:
    return {
        "identifier": str(criterion.identifier),
        "title": criterion.title,
        "description": criterion.description,
        "weight": _number(criterion.weight),
        "CFRubricCriterionLevels": [
            {
                "identifier": str(level.identifier),
                "score": _number(level.points),
                "quality": level.quality,
                "description": level.description,
                "feedback": level.feedback,
            }
            for level in criterion.levels
        ],
        "extensions": {
            "alignments": [
                {"CFItem": str(identifier), "weight": _number(weight)}
                for identifier, weight in criterion.alignments
            ]
        },
    }


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
