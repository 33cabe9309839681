"""Our xAPI Profile is sound by the specification, and the judge finds what is not."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lti_tool.records import vocabulary
from rubrics.scoring.certainty import Certainty
from rubrics.scoring.mastery import MasteryMethod
from rubrics.words import Kind
from tests.lti_tool.records.json_path import PathError, apply, parse
from tests.lti_tool.records.profile_rules import faults
from tests.lti_tool.records.story import ROLES

Node = dict[str, Any]


def find(profile: Node, name: str) -> Node:
    """A concept, template or pattern by the end of its id."""
    nodes = [*profile["concepts"], *profile["templates"], *profile["patterns"]]
    return next(each for each in nodes if each["id"].endswith(f"/{name}"))


def test_the_profile_is_sound(profile: Node) -> None:
    assert faults(profile) == []


def test_it_has_our_names(profile: Node) -> None:
    assert profile["id"] == vocabulary.PROFILE
    assert [each["id"] for each in profile["versions"]] == [vocabulary.PROFILE_VERSION]


def test_everything_is_said_in_english_and_german(profile: Node) -> None:
    maps: list[Node] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            maps.extend(value[k] for k in ("prefLabel", "definition", "scopeNote") if k in value)
            for each in value.values():
                collect(each)
        elif isinstance(value, list):
            for each in value:
                collect(each)

    collect(profile)
    assert len(maps) > 40
    assert [each for each in maps if set(each) != {"en", "de"}] == []


def test_the_schemas_know_the_closed_lists_of_the_domain(profile: Node) -> None:
    arithmetic, estimate = (
        json.loads(find(profile, f"extensions/{name}")["inlineSchema"])["properties"]
        for name in ("arithmetic", "estimate")
    )
    config = estimate["config"]["properties"]
    roles = arithmetic["assessments"]["items"]["properties"]["role"]["enum"]
    assert set(roles) == {role.value for role in ROLES}
    assert set(estimate["certainty"]["enum"]) == {each.value for each in Certainty}
    assert set(config["method"]["enum"]) == {each.value for each in MasteryMethod}
    assert set(config["kind"]["enum"]) == {*(each.value for each in Kind), None}


BREACHES: dict[str, tuple[str, Callable[[Node], Any]]] = {
    "no author": ("lacks author", lambda p: p.pop("author")),
    "author of no kind": ("author.type", lambda p: p["author"].update(type="Robot")),
    "other context": ("lacks https", lambda p: p.update({"@context": "https://example.org"})),
    "older specification": ("conformsTo", lambda p: p.update(conformsTo="https://example.org")),
    "unknown property": ("not a property", lambda p: p.update(licence="MIT")),
    "null": ("null or empty", lambda p: p.update(seeAlso=None)),
    "empty map": ("null or empty", lambda p: find(p, "level").update(definition={})),
    "language that is none": (
        "no language map",
        lambda p: find(p, "level").update(definition={"a tongue": "Level"}),
    ),
    "version like the profile": ("has the id", lambda p: p["versions"][0].update(id=p["id"])),
    "second version from nowhere": (
        "lacks wasRevisionOf",
        lambda p: p["versions"].append(
            {"id": p["id"] + "/v0", "generatedAtTime": "2020-01-01T00:00:00Z"}
        ),
    ),
    "day without zone": (
        "without time zone",
        lambda p: p["versions"][0].update(generatedAtTime="2026-11-23T00:00:00"),
    ),
    "other scheme": ("inScheme", lambda p: find(p, "level").update(inScheme=p["id"])),
    "id twice": (
        "used 2 times",
        lambda p: find(p, "level").update(id=p["id"] + "/patterns/attempt"),
    ),
    "id that is no IRI": ("no absolute IRI", lambda p: find(p, "level").update(id="level")),
    "somebody else's verb": (
        "defined by somebody else",
        lambda p: find(p, "submission").update(id="http://adlnet.gov/expapi/activities/file"),
    ),
    "no such type": ("no type of concept", lambda p: find(p, "level").update(type="Extension")),
    "activity types recommended for a result": (
        "recommendedActivityTypes is not a property",
        lambda p: find(p, "level").update(recommendedActivityTypes=["https://example.org/a"]),
    ),
    "schema that is none": (
        "no JSON Schema",
        lambda p: find(p, "level").update(inlineSchema='{"type": 1}'),
    ),
    "schema that is no string": (
        "no JSON Schema",
        lambda p: find(p, "level").update(inlineSchema={"a": 1}),
    ),
    "two schemas": (
        "schema and inlineSchema",
        lambda p: find(p, "level").update(schema="https://example.org/s"),
    ),
    "related without need": (
        "only a deprecated",
        lambda p: find(p, "submission").update(
            related=[p["id"] + "/activity-types/rubric-criterion"]
        ),
    ),
    "broader of another kind": (
        "no ActivityType of this profile",
        lambda p: find(p, "submission").update(broader=[p["id"] + "/extensions/level"]),
    ),
    "match at home": (
        "is of this profile",
        lambda p: find(p, "submission").update(
            broadMatch=[p["id"] + "/activity-types/rubric-criterion"]
        ),
    ),
    "activity of an unknown type": (
        "no ActivityType of this profile",
        lambda p: find(p, "self")["activityDefinition"].update(type=p["id"] + "/role"),
    ),
    "activity without context": (
        "lacks @context",
        lambda p: find(p, "self")["activityDefinition"].pop("@context"),
    ),
    "object type and reference": (
        "objectStatementRefTemplate and",
        lambda p: find(p, "tagged").update(
            objectStatementRefTemplate=[p["id"] + "/templates/launched"]
        ),
    ),
    "reference to nothing": (
        "no template of this profile",
        lambda p: find(p, "achieved").update(
            contextStatementRefTemplate=[p["id"] + "/templates/x"]
        ),
    ),
    "unknown object type of ours": (
        "no ActivityType of this profile",
        lambda p: find(p, "tagged").update(objectActivityType=p["id"] + "/activity-types/x"),
    ),
    "types that are no array": (
        "no array",
        lambda p: find(p, "tagged").update(contextGroupingActivityType="https://example.org/a"),
    ),
    "rule without rule": (
        "none of presence",
        lambda p: find(p, "tagged").update(rules=[{"location": "$.timestamp"}]),
    ),
    "presence of no kind": (
        "presence",
        lambda p: find(p, "tagged").update(rules=[{"location": "$.id", "presence": "maybe"}]),
    ),
    "filter in a path": (
        "no JSONPath",
        lambda p: find(p, "tagged").update(
            rules=[{"location": "$.attachments[?(@.length>1)]", "presence": "included"}]
        ),
    ),
    "result extension in the context": (
        "no extension of context",
        lambda p: find(p, "tagged").update(
            rules=[
                {
                    "location": f"$.context.extensions['{p['id']}/extensions/level']",
                    "presence": "included",
                }
            ]
        ),
    ),
    "primary pattern without a name": ("prefLabel", lambda p: find(p, "attempt").pop("prefLabel")),
    "pattern of two forms": (
        "not exactly one",
        lambda p: find(p, "attempt").update(optional=p["id"] + "/templates/tagged"),
    ),
    "one alternative": (
        "fewer than two",
        lambda p: find(p, "attempt-step").update(alternates=[p["id"] + "/templates/tagged"]),
    ),
    "sequence of one, not primary": (
        "fewer than two",
        lambda p: find(p, "tagging").update(primary=False),
    ),
    "unknown member": (
        "not in this profile",
        lambda p: find(p, "tagging").update(sequence=[p["id"] + "/templates/x"]),
    ),
    "pattern within itself": (
        "within itself",
        lambda p: find(p, "attempt-step")["alternates"].append(p["id"] + "/patterns/attempt"),
    ),
    "optional inside alternates": (
        "inside alternates",
        lambda p: (
            p["patterns"].append(
                {
                    "id": p["id"] + "/patterns/perhaps",
                    "type": "Pattern",
                    "optional": p["id"] + "/templates/tagged",
                }
            ),
            find(p, "attempt-step")["alternates"].append(p["id"] + "/patterns/perhaps"),
        ),
    ),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_found(profile: Node, breach: str) -> None:
    expected, commit = BREACHES[breach]
    commit(profile)
    assert any(expected in each for each in faults(profile)), faults(profile)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", [{"a": [1, 2, 3], "b.c": {"d": None}, "e": {"d": []}}]),
        ("$.a", [[1, 2, 3]]),
        ("$.a[*]", [1, 2, 3]),
        ("$['a'][0,2]", [1, 3]),
        ("$.a[7]", []),
        ("$.a.b", []),
        ("$['b.c'].d", [None]),
        ("$.*.d", [None, []]),
        ("$['b.c', \"e\"]['d']", [None, []]),
        ("$.a[0]|$.a[*]", [1, 1, 2, 3]),
        ("$.x | $.a[1]", [2]),
    ],
)
def test_paths_find_what_they_name(path: str, expected: list[Any]) -> None:
    assert apply({"a": [1, 2, 3], "b.c": {"d": None}, "e": {"d": []}}, path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a",
        "$.",
        "$.a[-1]",
        "$.a[1:2]",
        "$.a[?(@.b)]",
        "$.a[(@.length)]",
        "$..a",
        "$.a |",
        "$[]",
    ],
)
def test_paths_that_a_profile_may_not_use(path: str) -> None:
    with pytest.raises(PathError):
        parse(path)
