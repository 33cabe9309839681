"""How statements describe activities and agents, and what the descriptions of one amount to. Pure.

xAPI 1.0.3 Data 2.4.4.1, Communication 2.4 and 2.5; IEEE 9274.1.1 4.1.6.3 and 4.1.6.4: an activity
has all that any statement said of it, a person all names of the agent.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from xapi.statements import references

Description = tuple[str, str]
"""An activity's IRI or an agent's canonical identifier, and JSON: its definition or its name."""

_MERGED = ("name", "description", "extensions")
"""Members of a definition that are merged key by key; of any other the latest holds."""


def descriptions(statement: Mapping[str, Any]) -> Iterator[Description]:
    """Every description in a valid statement; some may come twice."""
    for activity in references.activities(statement):
        definition = activity.get("definition")
        if definition:
            yield activity["id"], _text(definition)
    for actor in references.agents(statement):
        for one in (actor, *actor.get("member", ())):
            name = one.get("name")
            if name:
                identity = references.identifier(one)
                if identity is not None:
                    yield identity, _text(name)


def definition(said: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The definition that several amount to, given the oldest first."""
    whole: dict[str, Any] = {}
    for one in said:
        for key, value in one.items():
            whole[key] = {**whole.get(key, {}), **value} if key in _MERGED else value
    return whole


def person(agent: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The Person of an agent: every property is a list."""
    known = list(dict.fromkeys([*names, *([agent["name"]] if "name" in agent else [])]))
    made: dict[str, Any] = {"objectType": "Person"}
    if known:
        made["name"] = known
    for key in references.IDENTIFIERS:
        if key in agent:
            made[key] = [agent[key]]
    return made


def _text(value: Any) -> str:
    # In the order received: a reader without a preference is given the first language.
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # integers of more than 64 bits
        return json.dumps(value, ensure_ascii=False)
