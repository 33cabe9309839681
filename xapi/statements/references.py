"""What a statement mentions, as the filters of GET /statements look for it; pure.

xAPI 1.0.3 Communication 2.1.3, IEEE 9274.1.1 4.1.6.1: agent and activity, and the same applied
broadly (related_agents, related_activities).
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from json.encoder import encode_basestring as _quoted
from typing import Any
from uuid import UUID

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")


class Kind(IntEnum):
    """What a reference is to; the numbers are stored.

    What a statement mentions directly (its actor, its object) is related to it as well, and is not
    mentioned twice: whoever asks for what is related asks for both kinds.
    """

    AGENT = 1
    RELATED_AGENT = 2
    VERB = 3
    ACTIVITY = 4
    RELATED_ACTIVITY = 5
    REGISTRATION = 6


Mention = tuple[Kind, str]
"""A kind and the canonical text of what is mentioned."""


def identifier(agent: Mapping[str, Any]) -> str | None:
    """The canonical text of an inverse functional identifier; None for an anonymous group."""
    account = agent.get("account")
    if account is not None:
        return f"account [{_quoted(account['homePage'])}, {_quoted(account['name'])}]"
    for name in ("mbox", "mbox_sha1sum", "openid"):
        found = agent.get(name)
        if found is not None:
            return f"{name} {found.lower() if name == 'mbox_sha1sum' else found}"
    return None


def mentions(statement: Mapping[str, Any], authority: Mapping[str, Any]) -> frozenset[Mention]:
    """Everything that a valid statement is found by, but for what a StatementRef points at."""
    found: set[Mention] = {(Kind.VERB, statement["verb"]["id"])}
    thing = statement["object"]
    kind = thing.get("objectType", "Activity")
    direct = set(_identifiers(statement["actor"]))
    if kind in ("Agent", "Group"):
        direct.update(_identifiers(thing))
    found.update((Kind.AGENT, one) for one in direct)
    for agent in (authority, *agents(statement)):
        for one in _identifiers(agent):
            if one not in direct:
                found.add((Kind.RELATED_AGENT, one))
    object_id = thing["id"] if kind == "Activity" else None
    for activity in activities(statement):
        is_object = activity["id"] == object_id
        found.add((Kind.ACTIVITY if is_object else Kind.RELATED_ACTIVITY, activity["id"]))
    registration = statement.get("context", {}).get("registration")
    if registration is not None:
        found.add((Kind.REGISTRATION, registration.lower()))
    return frozenset(found)


def target(statement: Mapping[str, Any]) -> UUID | None:
    """The id of the statement that the object refers to, where it is a StatementRef."""
    thing = statement["object"]
    return UUID(thing["id"]) if thing.get("objectType") == "StatementRef" else None


def voids(statement: Mapping[str, Any]) -> bool:
    """Whether it is a voiding statement."""
    return bool(statement["verb"]["id"] == VOIDED)


def _identifiers(actor: Mapping[str, Any]) -> Iterator[str]:
    for one in (actor, *actor.get("member", ())):
        text = identifier(one)
        if text is not None:
            yield text


def agents(statement: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every agent and group of a valid statement, but for its authority and a group's members."""
    yield statement["actor"]
    thing = statement["object"]
    kind = thing.get("objectType")
    if kind in ("Agent", "Group"):
        yield thing
    elif kind == "SubStatement":
        yield from agents(thing)
    context = statement.get("context", {})
    for name in ("instructor", "team"):
        if name in context:
            yield context[name]
    for entry in context.get("contextAgents", ()):
        yield entry["agent"]
    for entry in context.get("contextGroups", ()):
        yield entry["group"]


def activities(statement: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every activity of a valid statement."""
    thing = statement["object"]
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        yield thing
    elif kind == "SubStatement":
        yield from activities(thing)
    for group in statement.get("context", {}).get("contextActivities", {}).values():
        yield from group if isinstance(group, list) else [group]
