"""Statements as Parquet by day: what DuckDB and pandas read, and which days are written again."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pandas
import pyarrow.parquet
import pytest
import time_machine

from foundation.db import Database
from tests.xapi.samples import statement, voiding
from tests.xapi.store.helpers import put
from xapi.statements import times
from xapi.store import scan
from xapi.store.scan import Span
from xapi.transfer import parquet
from xapi.transfer.columns import COLUMNS

FIRST = date(2026, 11, 20)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(FIRST.year, FIRST.month, FIRST.day, hour, tzinfo=UTC) + timedelta(days=day)


def store(db: Database, tenant: UUID, moment: datetime, *sent: dict[str, Any]) -> None:
    """Store as if it were then: sids of PostgreSQL's own clock are moved back."""
    with time_machine.travel(moment, tick=False):
        outcomes = put(db, tenant, *sent)
    if not db.is_sqlite:
        micros = times.since_1970(moment)
        with db.writing(tenant) as session:
            for place, one in enumerate(outcomes):
                for table in ("xapi_statement", "xapi_target"):
                    session.connection().exec_driver_sql(
                        f"UPDATE {table} SET sid = %s WHERE sid = %s", (micros + place, one.sid)
                    )


def export(db: Database, tenant: UUID, folder: Path, now: datetime, **options: Any) -> Any:
    span = Span(tenant, -1, times.since_1970(now))
    return parquet.write(db, span, folder, **options)


def test_duckdb_and_pandas_read_it(db: Database, tenant: UUID, tmp_path: Path) -> None:
    rated = {"score": {"scaled": 0.75, "raw": 3}, "success": True}
    category = {"contextActivities": {"category": [{"id": "https://example.org/c"}]}}
    first = statement(result=rated, context=category, timestamp="2026-11-19T23:30:00.5Z")
    store(db, tenant, at(0), first, statement())
    store(db, tenant, at(1), voiding(first["id"]))
    done = export(db, tenant, tmp_path, at(2))
    assert (done.statements, len(done.days)) == (3, 2)
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert [str(path) for path in files] == [
        "day=2026-11-20/part-0.parquet",
        "day=2026-11-21/part-0.parquet",
    ]
    found = duckdb.sql(
        f"SELECT day, id, score_scaled, success, category, timestamp, stored, statement, voided"
        f" FROM read_parquet('{tmp_path}/**/*.parquet', hive_partitioning = true) ORDER BY stored"
    ).fetchall()
    assert found[0][:5] == (FIRST, first["id"], 0.75, True, ["https://example.org/c"])
    assert found[0][5] == datetime(2026, 11, 19, 23, 30, 0, 500_000, UTC)
    assert found[0][6].date() == FIRST
    assert json.loads(found[0][7])["id"] == first["id"]
    standing = duckdb.sql(
        f"SELECT count(*) FROM read_parquet('{tmp_path}/**/*.parquet') WHERE NOT voided"
    ).fetchall()
    assert standing == [(2,)]
    frame = pandas.read_parquet(tmp_path)
    assert list(frame.columns) == [*COLUMNS, "statement", "day"]
    assert frame["score_raw"].dropna().tolist() == [3.0]
    assert str(frame["stored"].dtype) == "datetime64[us, UTC]"
    assert sorted(set(frame["day"].astype(str))) == ["2026-11-20", "2026-11-21"]


def test_a_complete_day_is_not_written_again(db: Database, tenant: UUID, tmp_path: Path) -> None:
    store(db, tenant, at(0), statement())
    store(db, tenant, at(1, 8), statement())
    assert export(db, tenant, tmp_path, at(1, 9)).days == [FIRST, FIRST + timedelta(1)]
    store(db, tenant, at(1, 10), statement())
    before = (tmp_path / "day=2026-11-20/part-0.parquet").stat()
    again = export(db, tenant, tmp_path, at(2))
    assert (again.days, again.kept, again.statements) == ([FIRST + timedelta(1)], [FIRST], 2)
    after = (tmp_path / "day=2026-11-20/part-0.parquet").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    third = export(db, tenant, tmp_path, at(2))
    assert (third.days, len(third.kept)) == ([], 2)
    assert len(export(db, tenant, tmp_path, at(2), rewrite=True).days) == 2
    assert len(pandas.read_parquet(tmp_path)) == 3


def test_only_some_days(db: Database, tenant: UUID, tmp_path: Path) -> None:
    for day in range(4):
        store(db, tenant, at(day), statement())
    after, until = parquet.days(FIRST + timedelta(1), FIRST + timedelta(2))
    assert until is not None
    done = parquet.write(db, Span(tenant, after, until), tmp_path)
    assert done.days == [FIRST + timedelta(1), FIRST + timedelta(2)]
    assert parquet.days(None, None) == (-1, None)


def test_midnight_belongs_to_the_day_that_begins(
    db: Database, tenant: UUID, tmp_path: Path
) -> None:
    store(db, tenant, at(1, 0) - timedelta(microseconds=1), statement())
    store(db, tenant, at(1, 0), statement())
    assert export(db, tenant, tmp_path, at(2)).days == [FIRST, FIRST + timedelta(1)]
    assert duckdb.sql(
        f"SELECT count(*) FROM read_parquet('{tmp_path}/**/*.parquet', hive_partitioning = true)"
        " WHERE day <> stored::date"
    ).fetchall() == [(0,)]


def test_another_tenants_folder_is_left_alone(
    db: Database, tenant: UUID, stranger: UUID, tmp_path: Path
) -> None:
    store(db, tenant, at(0), statement())
    export(db, tenant, tmp_path, at(2))
    store(db, stranger, at(0, 13), statement())
    with pytest.raises(parquet.OtherFolder, match="not an export of this tenant"):
        export(db, stranger, tmp_path, at(2))
    assert len(pandas.read_parquet(tmp_path)) == 1
    (tmp_path / "day=2026-11-20/part-0.parquet").write_bytes(b"something else")
    with pytest.raises(parquet.OtherFolder, match="no Parquet file"):
        export(db, tenant, tmp_path, at(2))


def test_a_failure_leaves_no_part_of_a_file(
    db: Database, tenant: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(db, tenant, at(0), *[statement() for _ in range(3)])

    def fail(_many: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(db, tenant, tmp_path, at(2), progress=fail)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert os.listdir(tmp_path) == ["day=2026-11-20"]


def test_many_statements_are_several_row_groups(
    db: Database, tenant: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_GROUP_ROWS", 100)
    monkeypatch.setattr(scan, "_ROWS", 50)
    store(db, tenant, at(0), *[statement() for _ in range(250)])
    assert export(db, tenant, tmp_path, at(2)).statements == 250
    file = pyarrow.parquet.ParquetFile(tmp_path / "day=2026-11-20/part-0.parquet")
    assert (file.metadata.num_row_groups, file.metadata.num_rows) == (3, 250)
    assert file.schema_arrow.remove_metadata().equals(parquet.SCHEMA)
