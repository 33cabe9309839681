"""Whether a statement is one by the rules of its version; says which rule it breaks, and where.

jsonschema-rs does the work (about 5 µs for a good statement); what a schema cannot say (times,
durations, the order of scores, distinct ids) is plugged into it here. Pure.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import jsonschema_rs

from xapi.statements import schema, times
from xapi.statements.errors import V1, V2, Invalid, section

_OPAQUE = frozenset({"extensions", "display", "name", "description"})
"""Below these the keys are other people's words, which have no place in a code."""


class _Distinct:
    def __init__(self, _parent: Any, key: str, _path: Any) -> None:
        self._key = key

    def validate(self, instance: Any) -> None:
        if not isinstance(instance, list):
            return
        found = [one.get(self._key) for one in instance if isinstance(one, dict)]
        # By a text that only equal values share: some may be of another type, and they may be many.
        if len({repr(one) for one in found}) < len(found):
            raise ValueError(f"two of these have the same {self._key}")


class _Ordered:
    def __init__(self, _parent: Any, keys: list[str], _path: Any) -> None:
        self._keys = keys

    def validate(self, instance: Any) -> None:
        if not isinstance(instance, dict):
            return
        found = [key for key in self._keys if type(instance.get(key)) in (int, float)]
        for low, high in pairwise(found):
            if instance[low] > instance[high]:
                raise ValueError(f"{low} must not be greater than {high}")
        if "min" in instance and instance["min"] == instance.get("max"):
            raise ValueError("min must be less than max")


def _validator(rules: schema.Schema) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        rules,
        formats={
            "timestamp": times.is_timestamp,
            "timestamp-with-zone": lambda text: times.is_timestamp(text) and times.has_zone(text),
            "duration": times.is_duration,
        },
        validate_formats=True,
        keywords={"distinct": _Distinct, "ordered": _Ordered},
        offline=True,
    )


_VALIDATORS = {version: _validator(schema.of(version)) for version in (V1, V2)}
_AGENT = _validator({"$defs": schema.of(V1)["$defs"], "$ref": "#/$defs/actor"})
_IRI = _validator({"type": "string", "pattern": schema.IRI})


def check(statement: Mapping[str, Any], version: str = V1) -> None:
    """Raise Invalid where it is no statement of version "1.0.3" or "2.0.0"."""
    validator = _VALIDATORS[version]
    if validator.is_valid(statement):
        return
    try:
        validator.validate(statement)  # the first error: all of them could fill the memory
    except jsonschema_rs.ValidationError as error:
        raise _explained(error, version) from None


def is_agent(value: object) -> bool:
    """Whether it is an Agent or a Group, as a parameter of a request may name one."""
    return _AGENT.is_valid(value)


def is_iri(text: str) -> bool:
    """Whether it is an absolute IRI."""
    return _IRI.is_valid(text)


def _explained(error: jsonschema_rs.ValidationError, version: str) -> Invalid:
    kind = error.kind
    name = type(kind).__name__
    place: list[str | int] = list(error.instance_path)
    match kind:
        case jsonschema_rs.ValidationErrorKind.Required():
            place.append(kind.property)
            rule, message = "missing", f"{kind.property} is required here"
        case jsonschema_rs.ValidationErrorKind.AdditionalProperties():
            rule, message = "unknown", f"no such member: {', '.join(kind.unexpected)}"[:300]
        case jsonschema_rs.ValidationErrorKind.Type():
            rule, message = "type", f"must be: {', '.join(kind.types)}"
        case jsonschema_rs.ValidationErrorKind.Pattern():
            rule, message = "value", f"must be {schema.WORDS[kind.pattern]}"
        case jsonschema_rs.ValidationErrorKind.Format():
            rule, message = "value", f"must be {schema.WORDS[kind.format]}"
        case jsonschema_rs.ValidationErrorKind.Constant():
            rule, message = "value", f"must be {kind.expected_value!r}"
        case jsonschema_rs.ValidationErrorKind.PropertyNames():
            rule, message = "key", _about_key(kind)
        case jsonschema_rs.ValidationErrorKind.FalseSchema():
            rule, message = "forbidden", "not allowed here"
        case _ if name in ("OneOfNotValid", "OneOfMultipleValid", "AnyOf"):
            rule = "ifi"
            message = "needs exactly one of mbox, mbox_sha1sum, openid, account"
        case _:
            rule, message = "value", error.message[:300]
    member = place[0] if place and isinstance(place[0], str) else None
    return Invalid(f"{_code(place)}.{rule}", _path(place), message, section(version, member))


def _about_key(kind: Any) -> str:
    pattern = getattr(kind.error.kind, "pattern", None)
    return f"every key must be {schema.WORDS.get(pattern or '', 'of another form')}"


def _code(place: list[str | int]) -> str:
    code = "statement"
    for part in place:
        if isinstance(part, str):
            code += f".{part}"
            if part in _OPAQUE:
                break
    return code


def _path(place: list[str | int]) -> str:
    path = "$"
    for part in place:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part.isidentifier():
            path += f".{part}"
        else:
            path += f"[{part!r}]"
    return path
