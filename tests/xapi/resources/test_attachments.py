"""Statements with attached bytes, in and out, through HTTP on both engines."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from tests.xapi.conftest import Client, Site
from tests.xapi.multipart import BOUNDARY, JSON, KIND, Part, attached, body, part, raw, split
from tests.xapi.samples import statement
from xapi.store.tables import Attached, Attachment

TRICKY = bytes(range(256)) + f"\r\n--{BOUNDARY}x\r\n--{BOUNDARY}\r--{BOUNDARY}--".encode()


def with_files(*files: bytes, **changes: Any) -> dict[str, Any]:
    return statement(attachments=[attached(data) for data in files], **changes)


def post(client: Client, data: bytes, kind: str = KIND) -> Any:
    return client("POST", data=data, content_type=kind)


def code(response: Any) -> tuple[int, str, str]:
    error = response.get_json()["error"]
    assert error["spec"]
    return response.status_code, error["code"], error["path"]


def files(client: Client, query: str = "") -> tuple[Any, list[Part]]:
    response = client("GET", f"/statements?attachments=true{query}")
    assert response.status_code == 200, response.text
    first, *others = split(response.headers["Content-Type"], response.data)
    assert first[0] == JSON
    return json.loads(first[1]), others


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
@pytest.mark.parametrize("data", [b"", b"\r\n", b"plain", b"\r\n\r\n--", TRICKY])
def test_bytes_come_back_as_they_were(site: Site, tenant: UUID, version: str, data: bytes) -> None:
    client = site.client(tenant, version=version)
    sent = with_files(data)
    sent["attachments"][0]["contentType"] = "text/x-odd; charset=ascii"
    assert post(client, body(sent, part(data))).get_json() == [sent["id"]]
    found, others = files(client, f"&statementId={sent['id']}")
    assert found["attachments"] == sent["attachments"]
    assert others == [part(data, Content_Type="text/x-odd; charset=ascii")]
    listed, others = files(client)
    assert [one["id"] for one in listed["statements"]] == [sent["id"]]
    assert [content for _, content in others] == [data]
    head = client("HEAD", "/statements?attachments=true")
    assert head.data == b""
    assert head.headers["Content-Type"].startswith("multipart/mixed; boundary=")


@pytest.mark.parametrize("algorithm", ["sha224", "sha256", "sha384", "sha512"])
def test_digests(site: Site, tenant: UUID, algorithm: str) -> None:
    client = site.client(tenant)
    said = attached(b"x", algorithm)
    said["sha2"] = said["sha2"].upper()
    sent = statement(attachments=[said])
    assert post(client, body(sent, part(b"x", algorithm))).status_code == 200
    assert [data for _, data in files(client)[1]] == [b"x"]


def test_put_and_a_batch(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    one = with_files(b"1")
    answer = client("PUT", f"/statements?statementId={one['id']}",
                    data=body(one, part(b"1")), content_type=KIND)  # fmt: skip
    assert answer.status_code == 204
    batch = [with_files(b"2"), statement(), with_files(b"2", b"3")]
    assert post(client, body(batch, part(b"3"), part(b"2"))).status_code == 200
    sub = {**statement(id=None), "objectType": "SubStatement", "attachments": [attached(b"4")]}
    assert post(client, body(statement(object=sub), part(b"4"))).status_code == 200
    assert sorted(data for _, data in files(client)[1]) == [b"1", b"2", b"3", b"4"]
    found = files(client, "&ascending=true&limit=1")[1]
    assert [data for _, data in found] == [b"1"]


def test_bytes_are_kept_once_for_a_tenant(site: Site, tenant: UUID, stranger: UUID) -> None:
    ours, theirs = site.client(tenant), site.client(stranger)
    for client in (ours, ours, theirs):
        assert post(client, body(with_files(b"x"), part(b"x"))).status_code == 200
    again = with_files(b"x")
    for _ in range(2):
        assert post(ours, body(again, part(b"x"))).status_code == 200
    with site.database.reading(tenant) as session:
        assert session.scalar(select(func.count()).select_from(Attachment)) == 2
        assert session.scalar(select(func.count()).select_from(Attached)) == 4
    assert len(files(ours)[1]) == len(files(theirs)[1]) == 1


def test_each_statement_says_what_the_bytes_are_to_it(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    kinds = ["text/plain", "text/csv; header=present", "text/csv; header=present"]
    for kind in kinds:
        sent = statement(attachments=[attached(b"a,b", contentType=kind)])
        assert post(client, body(sent, part(b"a,b"))).status_code == 200
        assert files(client, f"&statementId={sent['id']}")[1] == [part(b"a,b", Content_Type=kind)]
    found = files(client, "&ascending=true")[1]
    assert found == [part(b"a,b", Content_Type=kind) for kind in kinds[:2]]


def test_no_media_type_becomes_another_header(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = statement(attachments=[attached(b"x", contentType="text/plain; a=\r\u00fc")])
    assert post(client, body(sent, part(b"x"))).status_code == 200
    assert files(client)[1] == [part(b"x", Content_Type="text/plain")]


def test_what_is_removed_while_an_answer_is_sent_is_left_out(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    assert post(client, body(with_files(b"1", b"2"), part(b"1"), part(b"2"))).status_code == 200
    answer = client("GET", "/statements?attachments=true", buffered=False)
    with site.database.writing(tenant) as session:
        gone = delete(Attachment).where(Attachment.sha2 == attached(b"1")["sha2"])
        session.execute(gone)
    pieces: Iterable[Any] = answer.response
    first, *others = split(answer.headers["Content-Type"], b"".join(pieces))
    assert len(json.loads(first[1])["statements"][0]["attachments"]) == 2
    assert others == [part(b"2")]


def test_who_reads_only_its_own_gets_only_its_own_bytes(site: Site, tenant: UUID) -> None:
    writer = site.client(tenant)
    mine = site.client(tenant, "statements/write", "statements/read/mine")
    secret = with_files(b"secret")
    assert post(writer, body(secret, part(b"secret"))).status_code == 200
    there = attached(b"secret", fileUrl="https://example.org/file")
    assert mine("POST", json=statement(attachments=[there])).status_code == 200
    assert post(mine, body(with_files(b"own"), part(b"own"))).status_code == 200
    assert [data for _, data in files(mine)[1]] == [b"own"]
    refused = mine("GET", f"/statements?attachments=true&statementId={secret['id']}")
    assert refused.status_code == 404
    assert code(mine("POST", json=with_files(b"secret")))[1] == "attachment.missing"


def test_a_part_may_come_for_an_attachment_that_has_an_address(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    there = attached(b"x", fileUrl="https://example.org/x")
    assert post(client, body(statement(attachments=[there]), part(b"x"))).status_code == 200
    assert post(client, body(statement())).status_code == 200
    assert [data for _, data in files(client)[1]] == [b"x"]


BAD: dict[str, tuple[bytes, tuple[int, str, str]]] = {
    "missing": (body(with_files(b"1", b"2"), part(b"1")),
                (400, "attachment.missing", "$.attachments[1]")),
    "missing in a batch": (body([statement(), with_files(b"1")]),
                           (400, "attachment.missing", "$[1].attachments[0]")),
    "superfluous": (body(with_files(b"1"), part(b"1"), part(b"2")),
                    (400, "attachment.superfluous", "$")),
    "a part without any attachment": (body(statement(), part(b"1")),
                                      (400, "attachment.superfluous", "$")),
    "other bytes": (body(with_files(b"1"), (part(b"1")[0], b"2")),
                    (400, "multipart.hash", "part 1")),
    "no hash": (body(with_files(b"1"), part(b"1", X_Experience_API_Hash=None)),
                (400, "multipart.hash", "part 1")),
    "a hash that is none": (body(with_files(b"1"), part(b"1", X_Experience_API_Hash="x")),
                            (400, "multipart.hash", "part 1")),
    "base64": (body(with_files(b"1"), part(b"1", Content_Transfer_Encoding="base64")),
               (400, "multipart.encoding", "part 1")),
    "no encoding": (body(with_files(b"1"), part(b"1", Content_Transfer_Encoding=None)),
                    (400, "multipart.encoding", "part 1")),
    "statements not first": (raw(part(b"1"), (JSON, json.dumps(with_files(b"1")).encode())),
                             (400, "multipart.first", "part 0")),
    "statements twice": (raw((JSON, b"[]"), (JSON, b"[]")), (400, "multipart.encoding", "part 1")),
    "a statement that is none": (body([statement(), statement(actor={})]),
                                 (400, "statement.actor.ifi", "$[1].actor")),
    "no last boundary": (body(statement())[:-6], (400, "multipart.end", "$")),
    "another boundary": (body(statement()).replace(b"--xyz", b"--abc"),
                         (400, "multipart.boundary", "$")),
    "text before": (b"Content-Type: application/json\r\n\r\n" + body(statement()),
                    (400, "multipart.preamble", "$")),
    "no empty line": (b"--xyz\r\nContent-Type: application/json\r\n--xyz--\r\n",
                      (400, "multipart.headers", "part 0")),
    "a header twice": (raw((JSON, b"{}")).replace(b"\r\n\r\n", b"\r\ncontent-type: x/y\r\n\r\n"),
                       (400, "multipart.headers", "part 0")),
    "a folded header": (raw(({"Content-Type": "application/json\r\n ;x=y"}, b"{}")),
                        (400, "multipart.headers", "part 0")),
    "nothing": (b"", (400, "multipart.boundary", "$")),
    "only the end": (b"--xyz--", (400, "multipart.boundary", "$")),
}  # fmt: skip


@pytest.mark.parametrize("name", list(BAD))
def test_what_is_refused(site: Site, tenant: UUID, name: str) -> None:
    client = site.client(tenant)
    data, expected = BAD[name]
    assert code(post(client, data)) == expected
    assert client("GET").get_json()["statements"] == []
    with site.database.reading(tenant) as session:
        assert session.scalar(select(func.count()).select_from(Attachment)) == 0


@pytest.mark.parametrize(
    "kind",
    ["multipart/mixed", "multipart/mixed;", "multipart/mixed; boundary=", "text/plain",
     "multipart/form-data; boundary=xyz", f"multipart/mixed; boundary={'x' * 71}"],
)  # fmt: skip
def test_content_types_that_are_refused(site: Site, tenant: UUID, kind: str) -> None:
    assert post(site.client(tenant), body(statement()), kind).status_code == 400


def test_bytes_without_a_part_are_refused(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    refused = client("POST", json=[statement(), with_files(b"1")])
    assert code(refused) == (400, "attachment.missing", "$[1].attachments[0]")


def test_a_body_that_is_too_large(site: Site, tenant: UUID) -> None:
    data = b"x" * 100_001
    refused = post(site.client(tenant), body(with_files(data), part(data)))
    assert code(refused)[:2] == (413, "body.size")
