"""Statements in from JSON Lines: again is harmless, faults have their line, out and in is equal."""

import io
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from foundation.db import Database
from tests.xapi.conftest import Site
from tests.xapi.samples import pointing_at, statement, voiding
from tests.xapi.store.helpers import listed, put
from xapi.store import scan
from xapi.store.scan import Span
from xapi.transfer import export, importing
from xapi.transfer.importing import Fault, Import, Summary

IMPORTER = {"account": {"homePage": "https://twofold.example", "name": "import"}}


def taken_out(db: Database, tenant: UUID) -> bytes:
    span = Span(tenant, -1, scan.horizon(db, tenant))
    return b"".join(piece for _, piece in export.jsonl(db, span))


def taken_in(
    db: Database, tenant: UUID, data: bytes, from_line: int = 1, **options: Any
) -> tuple[Summary, list[Fault]]:
    faults: list[Fault] = []
    run = Import(db, tenant, authority=IMPORTER, on_fault=faults.append, **options)
    return run.run(io.BytesIO(data), from_line), faults


def counts(summary: Summary) -> tuple[int, int, int, int]:
    return summary.stored, summary.equal, summary.conflicts, summary.bad


def without_stored(data: bytes) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in data.splitlines()]
    for one in found:
        del one["stored"]
    return found


def lines(*statements: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in statements)


def test_out_and_in_and_out_is_equal_but_for_stored(
    site: Site, tenant: UUID, stranger: UUID
) -> None:
    db = site.database
    client, other = site.client(tenant, version="1.0.3"), site.client(tenant, version="2.0.0")
    first = statement(timestamp="2026-11-23T12:00:00+02:00")
    agents = [{"objectType": "contextAgent", "agent": {"mbox": "mailto:a@example.org"}}]
    newer = [statement(context={"contextAgents": agents}), statement(version="1.0.3")]
    exact = json.dumps(statement(result={"extensions": {"https://example.org/x": "HERE"}}))
    exact = exact.replace('"HERE"', "[1.0, 1e3, 1234567890123456789012, null]")
    assert client("POST", json=[first, voiding(first["id"])]).status_code == 200
    assert other("POST", json=newer).status_code == 200
    assert client("POST", data=exact, content_type="application/json").status_code == 200
    assert client("POST", json=pointing_at(newer[0]["id"])).status_code == 200
    out = taken_out(db, tenant)
    summary, faults = taken_in(db, stranger, out)
    assert faults == []
    assert counts(summary) == (6, 0, 0, 0)
    again = taken_out(db, stranger)
    assert without_stored(again) == without_stored(out)
    assert b"[1.0, 1e3, 1234567890123456789012, null]" in again
    assert listed(db, stranger) == listed(db, tenant)
    assert first["id"] not in listed(db, stranger)
    assert counts(taken_in(db, stranger, out)[0]) == (0, 6, 0, 0)
    assert taken_out(db, stranger) == again


def test_a_conflict_is_listed_and_the_rest_is_stored(db: Database, tenant: UUID) -> None:
    held = statement()
    put(db, tenant, held)
    different = {**held, "verb": {"id": "https://example.org/other"}}
    new = statement()
    summary, faults = taken_in(db, tenant, lines(new, different, held, new))
    assert counts(summary) == (1, 2, 1, 0)
    ((fault),) = faults
    assert (fault.line, fault.code, fault.path) == (2, "statement.id.conflict", "$.id")
    assert held["id"] in fault.message


