"""docs/xapi-profile.md says what is emitted: its examples, its table and its names."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from lti_tool.records import vocabulary
from tests.lti_tool.records.examples import examples
from tests.lti_tool.records.profile_checker import Checker
from tests.lti_tool.records.story import Story
from tests.xapi.conftest import Client, Site

Node = dict[str, Any]
TEXT = (Path(__file__).parents[3] / "docs" / "xapi-profile.md").read_text(encoding="utf-8")
EXAMPLES: dict[str, Node] = {
    name: json.loads(body)
    for name, body in re.findall(r"^### `([\w-]+)`\n.*?^```json\n(.*?)^```", TEXT, re.M | re.S)
}

QUERIES = dict(re.findall(r"^\| ([\w ,]+) \| `(\w+=.*)` \|$", TEXT, re.M))


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


def test_the_queries_answer_their_questions(story: Story) -> None:
    competency = story.of(vocabulary.TAGGED)[0]["object"]["id"]
    registration = story.of(vocabulary.SUBMITTED)[0]["context"]["registration"]
    instructor = f'"{vocabulary.PROFILE}/assessor-roles/instructor"'
    wanted: dict[str, Callable[[Node], bool]] = {
        "what instructors said, and nobody else": lambda each: instructor in json.dumps(each),
        "everything about one competency": lambda each: f'"{competency}"' in json.dumps(each),
        "where learners stand in it": lambda each: (
            (each["verb"]["id"], each["object"]["id"]) == (vocabulary.ASSERTED, competency)
        ),
        "one attempt from launch to standing": lambda each: (
            each["context"].get("registration") == registration
        ),
        "everything that this profile describes": lambda each: True,
    }
    assert set(QUERIES) == set(wanted)
    reader = Site(story.made.db).client(story.made.tenant_id)
    for question, query in QUERIES.items():
        query = query.replace("<its IRI>", competency).replace("<its id>", registration)
        expected = [each["id"] for each in story.statements if wanted[question](each)]
        assert expected
        assert sorted(_ids(reader, query)) == sorted(expected), question


def _ids(reader: Client, query: str) -> list[str]:
    answer = reader("GET", query_string=dict(parse_qsl(query))).get_json()
    found: list[str] = [each["id"] for each in answer["statements"]]
    while answer.get("more"):
        path = answer["more"].removeprefix("/xapi")
        answer = reader("GET", path).get_json()
        found += [each["id"] for each in answer["statements"]]
    return found
