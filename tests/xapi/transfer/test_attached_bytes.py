"""Attached bytes on their way: forwarded with their statement, taken out and in, byte for byte."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from foundation.db import Database
from tests.xapi.conftest import Client, Site
from tests.xapi.samples import statement
from tests.xapi.transfer.conftest import Forwarding
from tests.xapi.transfer.serving import served
from tests.xapi.transfer.standin import StandIn
from xapi.store import scan
from xapi.store.blobs import Blob
from xapi.store.scan import Span
from xapi.transfer import batches, export, parts
from xapi.transfer.importing import Fault, Import
from xapi.transfer.parts import Folder

BYTES = bytes(range(256)) + b"\r\n--boundary\r\n\r\n--\r\n"


def attaching(*contents: bytes, **changes: Any) -> dict[str, Any]:
    return statement(
        attachments=[
            {
                "usageType": "https://example.org/evidence",
                "display": {"en": "evidence"},
                "contentType": "image/png",
                "length": len(content),
                "sha2": hashlib.sha256(content).hexdigest(),
            }
            for content in contents
        ],
        **changes,
    )


def post(client: Client, sent: dict[str, Any], *contents: bytes) -> None:
    blobs = {
        hashlib.sha256(content).hexdigest(): Blob("image/png", content) for content in contents
    }
    content_type, body = parts.body(json.dumps(sent).encode(), blobs)
    answer = client("POST", data=body, content_type=content_type)
    assert answer.status_code == 200, answer.data


def answered(client: Client, sent: dict[str, Any]) -> bytes:
    answer = client("GET", f"/statements?attachments=true&statementId={sent['id']}")
    assert answer.status_code == 200
    return bytes(answer.data)


def test_bytes_are_forwarded_with_their_statement(
    site: Site, tenant: UUID, sqlite_url: str, there: StandIn
) -> None:
    client, other = site.client(tenant, version="2.0.0"), Database(sqlite_url)
    first, second = attaching(BYTES, b"other"), attaching(BYTES)
    post(client, first, BYTES, b"other")
    post(client, second, BYTES)
    assert client("POST", json=statement()).status_code == 200
    with served(other, tenant) as lrs:
        forwarding = Forwarding(site.database, tenant, lrs.endpoint, **lrs.credential)
        forwarding.all()
        assert forwarding.refused == []
        assert forwarding.state.sent == 3
        for one in (first, second):
            assert BYTES in answered(lrs.client, one)
        assert b"other" in answered(lrs.client, first)
    other.dispose()


def test_without_bytes_it_stays_plain_json(site: Site, tenant: UUID, there: StandIn) -> None:
    client = site.client(tenant, version="2.0.0")
    linked = attaching(b"x")
    linked["attachments"][0]["fileUrl"] = "https://example.org/file"
    assert client("POST", json=linked).status_code == 200
    Forwarding(site.database, tenant, there.endpoint).all()
    assert [kind for kind, _ in there.bodies] == ["application/json"]


def test_many_bytes_make_small_batches(
    site: Site, tenant: UUID, there: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_BYTES", 5_000)
    client = site.client(tenant, version="2.0.0")
    contents = [bytes([number]) * 2_000 for number in range(5)]
    sent = [attaching(content) for content in contents]
    for one, content in zip(sent, contents, strict=True):
        post(client, one, content)
    Forwarding(site.database, tenant, there.endpoint).all()
    assert there.order == [one["id"] for one in sent]
    assert there.posts == 5
    assert all(len(body) < 7_000 for _, body in there.bodies)


def test_out_and_in_with_a_folder(site: Site, tenant: UUID, stranger: UUID, tmp_path: Path) -> None:
    db = site.database
    client, reader = site.client(tenant, version="2.0.0"), site.client(stranger, version="2.0.0")
    sent = attaching(BYTES)
    post(client, sent, BYTES)
    span = Span(tenant, -1, scan.horizon(db, tenant))
    data = b"".join(piece for _, piece in export.jsonl(db, span))
    folder = Folder(tmp_path / "bytes")
    export.take_out_attachments(db, span, folder)
    export.take_out_attachments(db, span, folder)
    (file,) = (tmp_path / "bytes").iterdir()
    assert (file.name, file.read_bytes()) == (hashlib.sha256(BYTES).hexdigest(), BYTES)

    def load(wanted: Folder | None) -> tuple[int, list[Fault]]:
        faults: list[Fault] = []
        authority = {"mbox": "mailto:import@example.org"}
        run = Import(db, stranger, authority=authority, folder=wanted, on_fault=faults.append)
        return run.run(io.BytesIO(data)).stored, faults

    stored, (fault,) = load(None)
    assert (stored, fault.code, fault.path) == (0, "attachment.missing", "$.attachments[0]")
    assert load(folder) == (1, [])
    assert BYTES in answered(reader, sent)
    assert load(folder) == (0, [])


def test_changed_bytes_are_not_taken_in(site: Site, tenant: UUID, tmp_path: Path) -> None:
    sent = attaching(BYTES)
    (tmp_path / hashlib.sha256(BYTES).hexdigest()).write_bytes(b"changed")
    faults: list[Fault] = []
    run = Import(site.database, uuid4(), authority={"mbox": "mailto:i@example.org"},
                 folder=Folder(tmp_path), on_fault=faults.append)  # fmt: skip
    assert run.run(io.BytesIO(json.dumps(sent).encode())).stored == 0
    assert [fault.code for fault in faults] == ["attachment.missing"]
