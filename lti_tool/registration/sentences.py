"""Sentences that a command says in English and a page in the reader's language.

Touches nothing; a page translates `message`, and every value that is a sentence itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence whose %(name)s places `values` fill."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """The sentence in English."""
        return self.message % self.values if self.values else self.message


def say(message: str, **values: object) -> Sentence:
    """The sentence of these words."""
    return Sentence(message, values)
