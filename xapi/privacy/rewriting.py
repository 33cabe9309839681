"""Replacing people in the text of a statement or of a JSON document, so that nothing else moves.

Agents are replaced wherever they stand: actor, object, authority, instructor, team, members,
contextAgents, contextGroups, sub-statements, extensions. Texts were checked before. Pure.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xapi.statements import references

Replace = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""What stands for an agent from now on (an identifier, perhaps a name), or None: it stays."""
Reword = Callable[[str, bool], str]
"""What a string that is no identifier is from now on; given too whether it is in extensions."""

_DROPPED = frozenset({"name", *references.IDENTIFIERS})
_FIXED = frozenset({"id", "objectType"})
_SPACE = re.compile(r"[ \t\n\r]*")
_LITERAL = re.compile(r"[^\s,\]}]+")
_string = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class _Node:
    """A JSON value: where it stands in the text, and what is in it. Numbers are None here."""

    start: int
    end: int
    value: Any
    keys: tuple[str, ...] = ()
    inner: tuple["_Node", ...] = ()


def identity(value: Any) -> str | None:
    """The canonical identifier of what has the shape of an identified agent, else None."""
    if not isinstance(value, dict):
        return None
    account = value.get("account")
    whole = isinstance(account, dict) and all(
        isinstance(account.get(name), str) for name in ("homePage", "name")
    )
    if "account" in value and not whole:
        return None
    if any(not isinstance(value.get(name, ""), str) for name in references.IDENTIFIERS[:3]):
        return None
    return references.identifier(value)


def agents(text: str) -> list[Mapping[str, Any]]:
    """Every identified agent in a JSON text, wherever it stands. Raises ValueError."""
    return [node.value for node in _all(_parsed(text)) if identity(node.value) is not None]


def replaced(
    text: str, agent: Replace, reword: Reword = lambda value, _: value, *, extension: bool = False
) -> str:
    """The text with other agents and strings; the same where there is nothing to replace.

    `extension`: all of it is what others made up, as inside extensions, and no statement. Raises
    ValueError where the text is no JSON, RecursionError where it is too deep.
    """
    return _Rewriting(text, agent, reword).of(_parsed(text), extension)


def without_attachments(text: str, stays: Callable[[Mapping[str, Any]], bool]) -> str:
    """A statement with only those of its attachments, and of its sub-statement's, that stay."""
    whole = _parsed(text)
    return _pruned(text, whole, stays)


def _pruned(text: str, node: _Node, stays: Callable[[Mapping[str, Any]], bool]) -> str:
    parts: list[str] = []
    for key, child in zip(node.keys, node.inner, strict=True):
        new = text[child.start : child.end]
        if key == "attachments":
            kept = [one for one in child.inner if stays(one.value)]
            if not kept:
                continue
            if len(kept) < len(child.inner):
                new = "[" + ",".join(text[one.start : one.end] for one in kept) + "]"
        elif key == "object" and child.value.get("objectType") == "SubStatement":
            new = _pruned(text, child, stays)
        parts.append(f"{json.dumps(key)}:{new}")
    return "{" + ",".join(parts) + "}"


def readdressed(text: str, sha2: str, new: str, length: int) -> str:
    """A statement whose attachments of that digest (in lower case) are other bytes now."""
    edits = [
        (child, said)
        for attachment in _attachments(_parsed(text))
        if str(attachment.value["sha2"]).lower() == sha2
        for key, child in zip(attachment.keys, attachment.inner, strict=True)
        if (said := {"sha2": _written(new), "length": str(length)}.get(key))
    ]
    parts: list[str] = []
    position = 0
    for node, said in sorted(edits, key=lambda edit: edit[0].start):
        parts += [text[position : node.start], said]
        position = node.end
    return "".join([*parts, text[position:]])


def _attachments(statement: _Node) -> Iterator[_Node]:
    for key, child in zip(statement.keys, statement.inner, strict=True):
        if key == "attachments":
            yield from child.inner
        elif key == "object" and child.value.get("objectType") == "SubStatement":
            yield from _attachments(child)


class _Rewriting:
    """One text and what is to be replaced in it."""

    def __init__(self, text: str, agent: Replace, reword: Reword) -> None:
        self._text = text
        self._agent = agent
        self._reword = reword

    def of(self, node: _Node, extension: bool = False, fixed: bool = False) -> str:
        """The text of a node; what is `fixed` is no prose: identifiers, and what agents are."""
        if isinstance(node.value, str):
            old = self._text[node.start : node.end]
            new = node.value if fixed else self._reword(node.value, extension)
            return old if new == node.value else _written(new)
        if identity(node.value) is None:
            return self._same(node, extension, fixed)
        stands = self._agent(node.value)
        if stands is None:
            return self._same(node, extension, True)
        return self._other(node, extension, stands)

    def _same(self, node: _Node, extension: bool, fixed: bool) -> str:
        parts: list[str] = []
        position = node.start
        keys = node.keys or ("",) * len(node.inner)
        for key, child in zip(keys, node.inner, strict=True):
            name = not extension and key in _FIXED
            new = self.of(child, extension or key == "extensions", fixed or name)
            if new != self._text[child.start : child.end]:
                parts += [self._text[position : child.start], new]
                position = child.end
        return "".join([*parts, self._text[position : node.end]])

    def _other(self, node: _Node, extension: bool, stands: Mapping[str, Any]) -> str:
        """The agent under its new identity; what else the object says (members) is kept."""
        parts = [f"{json.dumps(key)}:{_written(value)}" for key, value in stands.items()]
        for key, child in zip(node.keys, node.inner, strict=True):
            if key not in _DROPPED:
                new = self.of(child, extension, not extension and key in _FIXED)
                parts.append(f"{json.dumps(key)}:{new}")
        return "{" + ",".join(parts) + "}"


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _all(node: _Node) -> Iterator[_Node]:
    yield node
    for child in node.inner:
        yield from _all(child)


def _parsed(text: str) -> _Node:
    node = _node(text, _skip(text, 0))
    if _skip(text, node.end) != len(text):
        raise ValueError("text after the end of the document")
    return node


def _node(text: str, start: int) -> _Node:
    first = text[start : start + 1]
    if first == '"':
        value, end = _string(text, start)
        return _Node(start, end, value)
    if first == "{":
        return _object(text, start)
    if first == "[":
        return _array(text, start)
    literal = _LITERAL.match(text, start)
    if literal is None:
        raise ValueError(f"expected a value at character {start}")
    return _Node(start, literal.end(), None)


def _object(text: str, start: int) -> _Node:
    keys: list[str] = []
    inner: list[_Node] = []
    at = _skip(text, start + 1)
    while text[at : at + 1] != "}":
        if keys:
            at = _after(text, at, ",")
        key, at = _string(text, at)
        child = _node(text, _after(text, at, ":"))
        keys.append(key)
        inner.append(child)
        at = _skip(text, child.end)
    value = {key: child.value for key, child in zip(keys, inner, strict=True)}
    return _Node(start, at + 1, value, tuple(keys), tuple(inner))


def _array(text: str, start: int) -> _Node:
    inner: list[_Node] = []
    at = _skip(text, start + 1)
    while text[at : at + 1] != "]":
        if inner:
            at = _after(text, at, ",")
        inner.append(_node(text, at))
        at = _skip(text, inner[-1].end)
    return _Node(start, at + 1, [child.value for child in inner], (), tuple(inner))


def _after(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"expected {mark!r} at character {at}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
