"""Putting what the store sets into a received statement, text by text, so that nothing else moves.

xAPI 1.0.3 Data 2.3 and 2.4, IEEE 9274.1.1 4.2.4.2: id, authority, version; the timestamp in UTC; a
lone context activity as a list. `stored` is added on the way out, as it comes from the row. Pure.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from xapi.statements import parse, times
from xapi.statements.errors import V1, V2
from xapi.statements.parse import Parsed

_FIRST_VERSION = {V1: "1.0.0", V2: "2.0.0"}
"""What a statement without a version is, by the version of the request."""


def spliced(parsed: Parsed, identity: UUID, authority: Mapping[str, Any], version: str) -> str:
    """The text to keep of a valid statement."""
    statement = parsed.value
    thing = statement["object"]
    inner_is_lone = thing.get("objectType") == "SubStatement" and _has_lone_activity(thing)
    if parsed.received is None and not inner_is_lone and not _has_lone_activity(statement):
        return _written(statement, identity, authority, version)
    texts = dict(parsed.texts)
    texts.pop("stored", None)
    texts["id"] = f'"{identity}"'
    texts["authority"] = orjson.dumps(authority).decode()
    texts.setdefault("version", f'"{_FIRST_VERSION[version]}"')
    if "timestamp" in texts:
        texts["timestamp"] = f'"{times.in_utc(statement["timestamp"])}"'
    if _has_lone_activity(statement):
        texts["context"] = _with_lists(texts["context"], statement["context"])
    if inner_is_lone:
        inner = parse.members(texts["object"])
        inner["context"] = _with_lists(inner["context"], thing["context"])
        texts["object"] = _joined(inner)
    return _joined(texts)


def _written(
    statement: Mapping[str, Any], identity: UUID, authority: Mapping[str, Any], version: str
) -> str:
    """The same at one stroke, where writing the value moves nothing (Parsed.received)."""
    kept = {**statement, "id": str(identity), "authority": authority}
    kept.pop("stored", None)
    kept.setdefault("version", _FIRST_VERSION[version])
    if "timestamp" in kept:
        kept["timestamp"] = times.in_utc(kept["timestamp"])
    return orjson.dumps(kept).decode()


def as_returned(body: str, sid: int, moment: int | None) -> str:
    """The statement as the store answers it: with `stored`, and with a timestamp in any case."""
    stored = times.written(sid)
    if moment is None:
        return f'{{"stored":"{stored}","timestamp":"{stored}",{body[1:]}'
    return f'{{"stored":"{stored}",{body[1:]}'


def _has_lone_activity(statement: Mapping[str, Any]) -> bool:
    groups = statement.get("context", {}).get("contextActivities", {})
    return not all(isinstance(group, list) for group in groups.values())


def _with_lists(text: str, context: Mapping[str, Any]) -> str:
    texts = parse.members(text)
    groups = parse.members(texts["contextActivities"])
    for name, group in context["contextActivities"].items():
        if not isinstance(group, list):
            groups[name] = f"[{groups[name]}]"
    texts["contextActivities"] = _joined(groups)
    return _joined(texts)


def _joined(texts: Mapping[str, str]) -> str:
    """An object of these members; the keys are the specification's, which need no escape."""
    return "{" + ",".join(f'"{key}":{text}' for key, text in texts.items()) + "}"
