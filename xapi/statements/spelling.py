"""JSON that was checked before, read and written so that numbers keep the spelling they came in.

Pure; faster and laxer than parse.py, which is what strangers' JSON goes through.
"""

import json
from typing import Any


class Number(str):
    """A number in its own spelling."""

    __slots__ = ()


read = json.JSONDecoder(parse_float=Number, parse_int=Number).decode
"""The value of a JSON text."""


def write(value: Any) -> str:
    """The JSON text of a value."""
    if isinstance(value, dict):
        members = (f"{json.dumps(key)}:{write(one)}" for key, one in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return value if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)
