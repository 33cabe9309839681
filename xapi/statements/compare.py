"""When two statements with one id are the same statement; pure.

xAPI 1.0.3 Data 2.3.1 and IEEE 9274.1.1 4.2.3 (immutability): what the store itself sets, verb
display, activity definitions, the order of members and of context activities, key order, zones,
durations beyond 0.01 s, the case of what has none (UUIDs, digests in hexadecimal, the domain of an
address) and an objectType that is the default make no difference. The timestamp is compared by the
store, as a moment.
"""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson

from xapi.statements import times

_BY_THE_STORE = frozenset({"id", "stored", "authority", "version", "timestamp"})


def comparison_hash(statement: Mapping[str, Any]) -> bytes:
    """Sixteen bytes that equal statements share."""
    return blake2b(_canonical(_statement(statement)), digest_size=16).digest()


def _canonical(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # integers of more than 64 bits
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    same = {key: found for key, found in statement.items() if key not in _BY_THE_STORE}
    same["actor"] = _agent(statement["actor"])
    same["verb"] = statement["verb"]["id"]
    same["object"] = _object(statement["object"])
    if "result" in same:
        same["result"] = _result(same["result"])
    if "context" in same:
        same["context"] = _context(same["context"])
    if "attachments" in same:
        same["attachments"] = [{**one, "sha2": one["sha2"].lower()} for one in same["attachments"]]
    return same


def _object(thing: Mapping[str, Any]) -> Any:
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        return thing["id"]
    if kind == "StatementRef":
        return [thing["id"].lower()]
    if kind == "SubStatement":
        same = _statement(thing)
        if "timestamp" in thing:
            same["timestamp"] = times.moment(thing["timestamp"])
        return same
    return _agent(thing)


def _agent(agent: Mapping[str, Any]) -> dict[str, Any]:
    same = {"objectType": "Agent", **agent}
    if "mbox_sha1sum" in same:
        same["mbox_sha1sum"] = same["mbox_sha1sum"].lower()
    elif "mbox" in same:
        local, at, domain = same["mbox"].rpartition("@")
        same["mbox"] = local + at + domain.lower()
    if "member" in same:
        same["member"] = sorted((_agent(one) for one in same["member"]), key=_canonical)
    return same


def _result(result: Mapping[str, Any]) -> dict[str, Any]:
    same = dict(result)
    if "duration" in same:
        same["duration"] = times.comparable_duration(same["duration"])
    if "score" in same:
        same["score"] = {key: float(number) for key, number in same["score"].items()}
    return same


def _context(context: Mapping[str, Any]) -> dict[str, Any]:
    same = dict(context)
    for name in ("instructor", "team"):
        if name in same:
            same[name] = _agent(same[name])
    for name, what in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in same:
            same[name] = [{**one, what: _agent(one[what])} for one in same[name]]
    if "registration" in same:
        same["registration"] = same["registration"].lower()
    if "statement" in same:
        same["statement"] = same["statement"]["id"].lower()
    if "contextActivities" in same:
        same["contextActivities"] = {
            key: sorted(one["id"] for one in (group if isinstance(group, list) else [group]))
            for key, group in same["contextActivities"].items()
            if group
        }
    return same
