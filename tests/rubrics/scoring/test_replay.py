"""The record of an estimate, its configuration's hash, and the replay of both."""

import json
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.scoring.config import MasteryConfig, config_from
from rubrics.scoring.estimate import estimate
from rubrics.scoring.figures import ScoringError
from rubrics.scoring.levels import scale
from rubrics.scoring.mastery import MasteryMethod
from rubrics.scoring.replay import replay
from rubrics.words import Kind
from tests.rubrics.scoring.making import FOUR, evidence

CONFIGS = st.builds(
    MasteryConfig,
    scale=st.just(FOUR),
    method=st.sampled_from(MasteryMethod),
    kind=st.none() | st.sampled_from(Kind),
)


def recorded() -> dict[str, Any]:
    values = evidence(["2.666667", "3", "4"], assessors=[("ann",), ("ben", "ann"), ("ben",)])
    record: dict[str, Any] = json.loads(json.dumps(estimate(values, MasteryConfig(FOUR)).record()))
    return record


def test_the_canonical_text() -> None:
    config = MasteryConfig(scale(Decimal("4.00"), Decimal("2.50"), [("Très", Decimal("0.0"))]))
    assert config.canonical_json() == (
        '{"format":1,"kind":null,"method":"decaying_average","parameter":65,"scale":'
        '{"levels":[{"label":"Très","threshold":"0"}],"mastery":"2.5","top":"4"}}'
    )
    assert config.sha256() == ("9c14212f92e97855e1896936ff067d8c6c7f28a105b52b3aeea2843bf6ef8c76")


@given(CONFIGS)
def test_a_configuration_comes_back_from_its_record(config: MasteryConfig) -> None:
    again = config_from(json.loads(config.canonical_json()))
    assert again.sha256() == config.sha256()


def test_a_default_and_the_same_said_aloud_hash_alike() -> None:
    assert MasteryConfig(FOUR).sha256() == MasteryConfig(FOUR, parameter=65).sha256()


def test_whatever_changes_the_outcome_changes_the_hash() -> None:
    base = MasteryConfig(FOUR)
    others = [
        replace(base, parameter=66),
        replace(base, method=MasteryMethod.WEIGHTED_AVERAGE),
        replace(base, kind=Kind.SOFT),
        replace(base, scale=replace(FOUR, mastery=Decimal("3.5"))),
        replace(base, scale=replace(FOUR, levels=FOUR.levels[1:])),
    ]
    assert len({config.sha256() for config in [base, *others]}) == 6


@given(st.lists(st.decimals(0, 4, places=6), max_size=8), CONFIGS)
def test_a_replay_reproduces_every_figure(values: list[Decimal], config: MasteryConfig) -> None:
    record = json.loads(json.dumps(estimate(evidence(values), config).record()))
    result = replay(record)
    assert result.agrees
    assert result.differences == ()


def test_assessors_are_numbered_and_not_named() -> None:
    record = recorded()
    assert [entry["assessors"] for entry in record["evidence"]] == [[1], [2, 1], [2]]
    assert "ann" not in json.dumps(record)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("estimate",), "3.99", "estimate"),
        (("level",), "Advanced?", "level"),
        (("at_mastery",), False, "at_mastery"),
        (("certainty",), "likely", "certainty"),
        (("interval",), ["0.1", "0.2"], "interval"),
        (("config_sha256",), "0" * 64, "config_sha256"),
        (("evidence", 2, "value"), "1", "estimate"),
        (("evidence", 0, "weight"), "0.9", "weight of s000"),
        (("config", "parameter"), 50, "config_sha256"),
    ],
)
def test_a_record_that_was_tampered_with(path: tuple[Any, ...], value: Any, field: str) -> None:
    record = deepcopy(recorded())
    place = record
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    result = replay(record)
    assert not result.agrees
    assert field in [difference.field for difference in result.differences]


def test_evidence_that_is_gone_is_retired_and_no_difference() -> None:
    found = {"s001": Decimal(3), "s002": Decimal("4.0")}
    result = replay(recorded(), found)
    assert result.agrees
    assert result.retired == ("s000",)


def test_evidence_that_says_something_else_now_is_a_difference() -> None:
    found = {"s000": Decimal("2.666667"), "s001": Decimal(1), "s002": Decimal(4)}
    result = replay(recorded(), found)
    assert [d.field for d in result.differences] == ["value of s001"]


@pytest.mark.parametrize("spoil", ["config", "evidence", "level"])
def test_what_is_no_record_is_refused(spoil: str) -> None:
    record = recorded()
    del record[spoil]
    with pytest.raises(ScoringError) as refusal:
        replay(record)
    assert refusal.value.code == "scoring.record"


@pytest.mark.parametrize(
    ("field", "value"), [("format", 2), ("method", "guess"), ("kind", "x"), ("scale", None)]
)
def test_a_configuration_of_another_kind_is_refused(field: str, value: Any) -> None:
    record = MasteryConfig(FOUR).record() | {field: value}
    with pytest.raises(ScoringError) as refusal:
        config_from(record)
    assert refusal.value.code == "scoring.record"
