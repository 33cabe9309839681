"""Reads one object of a JSON file, field by field: nothing is coerced, everything is bounded.

Touches nothing but its arguments. Every refusal names the place in the file, as CFRubric.title.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from rubrics.errors import Refused

Word = TypeVar("Word", bound=StrEnum)


def refused_field(where: str) -> Refused:
    """The refusal of what stands at this place."""
    return Refused(
        "activity-file.field",
        "“%(where)s” in this file is missing, or is not what it must be. Nothing was taken over. "
        "Download the activity again and leave the file unchanged.",
        where=where,
    )


class Part:
    """One object of the file, and where it stands."""

    def __init__(self, value: Any, path: str) -> None:
        if type(value) is not dict:
            raise refused_field(path or "{}")
        self._value: dict[str, Any] = value
        self._path = path

    def where(self, name: str) -> str:
        """The place of a field in the file."""
        return f"{self._path}.{name}" if self._path else name

    def only(self, *names: str) -> None:
        """Refuse the object if it has any other field."""
        for name in self._value:
            if name not in names:
                shown = "".join(each for each in name[:60] if each.isprintable())
                raise Refused(
                    "activity-file.unknown",
                    "“%(where)s” in this file is not known here. Nothing was taken over. Download "
                    "the activity again and leave the file unchanged.",
                    where=self.where(shown),
                )

    def get(self, name: str) -> Any:
        """Whatever stands there, or None."""
        return self._value.get(name)

    def has(self, name: str) -> bool:
        """Whether anything stands there."""
        return name in self._value

    def part(self, name: str, *, optional: bool = False) -> "Part":
        """The object of this name; where it is optional, an empty one instead of none."""
        default: Any = {} if optional else None
        return Part(self._value.get(name, default), self.where(name))

    def parts(self, name: str, least: int, most: int) -> list["Part"]:
        """The objects of a list, as many as may be."""
        return [
            Part(each, f"{self.where(name)}[{number}]")
            for number, each in enumerate(self._list(name, least, most))
        ]

    def identifiers(self, name: str, most: int) -> tuple[UUID, ...]:
        """The UUIDs of a list."""
        values = self._list(name, 0, most)
        return tuple(self._uuid(each, name) for each in values)

    def identifier(self, name: str) -> UUID:
        """A UUID, written as CASE writes it."""
        return self._uuid(self._value.get(name), name)

    def text(self, name: str, longest: int, *, least: int = 0) -> str:
        """Text of `least` to `longest` characters, with its line ends made equal."""
        value = self._value.get(name)
        if type(value) is not str or len(value) > longest:
            raise refused_field(self.where(name))
        text = value.replace("\r\n", "\n").replace("\r", "\n")
        if any(_bad(each) for each in text):
            raise refused_field(self.where(name))
        if len(text.strip()) < least:
            raise refused_field(self.where(name))
        return text

    def number(self, name: str, lowest: Decimal, highest: Decimal, *, places: int) -> Decimal:
        """A number from `lowest` to `highest`, with at most so many decimals."""
        value: Any = self._value.get(name)
        if type(value) not in (int, Decimal) or not lowest <= value <= highest:
            raise refused_field(self.where(name))
        number = Decimal(value)
        if number != number.quantize(Decimal(1).scaleb(-places)):
            raise refused_field(self.where(name))
        return number

    def word(self, name: str, words: type[Word]) -> Word:
        """One of a closed list."""
        value = self._value.get(name)
        for word in words:
            if type(value) is str and word.value == value:
                return word
        raise refused_field(self.where(name))

    def _list(self, name: str, least: int, most: int) -> list[Any]:
        value = self._value.get(name)
        if type(value) is not list or not least <= len(value) <= most:
            raise refused_field(self.where(name))
        return value

    def _uuid(self, value: Any, name: str) -> UUID:
        try:
            found = UUID(value) if type(value) is str else None
        except ValueError:
            found = None
        if found is None or str(found) != value.lower():
            raise refused_field(self.where(name))
        return found


def _bad(character: str) -> bool:
    """NUL and halves of characters: what an activity that is written here may not have either."""
    return character == "\0" or "\ud800" <= character <= "\udfff"
