"""Says what is wrong with the structure of an xAPI Profile; a sound one has no faults.

Pure; xAPI Profiles specification 1.0, part two. Properties and their values are in profile_values;
here is what holds between the objects: identifiers, references, versions, patterns.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.lti_tool.records import profile_values as spec
from tests.lti_tool.records.json_path import PathError, parse

Node = dict[str, Any]
_PLACE = {"ContextExtension": "context", "ResultExtension": "result"}


def faults(profile: Node) -> list[str]:
    """Every breach of the specification, as "where: what"."""
    return [
        *_nothing_empty(profile, "$"),
        *_properties(profile, spec.PROFILE, "$"),
        *_properties(profile.get("author", {}), spec.AUTHOR, "author"),
        *_versions(profile),
        *_identifiers(profile),
        *(fault for node in profile.get("concepts", []) for fault in _concept(node, profile)),
        *(fault for node in profile.get("templates", []) for fault in _template(node, profile)),
        *(fault for node in profile.get("patterns", []) for fault in _pattern(node, profile)),
    ]


def _nothing_empty(value: Any, where: str) -> Iterator[str]:
    if value is None or value in ("", [], {}):
        yield f"{where}: is null or empty"
    members = (
        value
        if isinstance(value, dict)
        else dict(enumerate(value if isinstance(value, list) else ()))
    )
    for name, member in members.items():
        yield from _nothing_empty(member, f"{where}.{name}")


def _properties(node: Node, table: spec.Table, where: str) -> Iterator[str]:
    required, optional = table
    yield from (f"{where}: lacks {name}" for name in required if name not in node)
    for name, value in node.items():
        check = required.get(name) or optional.get(name)
        if check is None:
            if ":" not in name and not name.startswith("@"):
                yield f"{where}: {name} is not a property here"
        elif fault := check(value):
            yield f"{where}.{name}: {fault}"


def _versions(profile: Node) -> Iterator[str]:
    versions = profile.get("versions", [])
    for version in versions:
        yield from _properties(version, spec.VERSION, "versions")
    if profile.get("id") in _version_ids(profile):
        yield "versions: a version has the id of the profile"
    if sum("wasRevisionOf" not in version for version in versions) > 1:
        yield "versions: a later version lacks wasRevisionOf"


def _version_ids(profile: Node) -> list[str]:
    return [each.get("id", "") for each in profile.get("versions", [])]


def _all(profile: Node) -> list[Node]:
    return [
        each for kind in ("concepts", "templates", "patterns") for each in profile.get(kind, [])
    ]


def _identifiers(profile: Node) -> Iterator[str]:
    ids = [profile.get("id"), *_version_ids(profile), *(each.get("id") for each in _all(profile))]
    yield from (
        f"{each}: is used {count} times" for each, count in Counter(ids).items() if count > 1
    )
    newest = max(
        profile.get("versions", [{}]), key=lambda each: str(each.get("generatedAtTime"))
    ).get("id")
    for node in _all(profile):
        if node.get("inScheme", newest) != newest:
            yield f"{node.get('id')}.inScheme: is not the version that is described"


def _concept(node: Node, profile: Node) -> Iterator[str]:
    where = str(node.get("id"))
    table = spec.CONCEPTS.get(str(node.get("type")))
    if table is None:
        yield f"{where}.type: is no type of concept"
        return
    yield from _properties(node, table, where)
    if not where.startswith(f"{profile.get('id')}/"):
        yield f"{where}: is defined by somebody else"
    if "schema" in node and "inlineSchema" in node:
        yield f"{where}: has schema and inlineSchema"
    if "related" in node and not node.get("deprecated"):
        yield f"{where}.related: only a deprecated concept may have it"
    types = {each.get("id"): each.get("type") for each in profile["concepts"]}
    for relation in spec.WITHIN:
        for other in node.get(relation, []):
            if types.get(other) != node["type"]:
                yield f"{where}.{relation}: {other} is no {node['type']} of this profile"
    for relation in spec.OUTSIDE:
        for other in node.get(relation, []):
            if other in types:
                yield f"{where}.{relation}: {other} is of this profile"
    if node["type"] == "Activity":
        definition = node.get("activityDefinition", {})
        yield from _properties(definition, spec.ACTIVITY_DEFINITION, where)
        yield from _known(definition.get("type"), "ActivityType", profile, where)


def _known(name: Any, kind: str, profile: Node, where: str) -> Iterator[str]:
    """A name in our namespace is a concept of ours, of the right kind."""
    types = {each.get("id"): each.get("type") for each in profile.get("concepts", [])}
    if str(name).startswith(f"{profile.get('id')}/") and types.get(name) != kind:
        yield f"{where}: {name} is no {kind} of this profile"


def _template(node: Node, profile: Node) -> Iterator[str]:
    where = str(node.get("id"))
    yield from _properties(node, spec.TEMPLATE, where)
    if "objectStatementRefTemplate" in node and "objectActivityType" in node:
        yield f"{where}: has objectStatementRefTemplate and objectActivityType"
    yield from _known(node.get("verb"), "Verb", profile, where)
    groups = [f"context{group}ActivityType" for group in spec.GROUPS]
    types = [
        node.get("objectActivityType"),
        *(each for name in groups for each in node.get(name, [])),
    ]
    for each in types:
        yield from _known(each, "ActivityType", profile, where)
    templates = {each.get("id") for each in profile["templates"]}
    for name in ("objectStatementRefTemplate", "contextStatementRefTemplate"):
        for each in node.get(name, []):
            if each not in templates:
                yield f"{where}.{name}: {each} is no template of this profile"
    for rule in node.get("rules", []):
        yield from _rule(rule, profile, f"{where}.rules")


def _rule(rule: Node, profile: Node, where: str) -> Iterator[str]:
    yield from _properties(rule, spec.RULE, where)
    if not {"presence", "any", "all", "none"} & set(rule):
        yield f"{where}: has none of presence, any, all, none"
    try:
        paths = parse(rule.get("location", ""))
    except PathError:
        return
    concepts = {each.get("id"): each.get("type") for each in profile.get("concepts", [])}
    for steps in paths:
        names = [step[0] for step in steps]
        if "extensions" in names[:-1]:
            place, name = names[0], names[names.index("extensions") + 1]
            kind = concepts.get(str(name))
            ours = str(name).startswith(f"{profile.get('id')}/")
            if ours and _PLACE.get(str(kind), "object") != place:
                yield f"{where}: {name} is no extension of {place} in this profile"


def _pattern(node: Node, profile: Node) -> Iterator[str]:
    where = str(node.get("id"))
    yield from _properties(node, spec.PATTERN, where)
    if node.get("primary") and not {"prefLabel", "definition"} <= set(node):
        yield f"{where}: a primary pattern needs prefLabel and definition"
    forms = [form for form in spec.FORMS if form in node]
    if len(forms) != 1:
        yield f"{where}: has not exactly one of {spec.FORMS}"
        return
    members = _members(node)
    patterns = {each["id"]: each for each in profile["patterns"]}
    templates = {each.get("id") for each in profile.get("templates", [])}
    yield from (
        f"{where}: {each} is not in this profile"
        for each in members
        if each not in patterns | dict.fromkeys(templates)
    )
    if forms == ["alternates"]:
        yield from (
            f"{where}: {each} inside alternates"
            for each in members
            if {"optional", "zeroOrMore"} & set(patterns.get(each, ()))
        )
    used = {member for each in profile["patterns"] for member in _members(each)}
    alone = bool(node.get("primary")) and where not in used and members[0] in templates
    may_be_one = forms == ["sequence"] and alone
    if forms[0] in ("alternates", "sequence") and len(members) < 2 and not may_be_one:
        yield f"{where}: has fewer than two members"
    if _within_itself(where, patterns):
        yield f"{where}: is within itself"


def _members(pattern: Node) -> list[str]:
    found: list[str] = []
    for form in spec.FORMS:
        inside = pattern.get(form, [])
        found += inside if isinstance(inside, list) else [inside]
    return found


def _within_itself(name: str, patterns: dict[str, Node]) -> bool:
    seen: set[str] = set()
    waiting = _members(patterns[name])
    while waiting:
        each = waiting.pop()
        if each == name:
            return True
        if each in patterns and each not in seen:
            seen.add(each)
            waiting += _members(patterns[each])
    return False
