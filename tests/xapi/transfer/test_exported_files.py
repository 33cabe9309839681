"""Parquet and archives over HTTP: what DuckDB, pandas, tar and an import read."""

import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pandas
import pyarrow.parquet
import pytest

from foundation.db import Database
from tests.xapi.conftest import Client, Site
from tests.xapi.multipart import KIND, attached, body, part
from tests.xapi.samples import statement, voiding
from tests.xapi.store.helpers import put
from xapi.store import scan
from xapi.transfer import parquet
from xapi.transfer.columns import COLUMNS
from xapi.transfer.importing import Import
from xapi.transfer.parts import Folder

ZEROS = bytes(1024)


def got(client: Client, query: str) -> Any:
    answer = client("GET", f"/export?{query}")
    assert answer.status_code == 200, answer.text
    return answer


def brought(client: Client, *files: bytes, algorithm: str = "sha256") -> dict[str, Any]:
    """A statement that was stored with these files."""
    sent = statement(attachments=[attached(data, algorithm) for data in files])
    parts = [part(data, algorithm) for data in files]
    assert client("POST", data=body(sent, *parts), content_type=KIND).status_code == 200
    return sent


def test_parquet_is_read_by_duckdb_and_pandas(
    site: Site, tenant: UUID, stranger: UUID, tmp_path: Path
) -> None:
    category = {"contextActivities": {"category": [{"id": "https://example.org/c"}]}}
    rated = {"score": {"scaled": 0.75, "raw": 3}, "success": True}
    first, second = statement(result=rated, context=category), statement()
    put(site.database, tenant, first, second, voiding(second["id"]))
    put(site.database, stranger, statement())
    client = site.client(tenant, "statements/read")
    answer = got(client, "format=parquet&voided=true")
    assert answer.mimetype == "application/vnd.apache.parquet"
    assert 'filename="statements.parquet"' in answer.headers["Content-Disposition"]
    file = tmp_path / "statements.parquet"
    file.write_bytes(answer.data)
    rows = duckdb.sql(
        "SELECT id, score_scaled, success, category, voided, statement"
        f" FROM read_parquet('{file}') ORDER BY stored"
    ).fetchall()
    assert [row[4] for row in rows] == [False, True, False]
    assert rows[0][:4] == (first["id"], 0.75, True, ["https://example.org/c"])
    stored = client("GET", f"/statements?statementId={first['id']}").get_json()
    assert json.loads(rows[0][5]) == stored
    frame = pandas.read_parquet(file)
    assert list(frame.columns) == [*COLUMNS, "statement"]
    assert str(frame["stored"].dtype) == "datetime64[us, UTC]"
    standing = pandas.read_parquet(io.BytesIO(got(client, "format=parquet").data))
    assert standing["id"].tolist() == frame["id"][~frame["voided"]].tolist()
    since = f"format=parquet&since={stored['stored']}"
    assert len(pandas.read_parquet(io.BytesIO(got(client, since).data))) == 1
    empty = got(client, "format=parquet&until=2000-01-01T00:00:00Z")
    assert len(pandas.read_parquet(io.BytesIO(empty.data))) == 0


def test_parquet_is_sent_while_it_is_made(
    site: Site, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_GROUP_ROWS", 20)
    monkeypatch.setattr(scan, "_ROWS", 10)
    put(site.database, tenant, *[statement() for _ in range(50)])
    answer = site.client(tenant)("GET", "/export?format=parquet", buffered=False)
    pieces: list[Any] = list(answer.response)
    assert len(pieces) == 4
    file = pyarrow.parquet.ParquetFile(io.BytesIO(b"".join(pieces)))
    assert (file.metadata.num_row_groups, file.metadata.num_rows) == (3, 50)
    with pytest.raises(pyarrow.ArrowInvalid):
        pyarrow.parquet.ParquetFile(io.BytesIO(b"".join(pieces[:-1])))


def test_without_pyarrow_it_says_what_to_install(
    site: Site, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("xapi.transfer.parquet")
    monkeypatch.delitem(sys.modules, "xapi.transfer.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    answer = site.client(tenant)("GET", "/export?format=parquet")
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["path"]) == (501, "export.parquet", "?format")
    assert 'pip install "twofold[parquet]"' in error["message"]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_archive_has_the_export_and_each_file_once(
    site: Site, tenant: UUID, stranger: UUID, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "_ROWS", 2)
    client = site.client(tenant)
    one = brought(client, b"first", b"")
    brought(client, b"first", algorithm="sha512")
    late = brought(client, b"first", b"late")
    gone = brought(client, b"voided")
    put(site.database, tenant, voiding(gone["id"]))
    brought(site.client(stranger), b"theirs")
    answer = got(client, f"format={form}&attachments=true")
    assert answer.mimetype == "application/x-tar"
    assert 'filename="statements.tar"' in answer.headers["Content-Disposition"]
    assert answer.data.endswith(ZEROS)
    with tarfile.open(fileobj=io.BytesIO(answer.data)) as archive:
        names = archive.getnames()
        files = {name: archive.extractfile(name).read() for name in names}  # type: ignore[union-attr]
    pieces = [name for name in names if name.startswith("statements/")]
    assert pieces == sorted(pieces)
    assert len(pieces) > 1
    assert b"".join(files[name] for name in pieces) == got(client, f"format={form}").data
    digests = {one["attachments"][place]["sha2"] for place in (0, 1)}
    digests |= {late["attachments"][1]["sha2"], attached(b"first", "sha512")["sha2"]}
    assert set(names) - set(pieces) == {f"attachments/{sha2}" for sha2 in digests}
    assert len(names) == len(set(names))
    assert files[f"attachments/{late['attachments'][1]['sha2']}"] == b"late"
    first = client("GET", f"/statements?statementId={one['id']}").get_json()["stored"]
    some = got(client, f"attachments=true&until={first}").data
    with tarfile.open(fileobj=io.BytesIO(some)) as archive:
        assert len(archive.getnames()) == 3


def test_an_archive_can_be_imported(
    site: Site, tenant: UUID, sqlite_url: str, tmp_path: Path
) -> None:
    client = site.client(tenant)
    for data in (b"1", b"2"):
        brought(client, data)
    archive = io.BytesIO(got(client, "attachments=true&voided=true").data)
    with tarfile.open(fileobj=archive) as opened:
        opened.extractall(tmp_path, filter="data")
    lines = b"".join(path.read_bytes() for path in sorted((tmp_path / "statements").iterdir()))
    other = Database(sqlite_url)
    folder = Folder(tmp_path / "attachments")
    run = Import(other, tenant, authority={"mbox": "mailto:i@example.org"}, folder=folder)
    run.run(io.BytesIO(lines), 1)
    assert (run.summary.stored, run.summary.bad) == (2, 0)
    other.dispose()
