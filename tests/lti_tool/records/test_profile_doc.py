"""docs/xapi-profile.md says what is emitted: its examples, its table and its names."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lti_tool.records import vocabulary
from tests.lti_tool.records.examples import examples
from tests.lti_tool.records.profile_checker import Checker
from tests.lti_tool.records.story import Story

Node = dict[str, Any]
TEXT = (Path(__file__).parents[3] / "docs" / "xapi-profile.md").read_text(encoding="utf-8")
EXAMPLES: dict[str, Node] = {
    name: json.loads(body)
    for name, body in re.findall(r"^### `([\w-]+)`\n.*?^```json\n(.*?)^```", TEXT, re.M | re.S)
}


def kind(template: str) -> str:
    """The kinds of statements as people count them: an activity scored is one, of any method."""
    name = template.rsplit("/", 1)[-1]
    return "activity-scored-lesson" if name.startswith("activity-scored-") else name


def test_there_is_an_example_of_every_kind(profile: Node) -> None:
    assert set(EXAMPLES) == {kind(each["id"]) for each in profile["templates"]}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_what_is_emitted(story: Story, name: str) -> None:
    emitted = examples(story)[name]
    assert EXAMPLES[name] == emitted, json.dumps(emitted, ensure_ascii=False)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_follows_its_template(profile: Node, name: str) -> None:
    outcome = Checker(profile, {each["id"]: each for each in EXAMPLES.values()}).check(
        EXAMPLES[name]
    )
    assert (outcome.word, outcome.matched) == (
        "success",
        (f"{vocabulary.PROFILE}/templates/{name}",),
    )


def test_the_table_has_a_row_for_every_kind(profile: Node) -> None:
    rows = re.findall(r"^\| \[`([\w-]+)`\]\(#([\w-]+)\) \|.*<(\S+)>", TEXT, re.M)
    assert {name: verb for name, _, verb in rows} == {
        kind(each["id"]): each["verb"] for each in profile["templates"]
    }
    assert all(name == anchor for name, anchor, _ in rows)


def test_every_name_of_ours_is_explained_and_none_is_made_up(profile: Node) -> None:
    said = set(re.findall(rf"{vocabulary.PROFILE}/[\w./-]*[\w]", TEXT))
    ours = {each["id"] for each in profile["concepts"]}
    known = ours | {each["id"] for each in [*profile["templates"], *profile["versions"]]}
    assert ours - said == set()
    assert said - known == set()
