"""Statements as JSON Lines and as CSV: a stream of pieces, of constant memory.

Reads statements page by page (xapi.store.scan), so that no transaction stays open. RFC 8259 a line;
RFC 4180, and nothing in it that a spreadsheet takes for a formula.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from foundation.db import Database
from xapi.statements import times
from xapi.store import scan
from xapi.store.scan import Scanned, Span
from xapi.transfer.columns import COLUMNS, Kind, row
from xapi.transfer.parts import Folder

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

Pieces = Iterator[tuple[int, bytes]]
"""So many statements, and their bytes."""


def jsonl(database: Database, span: Span) -> Pieces:
    """A line a statement, exactly as GET /statements answers it."""
    for page in scan.pages(database, span):
        yield len(page), "".join(line(one.found.text()) for one in page).encode()


def csv_(database: Database, span: Span) -> Pieces:
    """A line of column names, then a line a statement."""
    yield 0, _lines([list(COLUMNS)])
    for page in scan.pages(database, span):
        yield len(page), _lines(map(_cells, page))


FORMATS: dict[str, Callable[[Database, Span], Pieces]] = {"jsonl": jsonl, "csv": csv_}


def take_out_attachments(database: Database, span: Span, folder: Folder) -> None:
    """Write the bytes attached to these statements into a folder. Raises OSError."""
    for page in scan.pages(database, span):
        folder.take_out(database, span.tenant, [one.found.sid for one in page])


def line(text: str) -> str:
    """A JSON text on one line: a line break in it can only stand between two tokens."""
    return text.replace("\n", " ").replace("\r", " ") + "\n"


def _cells(scanned: Scanned) -> list[str]:
    return [_cell(kind, value) for kind, value in zip(COLUMNS.values(), row(scanned), strict=True)]


def _cell(kind: Kind, value: Any) -> str:
    if value is None:
        return ""
    if kind is Kind.MOMENT:
        return times.written(value)
    if kind is Kind.TRUTH:
        return "true" if value else "false"
    if kind is Kind.NUMBER:
        return str(value)
    text = " ".join(value) if kind is Kind.LIST else str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def _lines(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
