"""The shapes of an answer: `ids` and `canonical`; `exact` is the stored text itself. Pure.

xAPI 1.0.3 Communication 2.1.3, IEEE 9274.1.1 4.1.6.1. Numbers keep the spelling in which they were
received. `canonical` keeps of each language map the language that the reader likes best.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from xapi.statements import references, spelling
from xapi.statements.references import IDENTIFIERS

_LANGUAGE_MAPS = ("choices", "scale", "source", "target", "steps")


def ids(text: str) -> str:
    """The statement with agents, groups, activities and verbs cut down to their identifiers."""
    return spelling.write(_cut(spelling.read(text)))


def canonical(
    statement: dict[str, Any],
    languages: Sequence[str],
    definitions: Mapping[str, dict[str, Any]],
) -> str:
    """The statement with canonical definitions, and one language of each display and text.

    `statement` is what spelling.read returned, and is changed. `languages` are language ranges, the
    best first (RFC 4647); `definitions` are by activity.
    """
    for activity in references.activities(statement):
        if activity["id"] in definitions:
            activity["definition"] = deepcopy(definitions[activity["id"]])
    _one_language(statement, languages)
    return spelling.write(statement)


def preferred(accept_language: str) -> list[str]:
    """The language ranges of an Accept-Language header, the best first (RFC 9110, 12.5.4)."""
    ranges = []
    for place, part in enumerate(accept_language.split(",")):
        found = re.fullmatch(
            r"\s*([A-Za-z0-9-]+|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*", part, re.ASCII
        )
        if found and (quality := float(found[2] or 1)) > 0:
            ranges.append((-quality, place, found[1]))
    return [language for _, _, language in sorted(ranges)]


def _cut(statement: dict[str, Any]) -> dict[str, Any]:
    cut = dict(statement)
    cut["actor"] = _agent(cut["actor"])
    cut["verb"] = {"id": cut["verb"]["id"]}
    cut["object"] = _object(cut["object"])
    if "authority" in cut:
        cut["authority"] = _agent(cut["authority"])
    if "context" in cut:
        cut["context"] = _context(cut["context"])
    return cut


def _object(thing: dict[str, Any]) -> dict[str, Any]:
    kind = thing.get("objectType", "Activity")
    if kind in ("Agent", "Group"):
        return _agent(thing)
    if kind == "SubStatement":
        return _cut(thing)
    return {"id": thing["id"]} if kind == "Activity" else dict(thing)


def _agent(agent: dict[str, Any]) -> dict[str, Any]:
    keep = ["objectType", *IDENTIFIERS]
    cut = {key: agent[key] for key in keep if key in agent}
    if not any(key in agent for key in IDENTIFIERS):
        cut["member"] = [_agent(one) for one in agent["member"]]
    return cut


def _context(context: dict[str, Any]) -> dict[str, Any]:
    cut = dict(context)
    for name in ("instructor", "team"):
        if name in cut:
            cut[name] = _agent(cut[name])
    for name, one in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in cut:
            cut[name] = [{**entry, one: _agent(entry[one])} for entry in cut[name]]
    if "contextActivities" in cut:
        cut["contextActivities"] = {
            key: [_object(one) for one in (group if isinstance(group, list) else [group])]
            for key, group in cut["contextActivities"].items()
        }
    return cut


def _one_language(statement: dict[str, Any], languages: Sequence[str]) -> None:
    _narrow(statement["verb"], "display", languages)
    thing = statement["object"]
    kind = thing.get("objectType", "Activity")
    if kind == "SubStatement":
        _one_language(thing, languages)
    activities = [thing] if kind == "Activity" else []
    for group in statement.get("context", {}).get("contextActivities", {}).values():
        activities += group if isinstance(group, list) else [group]
    for activity in activities:
        definition = activity.get("definition", {})
        _narrow(definition, "name", languages)
        _narrow(definition, "description", languages)
        for name in _LANGUAGE_MAPS:
            for component in definition.get(name, ()):
                _narrow(component, "description", languages)


def _narrow(holder: dict[str, Any], name: str, languages: Sequence[str]) -> None:
    words = holder.get(name)
    if words:
        tag = _best(list(words), languages)
        holder[name] = {tag: words[tag]}


def _best(tags: list[str], languages: Sequence[str]) -> str:
    for wanted in languages:
        if wanted == "*":
            return tags[0]
        lowered = wanted.lower()
        for tag in tags:
            if tag.lower() == lowered:
                return tag
        for tag in tags:
            if tag.lower().startswith(lowered + "-"):
                return tag
        for tag in tags:
            if lowered.startswith(tag.lower() + "-"):
                return tag
    return tags[0]
