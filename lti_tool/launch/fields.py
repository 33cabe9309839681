"""Strict marshmallow fields for claims: nothing is coerced, everything is bounded.

Touches nothing but its arguments. Names and titles are cleaned, since nobody could mend them;
identifiers, times and addresses are taken exactly or refused.
"""

import math
import re
from typing import Any

from marshmallow import ValidationError, fields

from lti_tool.access.origins import is_safe, origin_of

LONGEST_ADDRESS = 2000
LATEST = 1e11
"""The last second that we can handle, some thousand years from now."""

_UNSEEN = re.compile(
    "[\u0001-\u0008\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Controls and marks that turn the direction of what stands around them."""
_CONTROL = re.compile("[\u0000-\u001f\u007f-\u009f]")
_LOCALE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3}")
_MOST_ITEMS = 200


def text_of(value: Any, longest: int) -> str:
    """A string of at most `longest` characters that can be stored. Raises ValidationError."""
    if type(value) is not str:
        raise ValidationError("not a string")
    if len(value) > longest:
        raise ValidationError("too long")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValidationError("not text")
    return value


class Identifier(fields.Field[str]):
    """A string of 1 to `longest` characters without controls, kept exactly."""

    def __init__(self, longest: int = 255, **options: Any) -> None:
        super().__init__(**options)
        self._longest = longest

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> str:
        text = text_of(value, self._longest)
        if not text or _CONTROL.search(text):
            raise ValidationError("empty or with control characters")
        return text


class Words(fields.Field[str]):
    """Text for people: no NUL, no hidden controls, cut at `longest`; empty is absent."""

    def __init__(self, longest: int, **options: Any) -> None:
        super().__init__(load_default=None, allow_none=True, **options)
        self._longest = longest

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        text = text_of(value, 10_000)
        if "\0" in text:
            raise ValidationError("with a NUL character")
        return _UNSEEN.sub("", text).strip()[: self._longest] or None


class Opaque(fields.Field[str]):
    """A string that goes back as it came."""

    def __init__(self, longest: int, **options: Any) -> None:
        super().__init__(load_default=None, allow_none=True, **options)
        self._longest = longest

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> str:
        text = text_of(value, self._longest)
        if "\0" in text:
            raise ValidationError("with a NUL character")
        return text


class Flag(fields.Field[bool]):
    """True or false; absent is `absent`. Some platforms write it as a string."""

    def __init__(self, absent: bool | None = False, **options: Any) -> None:
        super().__init__(load_default=absent, allow_none=True, **options)

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> bool:
        if value is True or value == "true":
            return True
        if value is False or value == "false":
            return False
        raise ValidationError("neither true nor false")


class Moment(fields.Field[float]):
    """A NumericDate of RFC 7519: seconds since 1970, a number and nothing like one."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> float:
        if type(value) not in (int, float) or not 0 <= value < LATEST or math.isnan(value):
            raise ValidationError("not a time")
        return float(value)


class Address(fields.Field[str]):
    """An http(s) address; empty is absent. Whether we may call it is the HTTP client's matter."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        text = text_of(value, LONGEST_ADDRESS)
        if text and origin_of(text) is None:
            raise ValidationError("not an http(s) address")
        return text or None


def optional_address(found: Any, name: str) -> str | None:
    """An http(s) address in an object; whatever is none is absent."""
    value = found.get(name) if isinstance(found, dict) else None
    if not isinstance(value, str) or len(value) > LONGEST_ADDRESS or not value.isprintable():
        return None
    return value if origin_of(value) is not None else None


class SafeAddress(fields.Field[str]):
    """An address that people may be sent to: https, or http on this machine.

    Any other is refused; of an `optional` one it is as if nothing were said.
    """

    def __init__(self, *, optional: bool, **options: Any) -> None:
        super().__init__(**options)
        self._optional = optional

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if isinstance(value, str) and len(value) <= LONGEST_ADDRESS and is_safe(value):
            return value
        if self._optional:
            return None
        raise ValidationError("not an https address")


class Locale(fields.Field[str]):
    """A language tag; anything else is absent."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        usable = isinstance(value, str) and len(value) <= 35 and _LOCALE.fullmatch(value)
        return value if usable else None


class Strings(fields.Field[list[str]]):
    """A list of at most `most` strings of at most 1000 characters."""

    def __init__(self, most: int = _MOST_ITEMS, **options: Any) -> None:
        super().__init__(**options)
        self._most = most

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> list[str]:
        if type(value) is not list or len(value) > self._most:
            raise ValidationError("not a list, or too long")
        return [text_of(item, 1000) for item in value]


class Custom(fields.Field[dict[str, str]]):
    """Custom parameters that were filled in: strings which are no literal "$Variable"."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> dict[str, str]:
        if type(value) is not dict:
            raise ValidationError("not an object")
        return {
            name: content
            for name, content in value.items()
            if isinstance(content, str) and not content.startswith("$")
        }
