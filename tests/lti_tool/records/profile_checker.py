"""Checks statements against the templates and patterns of an xAPI Profile.

Pure; the algorithms of the xAPI Profiles specification 1.0, part three, sections 2.1 and 2.2, with
reasons instead of a bare failure.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.lti_tool.records.json_path import apply

Node = dict[str, Any]
GROUPS = ("category", "grouping", "other", "parent")


@dataclass(frozen=True)
class Outcome:
    """The templates that a statement follows, and why others of its kind are not followed."""

    matched: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """As the specification calls it."""
        if self.failures:
            return "invalid"
        return "success" if self.matched else "unmatched"


@dataclass(frozen=True)
class Checker:
    """The templates and patterns of one profile, and the statements that references lead to."""

    profile: Node
    known: Mapping[str, Node] = field(default_factory=dict)

    def check(self, statement: Node) -> Outcome:
        """The statement against every template."""
        statement = normal(statement)
        matched, failures = [], []
        for template in self.profile.get("templates", []):
            if not is_determined(statement, template):
                continue
            why = [*self._references(statement, template)]
            why += [
                fault for rule in template.get("rules", []) for fault in broken(statement, rule)
            ]
            failures += [f"{template['id']}: {each}" for each in why]
            if not why:
                matched.append(template["id"])
        return Outcome(tuple(matched), tuple(failures))

    def _references(self, statement: Node, template: Node) -> Iterable[str]:
        places = {
            "objectStatementRefTemplate": statement.get("object"),
            "contextStatementRefTemplate": statement.get("context", {}).get("statement"),
        }
        for name, reference in places.items():
            wanted = template.get(name)
            if wanted is None:
                continue
            if not reference or reference.get("objectType") != "StatementRef":
                yield f"{name}: no reference to a statement"
            elif reference["id"] in self.known and not set(wanted) & set(
                self.check(self.known[reference["id"]]).matched
            ):
                yield f"{name}: leads to a statement of another template"

    def pattern_of(self, statements: Sequence[Node]) -> str | None:
        """The primary pattern that the statements of one registration follow, oldest first."""
        matched = []
        for statement in statements:
            outcome = self.check(statement)
            if outcome.word != "success":
                return None
            matched.append(set(outcome.matched))
        for pattern in self.profile.get("patterns", []):
            if pattern.get("primary") and self._matches(matched, pattern["id"]) == ("success", []):
                return str(pattern["id"])
        return None

    def _matches(self, left: list[set[str]], name: str) -> tuple[str, list[set[str]]]:
        """success, partial or failure, and the statements that are left; greedy."""
        pattern = next((p for p in self.profile["patterns"] if p["id"] == name), None)
        if pattern is None:
            if not left:
                return "partial", []
            return ("success", left[1:]) if name in left[0] else ("failure", left)
        if "sequence" in pattern:
            return self._sequence(left, pattern["sequence"])
        if "alternates" in pattern:
            return self._alternates(left, pattern["alternates"])
        if "optional" in pattern:
            outcome, rest = self._matches(left, pattern["optional"])
            return ("success", left) if outcome == "failure" or not left else (outcome, rest)
        repeated = pattern.get("oneOrMore") or pattern["zeroOrMore"]
        return self._repeated(left, repeated, at_least_one="oneOrMore" in pattern)

    def _sequence(self, left: list[set[str]], names: list[str]) -> tuple[str, list[set[str]]]:
        rest = left
        for name in names:
            outcome, rest = self._matches(rest, name)
            if outcome != "success":
                return outcome, left if outcome == "failure" else []
        return "success", rest

    def _alternates(self, left: list[set[str]], names: list[str]) -> tuple[str, list[set[str]]]:
        outcomes = [self._matches(left, name) for name in names]
        successes = [rest for outcome, rest in outcomes if outcome == "success"]
        if successes:
            return "success", min(successes, key=len)
        if any(outcome == "partial" for outcome, _ in outcomes):
            return "partial", []
        return "failure", left

    def _repeated(
        self, left: list[set[str]], name: str, *, at_least_one: bool
    ) -> tuple[str, list[set[str]]]:
        rest, enough = left, not at_least_one
        while True:
            outcome, after = self._matches(rest, name)
            if outcome == "partial" and (rest or not enough):
                return "partial", rest
            if outcome != "success":
                return ("success", rest) if enough else ("failure", left)
            enough = True
            if len(after) == len(rest):
                return "success", after
            rest = after


def normal(statement: Node) -> Node:
    """The statement with every single context activity as an array of one."""
    context = statement.get("context", {})
    activities = {
        name: each if isinstance(each, list) else [each]
        for name, each in context.get("contextActivities", {}).items()
    }
    if not activities:
        return statement
    return {**statement, "context": {**context, "contextActivities": activities}}


def is_determined(statement: Node, template: Node) -> bool:
    """Whether the statement has all determining properties of the template."""
    found: dict[str, set[Any]] = {
        "verb": {statement["verb"]["id"]},
        "objectActivityType": {statement["object"].get("definition", {}).get("type")},
        "attachmentUsageType": {each["usageType"] for each in statement.get("attachments", [])},
    }
    activities = statement.get("context", {}).get("contextActivities", {})
    for group in GROUPS:
        found[f"context{group.capitalize()}ActivityType"] = {
            each.get("definition", {}).get("type") for each in activities.get(group, [])
        }
    for name, values in found.items():
        wanted = template.get(name, [])
        if not set([wanted] if isinstance(wanted, str) else wanted) <= values:
            return False
    return True


def broken(statement: Node, rule: Node) -> list[str]:
    """Why the statement does not follow the rule; nothing where it does."""
    values, lacking = _values(statement, rule)
    presence = rule.get("presence")
    why = []
    if presence == "included" and (lacking or not values):
        why.append("is missing")
    if presence == "excluded" and values:
        why.append("is not allowed")
    if presence != "excluded" and (presence != "recommended" or values):
        found = set(map(_same, values))
        if "any" in rule and not found & set(map(_same, rule["any"])):
            why.append("has none of the values that it may have")
        if "all" in rule and (lacking or not found <= set(map(_same, rule["all"]))):
            why.append("has a value that it may not have")
        if "none" in rule and found & set(map(_same, rule["none"])):
            why.append("has a forbidden value")
    return [f"{rule['location']} {each}" for each in why]


def _values(statement: Node, rule: Node) -> tuple[list[Any], bool]:
    """The matchable values, and whether there is an unmatchable one."""
    located = apply(statement, rule["location"])
    if "selector" not in rule:
        return located, False
    selected = [apply(each, rule["selector"]) for each in located]
    return [value for each in selected for value in each], not all(selected)


def _same(value: Any) -> str:
    """Equal for equal JSON: true is not 1, and 1.0 is."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True)
