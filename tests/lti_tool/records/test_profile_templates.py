"""Every statement that we emit follows our profile, which names nothing but what we emit."""

import copy
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from jsonschema_rs import Draft7Validator

from foundation.db import Database
from lti_tool.records import recorder, vocabulary
from rubrics.words import AssessorRole
from tests.lti_tool.records.profile_checker import GROUPS, Checker, broken
from tests.lti_tool.records.story import ROLES, Story, tell

Node = dict[str, Any]
_TYPES = ".definition.type"


def checker(profile: Node, story: Story) -> Checker:
    return Checker(profile, {each["id"]: each for each in story.statements})


def test_every_statement_follows_one_template(db: Database, profile: Node) -> None:
    story = tell(db)
    check = checker(profile, story).check
    followed = set()
    for statement in story.statements:
        outcome = check(statement)
        assert (outcome.word, len(outcome.matched)) == ("success", 1), (outcome, statement)
        followed |= set(outcome.matched)
    assert followed == {each["id"] for each in profile["templates"]}, "no template is idle"


def test_the_story_leaves_nothing_out(story: Story) -> None:
    assert {type(event) for event in story.happened} == set(recorder.HANDLERS)
    assert {vocabulary.assessor_role(role) for role in ROLES} == {
        each["id"] for statement in story.statements for each in _roles(statement)
    }


def test_every_word_of_the_vocabulary_is_used(story: Story) -> None:
    names = {
        name: value
        for name, value in vars(vocabulary).items()
        if name.isupper() and isinstance(value, str) and name != "PROFILE"
    }
    said = json.dumps(story.statements)
    assert {name for name, value in names.items() if f'"{value}"' not in said} == set()


def test_the_profile_names_what_is_emitted_and_nothing_else(profile: Node, story: Story) -> None:
    emitted, named = _emitted(story.statements), _named(profile)
    assert {kind: sorted(each) for kind, each in named.items()} == {
        kind: sorted(each) for kind, each in emitted.items()
    }


def test_extensions_are_as_their_schemas_say(profile: Node, story: Story) -> None:
    schemas = {
        each["id"]: Draft7Validator(json.loads(each["inlineSchema"]), validate_formats=True)
        for each in profile["concepts"]
        if "inlineSchema" in each
    }
    seen = set()
    for statement in story.statements:
        for name, value in statement.get("result", {}).get("extensions", {}).items():
            if name in schemas:
                seen.add(name)
                schemas[name].validate(value)
                assert not schemas[name].is_valid({**value, "more": 1})
                assert not schemas[name].is_valid(dict(list(value.items())[1:]))
    assert seen == set(schemas)


def test_the_profiles_activities_are_as_we_send_them(profile: Node, story: Story) -> None:
    """They carry all that the profile gives; only language maps may say less or more."""
    ours = {
        each["id"]: {k: v for k, v in each["activityDefinition"].items() if k != "@context"}
        for each in profile["concepts"]
        if each["type"] == "Activity"
    }
    for statement in story.statements:
        for role in _roles(statement):
            definition = ours[role["id"]]
            assert set(role["definition"]) == set(definition)
            assert role["definition"]["type"] == definition["type"]
            assert role["definition"]["name"].items() <= definition["name"].items()


def test_statements_of_a_registration_follow_a_pattern(profile: Node, story: Story) -> None:
    by_registration: dict[str, list[Node]] = defaultdict(list)
    for statement in story.statements:
        registration = statement["context"].get("registration", statement["id"])
        by_registration[registration].append(statement)
    follows = checker(profile, story).pattern_of
    found = {
        name: follows(sorted(each, key=lambda s: str(s["timestamp"])))
        for name, each in by_registration.items()
    }
    assert set(found.values()) == {
        f"{vocabulary.PROFILE}/patterns/attempt",
        f"{vocabulary.PROFILE}/patterns/tagging",
    }
    attempt, tag = (
        next(each for name, each in by_registration.items() if str(found[name]).endswith(which))
        for which in ("attempt", "tagging")
    )
    assert follows([*attempt, *tag]) is None
    assert follows([*tag, *tag]) is None


def _set(path: str, value: Any) -> Callable[[Node], None]:
    def change(statement: Node) -> None:
        *way, last = path.split("/")
        for step in way:
            statement = statement[step]
        statement[last] = value

    return change