@pytest.mark.parametrize(
    ("bad", "code", "path"),
    [
        (b'{"actor":', "json.syntax", "$"),
        (b'{"a":"\xff"}', "json.utf8", "$"),
        (lines(statement(verb=None)).strip(), "statement.verb.missing", "$.verb"),
        (lines(statement(authority="me")).strip(), "statement.authority.type", "$.authority"),
        (lines([statement()]).strip(), "statement.type", "$"),
        (b"7", "statement.type", "$"),
        (lines(statement(version="3.0.0")).strip(), "statement.version.value", "$.version"),
    ],
    ids=["syntax", "utf8", "verb", "authority", "list", "number", "version"],
)
def test_a_bad_line_is_reported_with_its_place(
    db: Database, tenant: UUID, bad: bytes, code: str, path: str
) -> None:
    first, last = statement(), statement()
    data = lines(first) + b"\n" + bad + b"\n" + lines(last)
    summary, (fault,) = taken_in(db, tenant, data)
    assert counts(summary) == (2, 0, 0, 1)
    assert (fault.line, fault.code, fault.path) == (3, code, path)
    assert sorted(listed(db, tenant)) == sorted([first["id"], last["id"]])


def test_a_line_too_long_is_skipped_whole(
    db: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LONGEST_LINE", 1000)
    long = lines(statement(result={"response": "x" * 5000}))
    summary, (fault,) = taken_in(db, tenant, lines(statement()) + long + lines(statement()))
    assert counts(summary) == (2, 0, 0, 1)
    assert (fault.line, fault.code) == (2, "line.size")


def test_a_trial_stores_nothing(db: Database, tenant: UUID) -> None:
    held = statement()
    put(db, tenant, held)
    data = lines(statement(), held, {**held, "verb": {"id": "https://example.org/o"}}, {})
    summary, faults = taken_in(db, tenant, data, dry_run=True)
    assert counts(summary) == (1, 1, 1, 1)
    assert len(faults) == 2
    assert listed(db, tenant) == [held["id"]]


def test_it_goes_on_where_it_was_stopped(
    db: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_ROWS", 10)
    sent = [statement() for _ in range(35)]
    seen: list[int] = []

    def stop(_bytes: int) -> None:
        seen.append(_bytes)
        if len(seen) == 2:
            raise KeyboardInterrupt

    run = Import(db, tenant, authority=IMPORTER, progress=stop)
    with pytest.raises(KeyboardInterrupt):
        run.run(io.BytesIO(lines(*sent)))
    assert run.summary.line >= 10
    summary, faults = taken_in(db, tenant, lines(*sent), from_line=run.summary.line + 1)
    assert faults == []
    assert set(listed(db, tenant)) == {one["id"] for one in sent}
    assert summary.stored + summary.equal == 35 - run.summary.line
    assert summary.line == 35


def test_who_vouches_is_kept_or_else_the_importer(db: Database, tenant: UUID) -> None:
    group = {
        "objectType": "Group",
        "member": [
            {"account": {"homePage": "https://lms.example", "name": "consumer"}},
            {"mbox": "mailto:a@example.org"},
        ],
    }
    taken_in(db, tenant, lines(statement(authority=group), statement()))
    first, second = without_stored(taken_out(db, tenant))
    assert first["authority"] == group
    assert second["authority"] == IMPORTER


def test_nothing_reaches_another_tenant(db: Database, tenant: UUID, stranger: UUID) -> None:
    one = statement()
    taken_in(db, tenant, lines(one))
    assert listed(db, stranger) == []
    assert counts(taken_in(db, stranger, lines({**one, "verb": {"id": str(uuid4())}}))[0])[3] == 1
    assert counts(taken_in(db, stranger, lines(one))[0]) == (1, 0, 0, 0)


def test_lines_without_an_id_are_stored_once_too(db: Database, tenant: UUID) -> None:
    several = [statement(result={"score": {"raw": number}}) for number in range(3)]
    for one in several:
        del one["id"]
    assert counts(taken_in(db, tenant, lines(*several))[0]) == (3, 0, 0, 0)
    ids = listed(db, tenant)
    assert counts(taken_in(db, tenant, b"\n".join(lines(*several).splitlines()))[0]) == (0, 3, 0, 0)
    assert listed(db, tenant) == ids
