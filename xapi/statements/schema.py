"""JSON Schemas of a statement, one for each version, built from what the versions share.

xAPI 1.0.3 Data 2.4 and IEEE 9274.1.1 4.2.2. Every choice by objectType is an if/then, so that an
error has the path of its cause. `distinct`, `ordered` and the formats are checked by validate.py.
"""

from typing import Any

from xapi.statements.errors import V1, V2

Schema = dict[str, Any]

IRI = r"^[A-Za-z][A-Za-z0-9+.-]*:(?:[^\s%<>\x22{}|\\^`\x00-\x20\x7f]|%[0-9A-Fa-f]{2})+$"
MAILTO = (
    r"^mailto:(?:[^\s@<>()\[\],;:\\\x22\x00-\x20]+|%22(?:[^@\s])+%22)"
    r"@[^\s@<>()\[\],;:\\\x22_.-][^\s@<>()\[\],;:\\\x22]*$"
)
SHA1 = r"^[0-9a-fA-F]{40}$"
SHA2 = r"^(?:[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})$"
UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
MEDIA_TYPE = r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:\s*;.*)?$"
LANGUAGE = (
    r"^(?:(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})(?:-[A-Za-z]{4})?"
    r"(?:-(?:[A-Za-z]{2}|[0-9]{3}))?(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
    r"(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?"
    r"|[xX](?:-[A-Za-z0-9]{1,8})+"
    r"|en-GB-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)"
    r"|sgn-(?:BE-FR|BE-NL|CH-DE)|art-lojban|cel-gaulish|no-(?:bok|nyn)"
    r"|zh-(?:guoyu|hakka|min|min-nan|xiang))$"
)
VERSION = {V1: r"^1\.0(?:\.[0-9]+)?$", V2: r"^(?:1\.0(?:\.[0-9]+)?|2\.0\.[0-9]+)$"}

WORDS = {
    IRI: "an absolute IRI, such as https://example.org/activity",
    MAILTO: "a mailto IRI with one address, such as mailto:a@example.org",
    SHA1: "40 hexadecimal digits",
    SHA2: "a SHA-2 digest in hexadecimal",
    UUID: "a UUID in its standard form",
    MEDIA_TYPE: "a media type, such as text/plain",
    LANGUAGE: "a language tag of RFC 5646, such as en-GB",
    VERSION[V1]: "1.0 or 1.0.x",
    VERSION[V2]: "2.0.x, 1.0 or 1.0.x",
    "timestamp": "a timestamp of RFC 3339, such as 2026-11-23T10:00:00Z (not -00:00)",
    "timestamp-with-zone": "a timestamp of RFC 3339 with its zone, such as 2026-11-23T10:00:00Z",
    "duration": "a duration of ISO 8601, such as PT1M30.5S",
}
"""What a pattern or format asks for, in words."""

