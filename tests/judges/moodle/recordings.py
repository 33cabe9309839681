"""What Moodle 4.5 was measured to say: every recorded exchange, by its file and name.

Reads the folder beside it. Tokens and assertions are left out of the recordings; everything else is
as it was sent.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recorded"
HOME = "http://127.0.0.1:8088"
"""Where that Moodle was."""


@dataclass(frozen=True)
class Exchange:
    """One question and its answer; `path` has the query, `sent` is the body that was understood."""

    name: str
    method: str
    path: str
    asked: dict[str, str]
    sent: Any
    status: int
    reason: str
    headers: dict[str, str] = field(hash=False)
    body: str


@cache
def recorded(file: str) -> Any:
    """A file as it was written down."""
    return json.loads((FOLDER / f"{file}.json").read_text())


@cache
def exchanges(file: str) -> dict[str, Exchange]:
    """The exchanges of a file that holds them, by name."""
    document = recorded(file)
    if isinstance(document, dict) and "response" in document:
        document = [document]
    if isinstance(document, dict):
        document = [{"name": name, **_whole(entry)} for name, entry in document.items()]
    return {entry["name"]: _exchange(entry) for entry in document}


def _whole(entry: dict[str, Any]) -> dict[str, Any]:
    """Some were written down without their question."""
    return entry if "response" in entry else {"response": entry}


def _exchange(entry: dict[str, Any]) -> Exchange:
    asked = entry.get("request") or {}
    said = entry["response"]
    body = said.get("body", "")
    status, _, reason = str(said.get("reason", "")).partition(" ")
    if status != str(said["status"]):
        reason = said.get("reason", "")
    return Exchange(
        name=entry["name"],
        method=asked.get("method", ""),
        path=asked.get("url", "").removeprefix(HOME),
        asked=asked.get("headers", {}),
        sent=asked.get("body", asked.get("form")),
        status=said["status"],
        reason=reason,
        headers=said.get("headers", {}),
        body=body if isinstance(body, str) else json.dumps(body, ensure_ascii=False),
    )
