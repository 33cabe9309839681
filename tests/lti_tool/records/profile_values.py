"""What the value of each property of an xAPI Profile may be, and which object has which property.

Pure; from the tables of the xAPI Profiles specification 1.0, part two, sections 6 to 9. A check
says what is wrong with a value, or None.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from jsonschema_rs import Draft7Validator, ValidationError
from jsonschema_rs import meta as meta_schema

from tests.lti_tool.records.json_path import PathError, parse

Check = Callable[[Any], str | None]

_IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.IGNORECASE)
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*|und", re.IGNORECASE)
CONTEXT = "https://w3id.org/xapi/profiles/context"
ACTIVITY_CONTEXT = "https://w3id.org/xapi/profiles/activity-context"


def iri(value: Any) -> str | None:
    ok = isinstance(value, str) and _IRI.fullmatch(value)
    return None if ok else "is no absolute IRI"


def iris(value: Any) -> str | None:
    ok = isinstance(value, list) and value and not any(map(iri, value))
    return None if ok and len(set(value)) == len(value) else "is no array of different IRIs"


def text(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() else "is no text"


def language_map(value: Any) -> str | None:
    ok = isinstance(value, dict) and all(_TAG.fullmatch(tag) for tag in value)
    return None if ok and not any(map(text, value.values())) else "is no language map"


def boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else "is no boolean"


def objects(value: Any) -> str | None:
    ok = isinstance(value, list) and value and all(isinstance(each, dict) for each in value)
    return None if ok else "is no array of objects"


def an_object(value: Any) -> str | None:
    return None if isinstance(value, dict) else "is no object"


def values(value: Any) -> str | None:
    return None if isinstance(value, list) and value else "is no array of values"


def timestamp(value: Any) -> str | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return "is no timestamp"
    return None if moment.tzinfo else "is a timestamp without time zone"


def json_schema(value: Any) -> str | None:
    """inlineSchema: JSON Schema draft-07, as a string."""
    try:
        schema = json.loads(value)
        meta_schema.validate(schema)
        Draft7Validator(schema)
    except (TypeError, ValueError, ValidationError):
        return "is no JSON Schema in a string"
    return None


def json_path(value: Any) -> str | None:
    try:
        parse(value)
    except (TypeError, PathError) as error:
        return f"is no JSONPath: {error}"
    return None


def is_(*allowed: str) -> Check:
    """One of these."""
    return lambda value: None if value in allowed else f"is not one of {allowed}"


def context(wanted: str) -> Check:
    """The context, alone or in an array."""
    return lambda value: (
        None if wanted in ([value], value)[isinstance(value, list)] else (f"lacks {wanted}")
    )


Table = tuple[dict[str, Check], dict[str, Check]]
"""The required properties of a kind of object, and the optional ones."""

PROFILE: Table = (
    {
        "id": iri,
        "@context": context(CONTEXT),
        "type": is_("Profile"),
        "conformsTo": is_("https://w3id.org/xapi/profiles#1.0"),
        "prefLabel": language_map,
        "definition": language_map,
        "versions": objects,
        "author": an_object,
    },
    {"seeAlso": iri, "concepts": objects, "templates": objects, "patterns": objects},
)
VERSION: Table = ({"id": iri, "generatedAtTime": timestamp}, {"wasRevisionOf": iris})
AUTHOR: Table = ({"type": is_("Organization", "Person"), "name": text}, {"url": iri})

_NAMED: dict[str, Check] = {
    "id": iri,
    "type": text,
    "inScheme": iri,
    "prefLabel": language_map,
    "definition": language_map,
}
_SCHEMA: dict[str, Check] = {"context": iri, "schema": iri, "inlineSchema": json_schema}
WITHIN = ("broader", "narrower", "related")
OUTSIDE = ("broadMatch", "narrowMatch", "relatedMatch", "exactMatch")
_TERM: Table = (_NAMED, {"deprecated": boolean, **dict.fromkeys((*WITHIN, *OUTSIDE), iris)})
_SAID: Table = (_NAMED, {"deprecated": boolean, "recommendedVerbs": iris, **_SCHEMA})
_RESOURCE: Table = ({**_NAMED, "contentType": text}, {"deprecated": boolean, **_SCHEMA})
CONCEPTS: dict[str, Table] = {
    "Verb": _TERM,
    "ActivityType": _TERM,
    "AttachmentUsageType": _TERM,
    "ContextExtension": _SAID,
    "ResultExtension": _SAID,
    "ActivityExtension": (
        _NAMED,
        {"deprecated": boolean, "recommendedActivityTypes": iris, **_SCHEMA},
    ),
    "StateResource": _RESOURCE,
    "AgentProfileResource": _RESOURCE,
    "ActivityProfileResource": _RESOURCE,
    "Activity": (
        {"id": iri, "type": text, "inScheme": iri, "activityDefinition": an_object},
        {"deprecated": boolean},
    ),
}
ACTIVITY_DEFINITION: Table = (
    {"@context": context(ACTIVITY_CONTEXT)},
    {"type": iri, "name": language_map, "description": language_map, "moreInfo": iri},
)
GROUPS = ("Grouping", "Parent", "Other", "Category")
TEMPLATE: Table = (
    {**_NAMED, "type": is_("StatementTemplate")},
    {
        "deprecated": boolean,
        "verb": iri,
        "objectActivityType": iri,
        **{f"context{group}ActivityType": iris for group in GROUPS},
        "attachmentUsageType": iris,
        "objectStatementRefTemplate": iris,
        "contextStatementRefTemplate": iris,
        "rules": objects,
    },
)
RULE: Table = (
    {"location": json_path},
    {
        "selector": json_path,
        "presence": is_("included", "excluded", "recommended"),
        "any": values,
        "all": values,
        "none": values,
        "scopeNote": language_map,
    },
)
FORMS = ("alternates", "optional", "oneOrMore", "sequence", "zeroOrMore")
PATTERN: Table = (
    {"id": iri, "type": is_("Pattern")},
    {
        "primary": boolean,
        "inScheme": iri,
        "prefLabel": language_map,
        "definition": language_map,
        "deprecated": boolean,
        "alternates": iris,
        "sequence": values,
        "optional": iri,
        "oneOrMore": iri,
        "zeroOrMore": iri,
    },
)
