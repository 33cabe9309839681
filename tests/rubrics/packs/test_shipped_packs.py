"""The shipped packs hang together, say whence they come, and are written as we ask of others."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from importlib.resources import files
from itertools import pairwise
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from rubrics.packs.loader import (
    CompetencyPack,
    CriterionPack,
    LevelPack,
    RubricPack,
    example_packs,
    framework_pack,
    load_packs,
    rubric_packs,
)
from rubrics.scoring.evidence import Aligned, competency_value
from rubrics.scoring.score import RatedCriterion
from rubrics.words import Kind, Method

FRAMEWORK = framework_pack()
RUBRICS = rubric_packs()
EXAMPLES = example_packs()
BY_ID = {item.identifier: item for item in FRAMEWORK.competencies}
SKILLS = [item for item in FRAMEWORK.competencies if item.assessable]

VAGUE = re.compile(
    r"\b(good|bad|nice|poor|excellent|outstanding|strong|weak|appropriate\w*|adequate\w*|"
    r"sufficient\w*|effective\w*|efficient\w*|clear\w*|proper\w*|well|better|best|satisfactory|"
    r"reasonabl\w*|professional\w*|some|several|often|sometimes|rarely|usually|very|quite|"
    r"demonstrates|understands|knows|is able to|tries)\b",
    re.IGNORECASE,
)


def criteria() -> Iterator[tuple[RubricPack, CriterionPack]]:
    for rubric in RUBRICS:
        for criterion in rubric.criteria:
            yield rubric, criterion


def levels() -> Iterator[LevelPack]:
    for _, criterion in criteria():
        yield from criterion.levels


EACH_CRITERION = pytest.mark.parametrize(
    "criterion", [c for _, c in criteria()], ids=[f"{r.key}/{c.title}" for r, c in criteria()]
)


def test_everything_is_loaded_once() -> None:
    assert load_packs() is load_packs()
    assert load_packs().framework == FRAMEWORK
    assert load_packs().rubrics == RUBRICS
    assert load_packs().examples == EXAMPLES


def test_identifiers_are_unique_over_all_packs() -> None:
    identifiers = [
        FRAMEWORK.identifier,
        *BY_ID,
        *(rubric.identifier for rubric in RUBRICS),
        *(criterion.identifier for _, criterion in criteria()),
        *(level.identifier for level in levels()),
    ]
    assert len(BY_ID) == len(FRAMEWORK.competencies)
    assert [i for i, times in Counter(identifiers).items() if times > 1] == []


def test_no_two_skills_share_a_label_an_address_or_a_place() -> None:
    labels = [item.label for item in FRAMEWORK.competencies]
    addresses = [item.uri for item in FRAMEWORK.competencies if item.uri]
    assert len(set(labels)) == len(labels)
    assert len(set(addresses)) == len(addresses)
    assert [item.position for item in FRAMEWORK.competencies] == list(range(1, len(labels) + 1))


def test_the_framework_is_small_and_has_both_kinds() -> None:
    kinds = Counter(item.kind for item in SKILLS)
    assert 25 <= len(SKILLS) <= 40
    assert kinds[Kind.HARD] >= 10
    assert kinds[Kind.SOFT] >= 10
    assert kinds[None] >= 1


def test_groups_come_before_their_members_and_have_no_kind() -> None:
    seen: set[UUID] = set()
    for item in FRAMEWORK.competencies:
        if item.assessable:
            assert item.parent in seen
            assert item.parent is not None
            assert not BY_ID[item.parent].assessable
        else:
            assert (item.parent, item.kind) == (None, None)
        seen.add(item.identifier)


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.label)
def test_a_skill_says_what_it_is_and_whence(skill: CompetencyPack) -> None:
    assert len(skill.full_statement) > 20
    assert skill.full_statement.endswith(".")
    assert skill.notes
    if skill.source == "esco":
        assert skill.uri is not None
        assert skill.uri.startswith("http://data.europa.eu/esco/skill/")
        assert skill.identifier == uuid5(NAMESPACE_URL, skill.uri)
    else:
        assert skill.uri is None
        assert skill.coding.startswith(f"{skill.source}/")


def test_every_source_is_acknowledged_in_the_words_it_asks_for() -> None:
    asked = [
        "This service uses the ESCO classification of the European Commission.",
        "O*NET 29.3 Database",
        "by the U.S. Department of Labor, Employment and Training Administration (USDOL/ETA)",
        "CC BY 4.0",
        "O*NET® is a trademark of USDOL/ETA",
        "has modified all or some of this information",
        "USDOL/ETA has not approved, endorsed, or tested these modifications",
    ]
    text = files("rubrics.packs").joinpath("ATTRIBUTION.md").read_text("utf-8")
    page = " ".join(text.replace("[", "").split())
    page = re.sub(r"\]\([^)]*\)", "", page)
    for words in asked:
        assert words in FRAMEWORK.attribution
        assert words in page
    assert {item.source for item in SKILLS} == {"esco", "onet", "twofold"}
    assert f"{len(SKILLS)} skills" in page
    assert FRAMEWORK.licence
    assert "2011/833/EU" in page
    assert (FRAMEWORK.version, FRAMEWORK.language) == ("1.0", "en")


def test_the_scale_makes_sense_to_the_arithmetic() -> None:
    scale = FRAMEWORK.scale.scale
    assert scale.top == 4
    assert scale.mastery == scale.levels[2].threshold
    assert scale.levels[0].threshold == 0
    assert all(level.description for level in FRAMEWORK.scale.levels)


@EACH_CRITERION
def test_a_level_of_the_rubric_is_the_level_of_the_scale(criterion: CriterionPack) -> None:
    scale = FRAMEWORK.scale.scale
    points = [level.points for level in criterion.levels]
    for level in criterion.levels:
        rated = RatedCriterion(
            "c", criterion.title, criterion.weight, points[0], points[-1], level.points
        )
        value = competency_value([Aligned(rated)], scale.top).value
        assert value is not None
        reached = scale.level_of(value)
        assert reached is not None
        assert reached.label == level.quality


@pytest.mark.parametrize(("low", "high"), [("0", "4/3"), ("4/3", "8/3"), ("8/3", "4")])
def test_half_and_half_is_the_lower_level(low: str, high: str) -> None:
    scale = FRAMEWORK.scale.scale
    between = (Fraction(low) + Fraction(high)) / 2
    assert scale.level_of(between) == scale.level_of(Fraction(low))


@pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: rubric.key)
def test_a_rubric_has_four_or_five_weighted_criteria(rubric: RubricPack) -> None:
    assert 4 <= len(rubric.criteria) <= 5
    assert [c.position for c in rubric.criteria] == list(range(1, len(rubric.criteria) + 1))
    assert len({c.weight for c in rubric.criteria}) > 1
    assert all(c.weight > 0 and c.description and c.category for c in rubric.criteria)


@pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: rubric.key)
def test_a_rubric_looks_at_hard_and_soft_skills(rubric: RubricPack) -> None:
    kinds = {BY_ID[a.competency].kind for c in rubric.criteria for a in c.alignments}
    assert {Kind.HARD, Kind.SOFT} <= kinds


@pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: rubric.key)
def test_alignments_go_many_to_many(rubric: RubricPack) -> None:
    aligned = [a.competency for c in rubric.criteria for a in c.alignments]
    assert any(len(c.alignments) >= 2 for c in rubric.criteria)
    assert max(Counter(aligned).values()) >= 2


@EACH_CRITERION
def test_alignments_name_skills_of_the_framework_once(criterion: CriterionPack) -> None:
    assert criterion.alignments
    named = [alignment.competency for alignment in criterion.alignments]
    assert len(set(named)) == len(named)
    for alignment in criterion.alignments:
        assert alignment.weight > 0
        assert BY_ID[alignment.competency].assessable


@EACH_CRITERION
def test_levels_rise_by_equal_steps(criterion: CriterionPack) -> None:
    assert [level.position for level in criterion.levels] == [1, 2, 3, 4]
    assert [level.points for level in criterion.levels] == [1, 2, 3, 4]
    assert [level.quality for level in criterion.levels] == [
        level.label for level in FRAMEWORK.scale.levels
    ]


@pytest.mark.parametrize("level", list(levels()), ids=lambda level: level.description[:40])
def test_a_level_says_what_is_seen_in_no_vague_words(level: LevelPack) -> None:
    assert VAGUE.findall(level.description) == []
    assert not level.description.startswith(("Does not", "Fails", "Never", "No "))
    assert level.description.endswith(".")
    assert len(level.description) <= 130
    assert len(level.description.split(". ")) == 1


@EACH_CRITERION
def test_levels_differ_by_more_than_a_word(criterion: CriterionPack) -> None:
    words = [set(re.findall(r"\w+", level.description.lower())) for level in criterion.levels]
    for lower, higher in pairwise(words):
        assert len(lower ^ higher) >= 4


@pytest.mark.parametrize("level", list(levels()), ids=lambda level: level.description[:40])
def test_feedback_says_what_comes_next(level: LevelPack) -> None:
    start = "This is the top of this rubric. " if level.position == 4 else "Next: "
    assert level.feedback.startswith(start)
    assert len(level.feedback) > len(start) + 20


@pytest.mark.parametrize("word", ["good", "appropriately", "Clear", "some"])
def test_the_lint_finds_vague_words(word: str) -> None:
    assert VAGUE.findall(f"Gives {word} answers.") == [word]


def test_examples_refer_to_what_is_shipped() -> None:
    keys = {rubric.key: rubric for rubric in RUBRICS}
    assert 2 <= len(EXAMPLES) <= 3
    assert len({example.key for example in EXAMPLES}) == len(EXAMPLES)
    assert {example.rubric for example in EXAMPLES} == set(keys)
    assert Method.ROLE_PLAY in {example.method for example in EXAMPLES}
    for example in EXAMPLES:
        assert len(example.text) > 200
        assert example.competencies
        assert len(set(example.competencies)) == len(example.competencies)
        assert all(BY_ID[identifier].assessable for identifier in example.competencies)
        aligned = {a.competency for c in keys[example.rubric].criteria for a in c.alignments}
        assert set(example.competencies) & aligned


def test_the_names_beside_identifiers_in_the_json_are_those_of_the_framework() -> None:
    content = json.loads(files("rubrics.packs").joinpath("rubrics.json").read_bytes())
    for rubric in content["CFRubrics"]:
        for criterion in rubric["CFRubricCriteria"]:
            for alignment in criterion["extensions"]["alignments"]:
                assert BY_ID[UUID(alignment["CFItem"])].label == alignment["title"]


def test_nothing_in_the_json_is_left_unread() -> None:
    """A field that the loader does not know would be lost without a word."""
    content = json.loads(files("rubrics.packs").joinpath("starter.json").read_bytes())
    assert set(content) == {"CFDocument", "scale", "CFItems"}
    for item in content["CFItems"]:
        assert set(item) == {
            "identifier",
            "uri",
            "humanCodingScheme",
            "abbreviatedStatement",
            "fullStatement",
            "notes",
            "CFItemType",
            "extensions",
        }
        assert set(item["extensions"]) == {"kind", "parent", "position", "source"}
    rubrics = json.loads(files("rubrics.packs").joinpath("rubrics.json").read_bytes())["CFRubrics"]
    criterion_fields = {"identifier", "category", "title", "description", "weight", "position"}
    level_fields = {"identifier", "quality", "score", "description", "feedback", "position"}
    for rubric in rubrics:
        assert set(rubric) == {"key", "identifier", "title", "description", "CFRubricCriteria"}
        for criterion in rubric["CFRubricCriteria"]:
            assert set(criterion) == criterion_fields | {"CFRubricCriterionLevels", "extensions"}
            assert set(criterion["extensions"]) == {"alignments"}
            for level in criterion["CFRubricCriterionLevels"]:
                assert set(level) == level_fields
