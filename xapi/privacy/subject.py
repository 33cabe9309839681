"""The person whose records are exported or erased, as statements know them. Pure.

xAPI 1.0.3 Data 2.4.2.3, IEEE 9274.1.1 4.2.2: a person may have several inverse functional
identifiers; what is known of a person elsewhere (names, an e-mail address) identifies nobody.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha1
from typing import Any

import orjson

from xapi.statements import references

_TELLING = 16
"""From this length on an account's name is taken to mean nobody else, wherever it stands."""


@dataclass(frozen=True)
class Subject:
    """Agents that are the person (one identifier each), and strings that only hint at them."""

    agents: tuple[Mapping[str, Any], ...]
    names: frozenset[str] = frozenset()
    """Names and e-mail addresses: taken out where an agent beside them is the person. A single
    word is no name by itself: it may be one of the language."""

    @classmethod
    def of(cls, agents: Iterable[Mapping[str, Any]], names: Iterable[str | None] = ()) -> "Subject":
        """The person of these agents. An mbox stands for its mbox_sha1sum too."""
        every = list(agents)
        for agent in tuple(every):
            if "mbox" in agent:
                digest = sha1(agent["mbox"].encode(), usedforsecurity=False).hexdigest()
                every.append({"mbox_sha1sum": digest})
        known = {references.identifier(agent): agent for agent in every}
        return cls(tuple(known.values()), frozenset(name for name in names if name))

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Subject":
        """What `kept` wrote."""
        return cls(tuple(kept["agents"]), frozenset(kept["names"]))

    def kept(self) -> dict[str, Any]:
        """As JSON values."""
        return {"agents": [dict(agent) for agent in self.agents], "names": sorted(self.names)}

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """The canonical identifiers (references.identifier)."""
        return frozenset(found for agent in self.agents if (found := references.identifier(agent)))

    @cached_property
    def unique(self) -> frozenset[str]:
        """Strings that mean this person wherever they stand by themselves."""
        found: set[str] = set()
        for agent in self.agents:
            for name in ("mbox", "mbox_sha1sum", "openid"):
                if name in agent:
                    found |= {agent[name], agent[name].removeprefix("mailto:")}
            account = agent.get("account", {}).get("name", "")
            if len(account) >= _TELLING:
                found.add(account)
        return frozenset(found)

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """A JSON text with the person in it has one of these, if it is written as orjson does."""
        found = set(self.unique)
        found.update(agent["account"]["name"] for agent in self.agents if "account" in agent)
        return tuple(orjson.dumps(one).decode() for one in sorted(found))

    def may_be_in(self, text: str, *, partly: bool = False) -> bool:
        """Whether a JSON text is worth looking through; `partly`: for parts of strings, too."""
        if "\\" in text:
            try:
                text = orjson.dumps(orjson.loads(text)).decode()
            except ValueError:
                return True
        if any(needle in text for needle in self.needles):
            return True
        return partly and self.exact.search(text) is not None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the person in prose: by what is unique, and by names of more than one word."""
        found = self.unique | {name for name in self.names if re.search(r"[\s@]", name)}
        longest = sorted(found, key=len, reverse=True)
        every = "|".join(map(re.escape, longest)) or r"(?!)"
        return re.compile(rf"(?<!\w)(?:{every})(?!\w)", re.IGNORECASE)

    @cached_property
    def exact(self) -> re.Pattern[str]:
        """Finds what is unique in any text, whole: of no longer address is it a part."""
        longest = sorted(self.unique, key=len, reverse=True)
        every = "|".join(map(re.escape, longest)) or r"(?!)"
        return re.compile(rf"(?<![\w.+-])(?:{every})(?![\w-]|[.@]\w)", re.IGNORECASE)

    def is_named_in(self, content: bytes) -> bool:
        """Whether bytes that cannot be rewritten tell who the person is."""
        return self.pattern.search(content.decode("utf-8", "replace")) is not None