_TEXT: Schema = {"type": "string"}
_IRI: Schema = {"type": "string", "pattern": IRI}
_UUID: Schema = {"type": "string", "pattern": UUID}
_NUMBER: Schema = {"type": "number"}
_IFIS: Schema = {
    "mbox": {"type": "string", "pattern": MAILTO},
    "mbox_sha1sum": {"type": "string", "pattern": SHA1},
    "openid": _IRI,
    "account": {"$ref": "#/$defs/account"},
}
_ONE_IFI: Schema = {"oneOf": [{"required": [name]} for name in _IFIS]}
_ANY_IFI: Schema = {"anyOf": [{"required": [name]} for name in _IFIS]}
_INTERACTIONS = (
    "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing",
    "likert", "numeric", "other",
)  # fmt: skip
_COMPONENTS = {
    "choices": ("choice", "sequencing"),
    "scale": ("likert",),
    "source": ("matching",),
    "target": ("matching",),
    "steps": ("performance",),
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _closed(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _of_type(name: str) -> Schema:
    return {"properties": {"objectType": {"const": name}}, "required": ["objectType"]}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _agents() -> Schema:
    group = _closed(
        {"objectType": {"const": "Group"}, "name": _TEXT, "member": _list(_ref("agent")), **_IFIS},
        ("objectType",),
    )
    group |= {
        "if": _ANY_IFI,
        "then": _ONE_IFI,
        "else": {"required": ["member"], "properties": {"member": {"minItems": 1}}},
    }
    two = {"member": {"minItems": 2, "maxItems": 2}, **dict.fromkeys(_IFIS, False)}
    return {
        "account": _closed({"homePage": _IRI, "name": _TEXT}, ("homePage", "name")),
        "agent": _closed({"objectType": {"const": "Agent"}, "name": _TEXT, **_IFIS}) | _ONE_IFI,
        "group": group,
        "actor": {
            "type": "object",
            "if": _of_type("Group"),
            "then": _ref("group"),
            "else": _ref("agent"),
        },
        "authority": {
            "type": "object",
            "if": _of_type("Group"),
            "then": _ref("group") | {"properties": two, "required": ["member"]},
            "else": _ref("agent"),
        },
    }


def _activities() -> Schema:
    components = _list(_closed({"id": _TEXT, "description": _ref("languages")}, ("id",)))
    components["distinct"] = "id"
    definition = _closed(
        {
            "name": _ref("languages"),
            "description": _ref("languages"),
            "type": _IRI,
            "moreInfo": _IRI,
            "extensions": _ref("extensions"),
            "interactionType": {"enum": list(_INTERACTIONS)},
            "correctResponsesPattern": _list(_TEXT),
            **dict.fromkeys(_COMPONENTS, components),
        }
    )
    definition["dependentSchemas"] = {
        name: {"required": ["interactionType"], "properties": {"interactionType": {"enum": kinds}}}
        for name, kinds in (
            *((name, list(kinds)) for name, kinds in _COMPONENTS.items()),
            ("correctResponsesPattern", list(_INTERACTIONS)),
        )
    }
    return {
        "languages": {
            "type": "object",
            "propertyNames": {"pattern": LANGUAGE},
            "additionalProperties": _TEXT,
        },
        "extensions": {"type": "object", "propertyNames": {"pattern": IRI}},
        "definition": definition,
        "activity": _closed(
            {"objectType": {"const": "Activity"}, "id": _IRI, "definition": _ref("definition")},
            ("id",),
        ),
        "activities": {"if": {"type": "array"}, "then": _list(_ref("activity")),
                       "else": _ref("activity")},
        "reference": _closed({"objectType": {"const": "StatementRef"}, "id": _UUID},
                             ("objectType", "id")),
    }  # fmt: skip


def _parts(version: str) -> Schema:
    context: Schema = {
        "registration": _UUID,
        "instructor": _ref("actor"),
        "team": _ref("group"),
        "contextActivities": _closed(
            dict.fromkeys(("parent", "grouping", "category", "other"), _ref("activities"))
        ),
        "revision": _TEXT,
        "platform": _TEXT,
        "language": {"type": "string", "pattern": LANGUAGE},
        "statement": _ref("reference"),
        "extensions": _ref("extensions"),
    }
    if version == V2:
        for kind, one in (("contextAgent", "agent"), ("contextGroup", "group")):
            context[f"{kind}s"] = _list(
                _closed(
                    {
                        "objectType": {"const": kind},
                        one: _ref(one),
                        "relevantTypes": _list(_IRI) | {"minItems": 1},
                    },
                    ("objectType", one),
                )
            )
    score = _closed({"scaled": {"type": "number", "minimum": -1, "maximum": 1},
                     "raw": _NUMBER, "min": _NUMBER, "max": _NUMBER})  # fmt: skip
    return {
        "verb": _closed({"id": _IRI, "display": _ref("languages")}, ("id",)),
        "result": _closed(
            {
                "score": score | {"ordered": ["min", "raw", "max"]},
                "success": {"type": "boolean"},
                "completion": {"type": "boolean"},
                "response": _TEXT,
                "duration": {"type": "string", "format": "duration"},
                "extensions": _ref("extensions"),
            }
        ),
        "context": _closed(context),
        "attachment": _closed(
            {
                "usageType": _IRI,
                "display": _ref("languages"),
                "description": _ref("languages"),
                "contentType": {"type": "string", "pattern": MEDIA_TYPE},
                "length": {"type": "integer", "minimum": 0},
                "sha2": {"type": "string", "pattern": SHA2},
                "fileUrl": _IRI,
            },
            ("usageType", "display", "contentType", "length", "sha2"),
        ),
    }


def _statement(version: str, *, sub: bool) -> Schema:
    timestamp = "timestamp" if version == V1 else "timestamp-with-zone"
    members: Schema = {
        "actor": _ref("actor"),
        "verb": _ref("verb"),
        "object": _ref("sub-object" if sub else "object"),
        "result": _ref("result"),
        "context": _ref("context"),
        "timestamp": {"type": "string", "format": timestamp},
        "attachments": _list(_ref("attachment")),
    }
    if sub:
        members["objectType"] = {"const": "SubStatement"}
    else:
        members |= {
            "id": _UUID,
            "stored": {"type": "string", "format": timestamp},
            "authority": _ref("authority"),
            "version": {"type": "string", "pattern": VERSION[version]},
        }
    no_activity = {"not": {"enum": ["Activity"]}}
    schema = _closed(members, ("actor", "verb", "object"))
    schema["allOf"] = [
        {
            "if": {
                "properties": {
                    "object": {"properties": {"objectType": no_activity},
                               "required": ["objectType"]}
                },
                "required": ["context", "object"],
            },
            "then": {"properties": {"context": {"properties": {"revision": False,
                                                               "platform": False}}}},
        },
    ]  # fmt: skip
    if not sub:
        void = {"const": "http://adlnet.gov/expapi/verbs/voided"}
        schema["allOf"].append({
            "if": {
                "properties": {"verb": {"properties": {"id": void}, "required": ["id"]}},
                "required": ["verb"],
            },
            "then": {"properties": {"object": _of_type("StatementRef")}},
        })  # fmt: skip
    return schema


def _object(kinds: dict[str, str]) -> Schema:
    otherwise: Schema = _ref("activity")
    for name, definition in kinds.items():
        otherwise = {"if": _of_type(name), "then": _ref(definition), "else": otherwise}
    return {"type": "object", **otherwise}


def of(version: str) -> Schema:
    """The schema of a statement in version "1.0.3" or "2.0.0"."""
    kinds = {"Agent": "agent", "Group": "group", "StatementRef": "reference"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_statement(version, sub=False),
        "$defs": {
            **_agents(),
            **_activities(),
            **_parts(version),
            "object": _object({**kinds, "SubStatement": "sub-statement"}),
            "sub-object": _object(kinds),
            "sub-statement": _statement(version, sub=True),
        },
    }
