"""A statement after a person's erasure: the pseudonym instead of the person. Pure.

What cannot be rewritten goes: a signature (its payload is the statement as it was), bytes that
came with the person's own statements, and bytes that name the person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha1
from typing import Any
from uuid import UUID

import orjson

from xapi.privacy import rewriting
from xapi.privacy.subject import Subject
from xapi.statements import attachments, parse, references
from xapi.statements.attachments import SIGNATURE
from xapi.statements.compare import comparison_hash

NamesIn = Callable[[str], bool]
"""Whether the bytes of a digest name the person."""


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """The account that stands for a person from now on; random, so that it leads nowhere."""

    iri_base: str
    name: UUID

    @property
    def agent(self) -> dict[str, Any]:
        """As an agent's identifier."""
        return {"account": {"homePage": home_page(self.iri_base), "name": str(self.name)}}

    @property
    def identifier(self) -> str:
        """As references.identifier writes it."""
        return references.identifier(self.agent) or ""

    @property
    def iri(self) -> str:
        """As a string, where a string named the person."""
        return f"{home_page(self.iri_base)}/{self.name}"


@dataclass(frozen=True, slots=True)
class Changed:
    """A statement as it is to be stored now."""

    body: str
    hash: bytes
    authority: str
    """Of its authority, as xapi.statements.prepare writes it."""
    dropped: frozenset[str]
    """Digests of attachments that it has no longer, in lower case."""


def home_page(iri_base: str) -> str:
    """The homePage of every pseudonym of an installation."""
    return f"{iri_base}/pseudonyms"


def of_text(text: str, subject: Subject, pseudonym: Pseudonym, *, extension: bool = False) -> str:
    """A JSON text with the pseudonym wherever the person stood. Raises ValueError.

    Where an agent is the person, their names are taken out of what is written beside it, too;
    elsewhere only identifiers that stand in extensions by themselves. `extension`: it is a document
    and no statement.
    """
    found = False

    def agent(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
        nonlocal found
        if rewriting.identity(value) not in subject.identifiers:
            return None
        found = True
        return pseudonym.agent

    def alone(value: str, extension: bool) -> str:
        return pseudonym.iri if extension and value in subject.unique else value

    def prose(value: str, _: bool) -> str:
        return subject.pattern.sub(str(pseudonym.name), value)

    once = rewriting.replaced(text, agent, alone, extension=extension)
    if not found:
        return once
    return rewriting.replaced(once, _nobody, prose, extension=extension)


def of_statement(
    body: str, subject: Subject, pseudonym: Pseudonym, names_in: NamesIn
) -> Changed | None:
    """The statement without the person; None where it does not mention them."""
    new = of_text(body, subject, pseudonym)
    if new == body:
        return None
    statement = parse.value(new)
    own = pseudonym.identifier in actors(statement)
    dropped: set[str] = set()

    def stays(attachment: Mapping[str, Any]) -> bool:
        sha2 = str(attachment["sha2"]).lower()
        if own or attachment.get("usageType") == SIGNATURE or names_in(sha2):
            dropped.add(sha2)
            return False
        return True

    if '"attachments"' in new:
        new = rewriting.without_attachments(new, stays)
    return _changed(new, frozenset(dropped))


def of_attachment(body: str, sha2: str, new: str, length: int) -> Changed:
    """The statement with other bytes instead of those of a digest, and without its signature."""
    text = rewriting.readdressed(body, sha2, new, length)
    signatures = {
        one.sha2 for one in attachments.attachments(parse.value(body)) if one.usage == SIGNATURE
    }
    if signatures:
        text = rewriting.without_attachments(text, lambda one: one["usageType"] != SIGNATURE)
    return _changed(text, frozenset({sha2, *signatures}))


def actors(statement: Mapping[str, Any]) -> frozenset[str]:
    """The identifiers by which `agent=` finds a statement: its actor's and its object's."""
    thing = statement["object"]
    found = [statement["actor"]]
    if thing.get("objectType") in ("Agent", "Group"):
        found.append(thing)
    every = (one for each in found for one in (each, *each.get("member", ())))
    return frozenset(name for one in every if (name := references.identifier(one)))


def etag(content: bytes) -> str:
    """The SHA-1 of a document's bytes, as the store keeps it."""
    return sha1(content, usedforsecurity=False).hexdigest()


def _changed(body: str, dropped: frozenset[str]) -> Changed:
    statement = parse.value(body)
    vouches = statement["authority"]
    authority = references.identifier(vouches) or orjson.dumps(vouches).decode()
    return Changed(body, comparison_hash(statement), authority, dropped)


def _nobody(_: Mapping[str, Any]) -> None:
    return None
