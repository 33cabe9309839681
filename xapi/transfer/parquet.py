"""Statements as Parquet: a folder a day of `stored` (day=2026-11-23/part-0.parquet), or one stream.

Needs pyarrow, the extra "parquet". Reads statements page by page, of constant memory. A file of a
folder is there whole or not at all, and a day that is over and was written is not written again; a
stream that breaks off is no Parquet file, as its end is missing.
"""

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from foundation.db import Database
from xapi.statements import times
from xapi.store import scan
from xapi.store.scan import Scanned, Span
from xapi.transfer.columns import COLUMNS, Kind, row
from xapi.transfer.export import Pieces

_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.MOMENT: pa.timestamp("us", tz="UTC"),
    Kind.NUMBER: pa.float64(),
    Kind.TRUTH: pa.bool_(),
    Kind.LIST: pa.list_(pa.string()),
}
SCHEMA = pa.schema(
    [
        *(pa.field(name, _TYPES[kind]) for name, kind in COLUMNS.items()),
        pa.field("statement", pa.string()),
    ]
)
"""The columns of every file; `statement` is the JSON as GET /statements answers it."""

_TENANT, _THROUGH = b"twofold.tenant", b"twofold.through"
_GROUP_ROWS = 5_000
_GROUP_BYTES = 8_000_000
_DAY = timedelta(days=1)


class OtherFolder(ValueError):
    """The folder holds something else than an export of this tenant."""


@dataclass(slots=True)
class Written:
    """What an export did."""

    days: list[date] = field(default_factory=list)
    kept: list[date] = field(default_factory=list)
    """Days that were complete already."""
    statements: int = 0


def write(
    database: Database,
    span: Span,
    folder: Path,
    *,
    rewrite: bool = False,
    progress: Callable[[int], None] = lambda _many: None,
) -> Written:
    """Write the days that lie in `span` and are not complete yet; `span.since` begins a day.

    `progress` is told how many statements more are done. Raises OtherFolder, OSError.
    """
    done = Written()
    after = span.since
    while (sid := scan.first(database, _cut(span, after, span.until))) is not None:
        day = datetime.fromtimestamp(sid / 1_000_000, UTC).date()
        begin, end = _bounds(day)
        path = folder / f"day={day.isoformat()}" / "part-0.parquet"
        within = _cut(span, max(begin - 1, span.since), min(end - 1, span.until))
        held = _through(path, span.tenant)
        if held is not None and held >= end - 1 and not rewrite:
            done.kept.append(day)
            progress(scan.count(database, within))
        else:
            done.statements += _write_day(database, within, path, progress)
            done.days.append(day)
        after = end - 1
    return done


def stream(database: Database, span: Span) -> Pieces:
    """One file with all statements in `span`, in pieces: a row group each, then the file's end."""
    sink = _Sink()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), SCHEMA, compression="zstd") as file:
        for table in _tables(database, span, SCHEMA):
            file.write_table(table)
            yield table.num_rows, sink.taken()
    yield 0, sink.taken()


def days(since: date | None, until: date | None) -> tuple[int, int | None]:
    """The bounds of whole days, as `Span` has them: after the first and up to the second."""
    after = -1 if since is None else _bounds(since)[0] - 1
    return after, None if until is None else _bounds(until)[1] - 1


def _bounds(day: date) -> tuple[int, int]:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return times.since_1970(begin), times.since_1970(begin + _DAY)


def _cut(span: Span, after: int, until: int) -> Span:
    return Span(span.tenant, after, until, span.voided)


def _through(path: Path, tenant: UUID) -> int | None:
    """Up to where a file's day was complete when it was written; None where there is no file."""
    if not path.exists():
        return None
    try:
        noted = pq.read_schema(path).metadata or {}
    except pa.ArrowInvalid:
        raise OtherFolder(f"{path} is no Parquet file") from None
    if noted.get(_TENANT) != str(tenant).encode():
        raise OtherFolder(f"{path} is not an export of this tenant")
    return int(noted[_THROUGH])


def _write_day(database: Database, span: Span, path: Path, progress: Callable[[int], None]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    noted = {_TENANT: str(span.tenant), _THROUGH: str(span.until)}
    schema = SCHEMA.with_metadata(noted)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    many = 0
    try:
        with pq.ParquetWriter(temporary, schema, compression="zstd") as file:
            for table in _tables(database, span, schema, progress):
                file.write_table(table)
                many += table.num_rows
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return many


def _tables(
    database: Database,
    span: Span,
    schema: Any,
    progress: Callable[[int], None] = lambda _many: None,
) -> Iterator[Any]:
    """The statements as tables that make a row group each."""
    group: list[Scanned] = []
    size = 0
    for page in scan.pages(database, span):
        group += page
        size += sum(len(one.found.body) for one in page)
        if len(group) >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield _table(group, schema)
            group, size = [], 0
        progress(len(page))
    if group:
        yield _table(group, schema)


class _Sink(io.RawIOBase):
    """What a file is written to and taken from again, piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _table(group: list[Scanned], schema: Any) -> Any:
    rows = [[*row(one), one.found.text()] for one in group]
    return pa.table(
        [
            pa.array(
                [None if value is None else _fitting(value, one.type) for value in values],
                type=one.type,
            )
            for one, values in zip(schema, zip(*rows, strict=True), strict=True)
        ],
        schema=schema,
    )


def _fitting(value: Any, wanted: Any) -> Any:
    return float(value) if wanted == pa.float64() else value
