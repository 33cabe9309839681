"""Statements as JSON Lines and CSV, by page and over HTTP: all, in order, safe, nobody else's."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from foundation.db import Database
from tests.xapi.conftest import Site
from tests.xapi.samples import AUTHORITY, pointing_at, statement, voiding
from tests.xapi.store.helpers import put
from tests.xapi.store.test_follow import Late
from xapi.statements import times
from xapi.statements.prepare import prepare
from xapi.store import scan, write
from xapi.store.scan import Span
from xapi.transfer import export
from xapi.transfer.columns import COLUMNS

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


def everything(db: Database, tenant: UUID, voided: bool = True) -> Span:
    return Span(tenant, -1, scan.horizon(db, tenant), voided)


def lines(db: Database, span: Span) -> list[dict[str, Any]]:
    text = b"".join(piece for _, piece in export.jsonl(db, span)).decode()
    return [json.loads(one) for one in text.split("\n")[:-1]]


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def in_csv(db: Database, span: Span) -> list[dict[str, str]]:
    return rows(b"".join(piece for _, piece in export.csv_(db, span)))


def test_everything_is_there_in_order_and_nobody_elses(
    db: Database, tenant: UUID, stranger: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "_ROWS", 7)
    sent = [statement() for _ in range(30)]
    put(db, tenant, *sent)
    put(db, stranger, statement())
    put(db, tenant, voiding(sent[3]["id"], id=str(uuid4())))
    found = lines(db, everything(db, tenant))
    assert [one["id"] for one in found[:30]] == [one["id"] for one in sent]
    assert len(found) == 31
    assert [one["stored"] for one in found] == sorted({one["stored"] for one in found})
    standing = lines(db, everything(db, tenant, voided=False))
    assert len(standing) == 30
    assert sent[3]["id"] not in {one["id"] for one in standing}


def test_a_line_is_what_the_store_answers_on_one_line(
    db: Database, tenant: UUID, site: Site
) -> None:
    client = site.client(tenant)
    extension = (
        '{"https://example.org/x": [1.0, 123456789012345678901234567890, null,\r\n "a\\nb"]}'
    )
    one = statement(result={"extensions": "HERE"})
    text = json.dumps(one, indent=2).replace('"HERE"', extension)
    assert client("POST", data=text, content_type="application/json").status_code == 200
    answered = client("GET", f"/statements?statementId={one['id']}").get_data(as_text=True)
    ((_, piece),) = export.jsonl(db, everything(db, tenant))
    assert piece.decode() == answered.replace("\r", " ").replace("\n", " ") + "\n"
    assert "1234567890123456789012" in piece.decode()


def test_since_is_exclusive_and_until_inclusive(db: Database, tenant: UUID) -> None:
    sids = [put(db, tenant, statement())[0].sid for _ in range(4)]
    found = lines(db, Span(tenant, sids[0], sids[2]))
    assert [one["stored"] for one in found] == [times.written(sid) for sid in sids[1:3]]
    assert scan.count(db, Span(tenant, sids[0], sids[2])) == 2


def test_what_commits_late_is_left_for_the_next_time(postgres_url: str, tenant: UUID) -> None:
    db = Database(postgres_url)
    with Late(db, tenant) as late:
        put(db, tenant, statement())
        span = everything(db, tenant)
        assert span.until < late.sid
        assert lines(db, span) == []
        late.commit()
        assert len(lines(db, Span(tenant, span.until, scan.horizon(db, tenant)))) == 2
    db.dispose()


def test_long_statements_make_short_pages(
    db: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "_BYTES", 20_000)
    long = [statement(result={"response": "x" * 10_000}) for _ in range(9)]
    put(db, tenant, *[statement() for _ in range(500)], *long)
    pages = list(scan.pages(db, everything(db, tenant)))
    assert sum(len(page) for page in pages) == 509
    for page in pages:
        assert sum(len(one.found.body) for one in page[:-1]) < 20_000


def test_csv_has_the_documented_columns(db: Database, tenant: UUID) -> None:
    course = "https://example.org/course/7"
    first = statement(
        actor={"account": {"homePage": "https://lms.example", "name": "42"}, "name": "Ana, \"A\""},
        verb={"id": "https://example.org/v", "display": {"de": "bewertet", "en-GB": "rated"}},
        timestamp="2026-11-23T10:00:00Z",
        object={"id": "https://example.org/a", "definition": {
            "name": {"de": "Übung\nzwei"}, "type": "https://example.org/t"}},
        result={"score": {"scaled": -0.5, "raw": 1, "min": 0, "max": 2}, "success": False,
                "duration": "PT1.5S", "response": "yes"},
        context={"registration": str(uuid4()), "language": "de", "platform": "Twofold",
                 "instructor": {"mbox": "mailto:i@example.org"},
                 "contextActivities": {"category": [{"id": course}, {"id": course + "1"}]}},
    )  # fmt: skip
    second = pointing_at(first["id"], actor={"objectType": "Group", "name": "Team", "member": [
        {"mbox": "mailto:a@example.org"}]})  # fmt: skip
    put(db, tenant, first, second)
    one, two = in_csv(db, everything(db, tenant))
    assert list(one) == list(COLUMNS)
    assert one | {"stored": ""} == {
        **dict.fromkeys(COLUMNS, ""),
        "id": first["id"],
        "timestamp": "2026-11-23T10:00:00.000000Z",
        "actor_type": "Agent",
        "actor_home_page": "https://lms.example",
        "actor": "42",
        "actor_name": 'Ana, "A"',
        "verb": "https://example.org/v",
        "verb_display": "rated",
        "object_type": "Activity",
        "object": "https://example.org/a",
        "object_name": "Übung\nzwei",
        "object_definition_type": "https://example.org/t",
        "score_scaled": "-0.5",
        "score_raw": "1",
        "score_min": "0",
        "score_max": "2",
        "success": "false",
        "duration": "PT1.5S",
        "response": "yes",
        "registration": first["context"]["registration"],
        "category": f"{course} {course}1",
        "instructor": "mailto:i@example.org",
        "platform": "Twofold",
        "language": "de",
        "authority_home_page": "https://twofold.example",
        "authority": "key-1",
        "version": "2.0.0",
        "voided": "false",
    }
    assert (two["object_type"], two["object"], two["actor_type"], two["actor"]) == (
        "StatementRef", first["id"], "Group", "")  # fmt: skip
    assert two["timestamp"] == two["stored"]


@pytest.mark.parametrize("text", FORMULAS, ids=[str(number) for number in range(len(FORMULAS))])
def test_nothing_in_csv_is_a_formula(db: Database, tenant: UUID, text: str) -> None:
    put(db, tenant, statement(
        actor={"mbox": "mailto:a@example.org", "name": text},
        result={"response": text, "score": {"raw": -1}},
        context={"platform": text},
    ))  # fmt: skip
    data = b"".join(piece for _, piece in export.csv_(db, everything(db, tenant)))
    (one,) = rows(data)
    assert one["actor_name"] == one["response"] == one["platform"] == "'" + text
    assert one["score_raw"] == "-1"
    assert data.count(b"\r\n") >= 2
    for cell in one.values():
        assert not cell.startswith(("=", "+", "@", "\t", "\r"))


def test_every_kind_of_object_has_its_row(db: Database, tenant: UUID) -> None:
    inner = {key: value for key, value in statement().items() if key != "id"}
    put(db, tenant,
        statement(object={"objectType": "Agent", "mbox": "mailto:a@example.org", "name": "A"}),
        statement(object={"objectType": "SubStatement", **inner}))  # fmt: skip
    agent, sub = in_csv(db, everything(db, tenant))
    assert (agent["object_type"], agent["object"]) == ("Agent", "mailto:a@example.org")
    assert agent["object_name"] == "A"
    assert (sub["object_type"], sub["object"]) == ("SubStatement", inner["object"]["id"])


def test_over_http(site: Site, tenant: UUID, stranger: UUID) -> None:
    sent = [statement() for _ in range(3)]
    put(site.database, tenant, *sent)
    put(site.database, tenant, voiding(sent[0]["id"]))
    put(site.database, stranger, statement())
    client = site.client(tenant, "all/read")
    answer = client("GET", "/export")
    assert answer.mimetype == "application/x-ndjson"
    found = [json.loads(one) for one in answer.get_data(as_text=True).splitlines()]
    assert [one["id"] for one in found[:2]] == [one["id"] for one in sent[1:]]
    assert len(found) == 3
    last = found[-1]["stored"]
    assert answer.headers["X-Experience-API-Consistent-Through"] >= last
    assert client("GET", "/export", query_string={"since": last}).data == b""
    until = client("GET", "/export", query_string={"until": last, "voided": "true"})
    assert until.data.count(b"\n") == 4
    table = client("GET", "/export?format=csv")
    assert table.mimetype == "text/csv"
    assert [one["id"] for one in rows(table.data)] == [one["id"] for one in found]
    assert client("HEAD", "/export").status_code == 200
    assert client("HEAD", "/export").data == b""


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("format=parquet&attachments=true", 400, "parameter.attachments"),
        ("format=xml", 400, "parameter.format"),
        ("since=yesterday", 400, "parameter.since"),
        ("voided=1", 400, "parameter.voided"),
        ("attachments=1", 400, "parameter.attachments"),
        ("limit=1", 400, "parameter.unknown"),
    ],
)
def test_over_http_bad_questions_are_answered(
    site: Site, tenant: UUID, query: str, status: int, code: str
) -> None:
    answer = site.client(tenant, "all/read")("GET", f"/export?{query}")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("scope", ["statements/write", "statements/read/mine", "profile"])
def test_over_http_only_for_who_may_read_all(site: Site, tenant: UUID, scope: str) -> None:
    put(site.database, tenant, statement())
    answer = site.client(tenant, scope)("GET", "/export")
    assert answer.status_code == 403
    assert answer.get_json()["error"]["code"] == "scope"
    assert site.client(tenant, "statements/read")("POST", "/export").status_code == 405
    client = site.client(tenant)
    client.auth = None
    assert client("GET", "/export").status_code == 401


def test_over_http_no_transaction_stays_open(site: Site, tenant: UUID) -> None:
    """Statements can be stored while a slow reader is in the middle, and the bound holds."""
    put(site.database, tenant, *[statement() for _ in range(1200)])
    client = site.client(tenant, "all")
    answer = client("GET", "/export", buffered=False)
    pieces: Iterator[Any] = iter(answer.response)
    first = next(pieces)
    prepared = prepare(statement(), authority=AUTHORITY)
    with site.database.writing(tenant) as session:
        write.append(session, tenant, [prepared])
    rest = b"".join(pieces)
    answer.close()
    assert (first + rest).count(b"\n") == 1200
