"""GET /openapi.json: the store's description in OpenAPI 3.1, for people and for programs.

openapi.json is written by hand; the schemas of statements are those by which they are checked.
Needs no credential, as /about.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from flask import Request, Response

from xapi.resources import parameters
from xapi.resources.faults import not_allowed
from xapi.statements import schema
from xapi.statements.errors import VERSIONS

_WRITTEN = Path(__file__).with_name("openapi.json")
_OURS = ("distinct", "ordered", "$schema", "$defs")
"""Keywords of validate.py that JSON Schema does not have, and those of a document of its own."""


def answer(request: Request) -> Response:
    """The description, to whoever asks. Raises Refused."""
    if request.method not in ("GET", "HEAD"):
        raise not_allowed("GET, HEAD, OPTIONS")
    parameters.only(request.args, ())
    return Response(_bytes(), mimetype="application/json")


def document() -> dict[str, Any]:
    """The whole description."""
    found: dict[str, Any] = json.loads(_WRITTEN.read_text(encoding="utf-8"))
    schemas = found["components"]["schemas"]
    for version in VERSIONS:
        rules = schema.of(version)
        schemas[f"Statement-{version}"] = _moved(rules, version)
        for name, part in rules["$defs"].items():
            schemas[f"{name}-{version}"] = _moved(part, version)
    schemas["Actor"] = {"$ref": f"#/components/schemas/actor-{VERSIONS[0]}"}
    schemas["Iri"] = {"type": "string", "pattern": schema.IRI}
    return found


@cache
def _bytes() -> bytes:
    return orjson.dumps(document())


def _moved(rules: Any, version: str) -> Any:
    """A schema with its references pointing to where the description keeps the parts."""
    if isinstance(rules, list):
        return [_moved(each, version) for each in rules]
    if not isinstance(rules, dict):
        return rules
    moved = {key: _moved(value, version) for key, value in rules.items() if key not in _OURS}
    if isinstance(reference := moved.get("$ref"), str):
        name = reference.removeprefix("#/$defs/")
        moved["$ref"] = f"#/components/schemas/{name}-{version}"
    return moved
