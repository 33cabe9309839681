"""A statement as one flat row, the same for CSV and Parquet; pure.

The columns are documented in docs/forwarding-and-export.md. What a statement does not say is None.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import orjson

from xapi.statements.references import IDENTIFIERS
from xapi.store.scan import Scanned


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    MOMENT = "moment"
    """Microseconds since 1970."""
    NUMBER = "number"
    TRUTH = "truth"
    LIST = "list"
    """IRIs."""


COLUMNS = {
    "id": Kind.TEXT,
    "stored": Kind.MOMENT,
    "timestamp": Kind.MOMENT,
    "actor_type": Kind.TEXT,
    "actor_home_page": Kind.TEXT,
    "actor": Kind.TEXT,
    "actor_name": Kind.TEXT,
    "verb": Kind.TEXT,
    "verb_display": Kind.TEXT,
    "object_type": Kind.TEXT,
    "object": Kind.TEXT,
    "object_name": Kind.TEXT,
    "object_definition_type": Kind.TEXT,
    "score_scaled": Kind.NUMBER,
    "score_raw": Kind.NUMBER,
    "score_min": Kind.NUMBER,
    "score_max": Kind.NUMBER,
    "success": Kind.TRUTH,
    "completion": Kind.TRUTH,
    "duration": Kind.TEXT,
    "response": Kind.TEXT,
    "registration": Kind.TEXT,
    "parent": Kind.LIST,
    "grouping": Kind.LIST,
    "category": Kind.LIST,
    "other": Kind.LIST,
    "instructor_home_page": Kind.TEXT,
    "instructor": Kind.TEXT,
    "platform": Kind.TEXT,
    "language": Kind.TEXT,
    "refers_to": Kind.TEXT,
    "authority_home_page": Kind.TEXT,
    "authority": Kind.TEXT,
    "version": Kind.TEXT,
    "voided": Kind.TRUTH,
}
"""The columns in their order."""


def row(scanned: Scanned) -> list[Any]:
    """The values of COLUMNS for a stored statement."""
    found = scanned.found
    statement = orjson.loads(found.body)
    actor, thing = statement["actor"], statement["object"]
    result, context = statement.get("result", {}), statement.get("context", {})
    score, groups = result.get("score", {}), context.get("contextActivities", {})
    definition = thing.get("definition", {})
    return [
        str(found.id),
        found.sid,
        found.sid if found.moment is None else found.moment,
        actor.get("objectType", "Agent"),
        *_agent(actor),
        actor.get("name"),
        statement["verb"]["id"],
        _words(statement["verb"].get("display")),
        thing.get("objectType", "Activity"),
        _object(thing),
        _words(definition.get("name")) if definition else thing.get("name"),
        definition.get("type"),
        *(score.get(name) for name in ("scaled", "raw", "min", "max")),
        result.get("success"),
        result.get("completion"),
        result.get("duration"),
        result.get("response"),
        context.get("registration"),
        *(_activities(groups.get(name)) for name in ("parent", "grouping", "category", "other")),
        *_agent(context.get("instructor", {})),
        context.get("platform"),
        context.get("language"),
        context.get("statement", {}).get("id"),
        *_agent(statement["authority"]),
        statement["version"],
        scanned.voided,
    ]


def _agent(agent: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """(home page, name) of an account, else (None, the other identifier)."""
    for name in IDENTIFIERS:
        if name == "account" and name in agent:
            return agent["account"]["homePage"], agent["account"]["name"]
        if name in agent:
            return None, agent[name]
    return None, None


def _object(thing: Mapping[str, Any]) -> str | None:
    if thing.get("objectType") == "SubStatement":
        return _object(thing["object"])
    return thing["id"] if "id" in thing else _agent(thing)[1]


def _words(texts: Mapping[str, str] | None) -> str | None:
    """The English words of a language map, else the first."""
    if not texts:
        return None
    english = (tag for tag in texts if tag.lower().partition("-")[0] == "en")
    return texts[next(english, next(iter(texts)))]


def _activities(group: Any) -> list[str]:
    if group is None:
        return []
    return [one["id"] for one in (group if isinstance(group, list) else [group])]
