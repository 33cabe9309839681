"""Strict parsing of what strangers send, keeping each statement's own text (RFC 8259, I-JSON).

Refused: bad UTF-8, duplicate keys, NaN and infinities (1e400 too), NUL, lone surrogates, deep
nesting, huge integers. Of each statement the text of its members is kept, so that what is stored
is what was received: numbers in extensions are never rewritten.
"""

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import orjson

from xapi.statements.errors import Invalid

MAX_DEPTH = 100
"""Levels of nesting that a document may have."""

_SPEC = "xAPI 1.0.3 Data 2.2 / IEEE 9274.1.1 4.2.1"
_SPACE = re.compile(r"[ \t\n\r]*")
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One JSON object."""

    value: dict[str, Any]
    received: dict[str, str] | None = None
    """The text of each member of its top level; None: orjson writes the value as it came."""

    @property
    def texts(self) -> dict[str, str]:
        """The text of each member of its top level."""
        if self.received is not None:
            return self.received
        return {key: orjson.dumps(member).decode() for key, member in self.value.items()}


def document(data: bytes) -> list[Parsed] | Parsed:
    """Parse one object or an array of objects. Raises Invalid with a code `json.…`."""
    quickly = _exactly(data)
    return _strictly(data) if quickly is None else quickly


def _exactly(data: bytes) -> list[Parsed] | Parsed | None:
    """The same by orjson, where it writes what it read as the same bytes; else None.

    Then it has lost nothing: no second key, no digit of a number. What it lets through beside that
    is looked for: escapes of NUL and surrogates, and depth.
    """
    if b"\\u" in data:
        return None
    try:
        found = orjson.loads(data)
        several = found if isinstance(found, list) else [found]
        written = [orjson.dumps(one) for one in several]
    except (ValueError, TypeError):
        return None
    if (b"[%b]" % b",".join(written) if isinstance(found, list) else written[0]) != data:
        return None
    if not all(isinstance(one, dict) for one in several):
        return None
    if any(one.count(b"{") + one.count(b"[") >= MAX_DEPTH for one in written):
        return None
    parsed = [Parsed(one) for one in several]
    return parsed if isinstance(found, list) else parsed[0]


def _strictly(data: bytes) -> list[Parsed] | Parsed:
    text = decode(data)
    try:
        position = _skip(text, 0)
        found: list[Parsed] | Parsed
        if text.startswith("[", position):
            found, position = _array(text, position)
        else:
            found, position = _object(text, position, "$")
    except _Broken as error:
        raise _invalid("syntax", str(error)) from None
    except (ValueError, RecursionError, StopIteration) as error:
        raise _explained(error) from None
    if _skip(text, position) != len(text):
        raise _invalid("syntax", f"text after the end of the document, at character {position}")
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _check_depth([one.value for one in found] if isinstance(found, list) else found.value)
    if _SUSPECT.search(text):
        _check_strings([one.value for one in found] if isinstance(found, list) else found.value)
    return found


def value(data: bytes | str) -> Any:
    """Parse any JSON value by the same rules, without keeping texts."""
    text = data if isinstance(data, str) else decode(data)
    try:
        found = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise _explained(error) from None
    _check_depth(found)
    _check_strings(found)
    return found


def members(text: str) -> dict[str, str]:
    """The text of each member of an object that was parsed before."""
    return _object(text, 0, "$")[0].texts


def decode(data: bytes) -> str:
    """The text of strict UTF-8. Raises Invalid."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _invalid("utf8", f"not UTF-8 at byte {error.start}") from None


class _Broken(Exception):
    """The text is not JSON."""


class _Duplicate(ValueError):
    """A key stands twice in one object."""


class _NotFinite(ValueError):
    """A number that JSON does not have, or that no double holds."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _Duplicate(f"the key {twice!r} stands twice in one object")
    return found


def _float(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        raise _NotFinite(f"the number {literal[:40]} is too large")
    return number


def _integer(literal: str) -> int:
    number = int(literal)
    try:
        float(number)
    except OverflowError:
        raise _NotFinite(f"the number {literal[:40]} is too large") from None
    return number


def _constant(literal: str) -> float:
    raise _NotFinite(f"{literal} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs,
    parse_float=_float,
    parse_int=_integer,
    parse_constant=_constant,
    strict=True,
)
_scan: Any = _DECODER.scan_once  # type: ignore[attr-defined]


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _expect(text: str, position: int, characters: str) -> str:
    character = text[position : position + 1]
    if not character or character not in characters:
        wanted = " or ".join(repr(one) for one in characters)
        raise _Broken(f"expected {wanted} at character {position}")
    return character


def _array(text: str, position: int) -> tuple[list[Parsed], int]:
    found: list[Parsed] = []
    position = _skip(text, position + 1)
    if text.startswith("]", position):
        return found, position + 1
    while True:
        one, position = _object(text, position, f"$[{len(found)}]")
        found.append(one)
        position = _skip(text, position)
        if _expect(text, position, ",]") == "]":
            return found, position + 1
        position = _skip(text, position + 1)


def _object(text: str, position: int, path: str) -> tuple[Parsed, int]:
    if not text.startswith("{", position):
        _scan(text, position)  # a broken document is a worse fault than one of another type
        raise Invalid("statement.type", path, "a statement is a JSON object", _SPEC)
    members: list[tuple[str, Any]] = []
    texts: dict[str, str] = {}
    position = _skip(text, position + 1)
    if text.startswith("}", position):
        return Parsed({}, {}), position + 1
    while True:
        _expect(text, position, '"')
        key, position = _scan(text, position)
        position = _skip(text, position)
        _expect(text, position, ":")
        start = _skip(text, position + 1)
        found, position = _scan(text, start)
        members.append((key, found))
        texts[key] = text[start:position]
        position = _skip(text, position)
        if _expect(text, position, ",}") == "}":
            return Parsed(_pairs(members), texts), position + 1
        position = _skip(text, position + 1)


def _check_depth(found: Any) -> None:
    level = [found]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
        if not below:
            return
        level = below
    raise _invalid("depth", f"nested deeper than {MAX_DEPTH} levels")


def _check_strings(found: Any) -> None:
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.keys())
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, str):
            if "\x00" in one:
                raise _invalid("nul", "a string contains the character NUL")
            try:
                one.encode()
            except UnicodeEncodeError:
                raise _invalid("surrogate", "a string contains half a surrogate pair") from None


def _explained(error: Exception) -> Invalid:
    if isinstance(error, RecursionError):
        return _invalid("depth", f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(error, _Duplicate):
        return _invalid("duplicate-key", str(error))
    if isinstance(error, _NotFinite):
        return _invalid("number", str(error))
    if isinstance(error, json.JSONDecodeError):
        return _invalid("syntax", f"{error.msg} at character {error.pos}")
    if isinstance(error, StopIteration):
        return _invalid("syntax", f"expected a value at character {error.value}")
    return _invalid("number", "an integer has too many digits")


def _invalid(code: str, message: str) -> Invalid:
    return Invalid(f"json.{code}", "$", message, _SPEC)