def _drop(path: str) -> Callable[[Node], None]:
    def change(statement: Node) -> None:
        *way, last = path.split("/")
        for step in way:
            statement = statement[step]
        del statement[last]

    return change


def _drop_extension(name: str) -> Callable[[Node], Any]:
    return lambda statement: statement["result"]["extensions"].pop(name)


def _drop_category(name: str) -> Callable[[Node], None]:
    def change(statement: Node) -> None:
        activities = statement["context"]["contextActivities"]
        kept = [each for each in activities["category"] if each["id"] != name]
        assert len(kept) < len(activities["category"])
        activities["category"] = kept

    return change


CHANGES: dict[str, tuple[str, Callable[[Node], Any], str]] = {
    "no category": (vocabulary.LAUNCHED, _drop("context/contextActivities/category"), "unmatched"),
    "no course": (vocabulary.LAUNCHED, _drop("context/contextActivities/grouping"), "unmatched"),
    "another verb": (vocabulary.LAUNCHED, _set("verb/id", vocabulary.SUBMITTED), "unmatched"),
    "another version": (
        vocabulary.LAUNCHED,
        lambda s: s["context"]["contextActivities"]["category"][0].update(
            id=f"{vocabulary.PROFILE}/v0.9"
        ),
        "invalid",
    ),
    "no registration": (vocabulary.LAUNCHED, _drop("context/registration"), "invalid"),
    "a course launched": (
        vocabulary.LAUNCHED,
        _set("object/definition/type", vocabulary.COURSE),
        "invalid",
    ),
    "a result too many": (vocabulary.LAUNCHED, _set("result", {"success": True}), "invalid"),
    "an e-mail address": (
        vocabulary.LAUNCHED,
        _set("actor", {"mbox": "mailto:ann@example.org"}),
        "invalid",
    ),
    "no timestamp": (vocabulary.LAUNCHED, _drop("timestamp"), "invalid"),
    "a tag in an attempt": (vocabulary.TAGGED, _set("context/registration", "r"), "invalid"),
    "no parent": (vocabulary.SUBMITTED, _drop("context/contextActivities/parent"), "invalid"),
    "no level": (vocabulary.SCORED, _drop_extension(vocabulary.LEVEL), "invalid"),
    "no scaled score": (vocabulary.SCORED, _drop("result/score/scaled"), "invalid"),
    "no assessor's role": (
        vocabulary.SCORED,
        _drop_category(vocabulary.assessor_role(AssessorRole.INSTRUCTOR)),
        "unmatched",
    ),
    "a submission scored": (
        vocabulary.SCORED,
        _set("object/definition/type", vocabulary.SUBMISSION),
        "unmatched",
    ),
    "no estimate": (vocabulary.ASSERTED, _drop_extension(vocabulary.ESTIMATE), "invalid"),
    "no evidence": (vocabulary.ASSERTED, _drop_extension(vocabulary.EVIDENCE), "invalid"),
    "not in the competency profile": (
        vocabulary.ASSERTED,
        _drop_category(vocabulary.LEARNER_COMPETENCY),
        "unmatched",
    ),
    "achieved without success": (vocabulary.ACHIEVED, _set("result/success", False), "invalid"),
    "success as a number": (vocabulary.ACHIEVED, _set("result/success", 1), "invalid"),
    "achieved by nothing": (
        vocabulary.ACHIEVED,
        _set("result/extensions", {vocabulary.EVIDENCE: []}),
        "invalid",
    ),
    "no reference": (vocabulary.ACHIEVED, _drop("context/statement"), "invalid"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_statement_is_found(profile: Node, story: Story, name: str) -> None:
    verb, change, word = CHANGES[name]
    statement = copy.deepcopy(story.of(verb)[0])
    check = checker(profile, story).check
    assert check(statement).word == "success"
    change(statement)
    assert check(statement).word == word


def test_a_reference_has_to_lead_to_a_statement_of_the_right_template(
    profile: Node, story: Story
) -> None:
    statement = copy.deepcopy(story.of(vocabulary.ACHIEVED)[0])
    statement["context"]["statement"]["id"] = story.of(vocabulary.LAUNCHED)[0]["id"]
    outcome = checker(profile, story).check(statement)
    assert outcome.word == "invalid"
    assert "another template" in outcome.failures[0]
    unseen = Checker(profile).check(statement)
    assert unseen.word == "success", "what is not at hand is not judged"


def test_a_single_context_activity_need_not_be_in_an_array(profile: Node, story: Story) -> None:
    statement = copy.deepcopy(story.of(vocabulary.LAUNCHED)[0])
    activities = statement["context"]["contextActivities"]
    activities["grouping"] = activities["grouping"][0]
    assert checker(profile, story).check(statement).word == "success"


@pytest.mark.parametrize(
    ("rule", "follows"),
    [
        ({"location": "$.a", "presence": "included"}, True),
        ({"location": "$.x", "presence": "included"}, False),
        ({"location": "$.x | $.a", "presence": "included"}, True),
        ({"location": "$.a", "presence": "excluded"}, False),
        ({"location": "$.x", "presence": "excluded"}, True),
        ({"location": "$.x", "presence": "recommended"}, True),
        ({"location": "$.a[*]", "any": [2, 9]}, True),
        ({"location": "$.a[*]", "any": [9]}, False),
        ({"location": "$.x", "any": [9]}, False),
        ({"location": "$.x", "presence": "recommended", "any": [9]}, True),
        ({"location": "$.a[*]", "presence": "recommended", "any": [9]}, False),
        ({"location": "$.a[*]", "all": [1, 2, 3]}, True),
        ({"location": "$.a[*]", "all": [1]}, False),
        ({"location": "$.a", "all": [[1, 2]]}, True),
        ({"location": "$.a[*]", "none": [2]}, False),
        ({"location": "$.a[*]", "none": [9]}, True),
        ({"location": "$.a[0]", "any": [True]}, False),
        ({"location": "$.b[*]", "selector": "$.c", "presence": "included"}, False),
        ({"location": "$.b[0]", "selector": "$.c", "presence": "included"}, True),
        ({"location": "$.b[*]", "selector": "$.c", "all": [1]}, False),
        ({"location": "$.b[*]", "selector": "$.c", "any": [1]}, True),
        ({"location": "$.b[1]", "selector": "$.c", "presence": "excluded"}, True),
        ({"location": "$.b[*]", "selector": "$.c", "presence": "excluded"}, False),
    ],
    ids=json.dumps,
)
def test_rules_mean_what_the_specification_says(rule: Node, follows: bool) -> None:
    assert (broken({"a": [1, 2], "b": [{"c": 1}, {"d": 1}]}, rule) == []) is follows


def _activities(statement: Node) -> Iterable[Node]:
    groups = statement["context"]["contextActivities"]
    return [statement["object"], *(each for name in GROUPS for each in groups.get(name, []))]


def _roles(statement: Node) -> list[Node]:
    return [
        each
        for each in _activities(statement)
        if each["definition"]["type"] == vocabulary.ASSESSOR_ROLE
    ]


def _emitted(statements: Iterable[Node]) -> dict[str, set[str]]:
    said: dict[str, set[str]] = defaultdict(set)
    for statement in statements:
        activities = _activities(statement)
        said["verbs"].add(statement["verb"]["id"])
        said["types"] |= {each["definition"]["type"] for each in activities}
        said["ours"] |= {
            each["id"] for each in activities if each["id"].startswith(f"{vocabulary.PROFILE}/")
        }
        for part in (statement.get("result", {}), statement["context"]):
            said["extensions"] |= set(part.get("extensions", {}))
        for each in activities:
            said["extensions"] |= set(each["definition"].get("extensions", {}))
    return said


def _named(profile: Node) -> dict[str, set[str]]:
    """The words of the profile: its concepts, and what its templates refer to."""
    named: dict[str, set[str]] = defaultdict(set)
    named["ours"].add(profile["versions"][0]["id"])
    kinds = {"Verb": "verbs", "ActivityType": "types", "Activity": "ours"}
    for concept in profile["concepts"]:
        named[kinds.get(concept["type"], "extensions")].add(concept["id"])
    for template in profile["templates"]:
        named["verbs"].add(template["verb"])
        named["types"] |= (
            {template["objectActivityType"]} if "objectActivityType" in template else set()
        )
        for group in GROUPS:
            named["types"] |= set(template.get(f"context{group.capitalize()}ActivityType", ()))
        for rule in template["rules"]:
            location = rule["location"]
            if location.endswith(_TYPES):
                named["types"] |= {*rule.get("any", ()), *rule.get("all", ())}
            if location.endswith("category[*].id"):
                named["ours"] |= set(rule["any"])
            if ".extensions['" in location:
                named["extensions"].add(location.split("'")[1])
    return named
