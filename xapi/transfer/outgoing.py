"""Whether a statement goes to a target, and the text in which it goes; pure.

xAPI 1.0.3 Data 2.4.8 to 2.4.10, IEEE 9274.1.1 4.2.4: `stored` and `authority` belong to the store
that answers, so the target sets its own; nothing else of a statement is touched.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xapi.statements import attachments, parse, references, times, validate
from xapi.statements.errors import V1
from xapi.store.query import Found


@dataclass(frozen=True, slots=True)
class Filter:
    """What a target wants: these verbs, about these activities; nothing said is everything.

    An activity counts where `activity=…&related_activities=true` finds it: as the object, in
    contextActivities, and in a sub-statement.
    """

    verbs: frozenset[str] = frozenset()
    activities: frozenset[str] = frozenset()

    def takes(self, statement: Mapping[str, Any]) -> bool:
        """Whether a stored statement passes, by what it says itself."""
        activities = references.activities(statement)
        return self.passes(statement["verb"]["id"], (one["id"] for one in activities))

    def passes(self, verb: str, activities: Iterable[str]) -> bool:
        """Whether a statement with this verb passes, that mentions these activities."""
        if self.verbs and verb not in self.verbs:
            return False
        return not self.activities or any(one in self.activities for one in activities)

    @property
    def narrows(self) -> bool:
        """Whether there is anything that does not pass."""
        return bool(self.verbs or self.activities)


def text(found: Found, statement: Mapping[str, Any], version: str) -> str:
    """The statement as a target of this version is sent it.

    One without a timestamp gets the moment at which it was stored here, as we answer it; not one
    that is signed, whose signature is over what was received. Raises Invalid where a statement of
    2.0 says what 1.0.3 cannot.
    """
    texts = parse.members(found.body)
    del texts["authority"]
    if found.moment is None and not _is_signed(statement):
        texts["timestamp"] = f'"{times.written(found.sid)}"'
    if version == V1 and not statement["version"].startswith("1.0"):
        del texts["version"]
        kept = {key: value for key, value in statement.items() if key in texts}
        validate.check(kept, V1)
    return "{" + ",".join(f'"{key}":{value}' for key, value in texts.items()) + "}"


def _is_signed(statement: Mapping[str, Any]) -> bool:
    return any(one.signs for one in attachments.attachments(statement))
