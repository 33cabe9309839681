"""What a person is handed over: all of theirs, nobody else's name."""

import json
from uuid import UUID

from foundation.db import Database
from tests.xapi.privacy import person
from tests.xapi.privacy.person import MARIA, NEEDLES, SUBJECT
from xapi.privacy import erasure, records
from xapi.privacy.records import Others, Part
from xapi.privacy.subject import Subject

IRI_BASE = "https://twofold.example"


def test_every_statement_comes_once_with_the_others_numbered(db: Database, tenant: UUID) -> None:
    hers, _ = person.tell(db, tenant)
    before = person.bodies(db, tenant)
    found = list(records.statements(db, tenant, Others(SUBJECT, IRI_BASE)))
    ids = [json.loads(one.text)["id"] for one in found]
    # One stands only in an extension: no filter finds it.
    assert sorted(ids) == sorted(one["id"] for one in hers if one is not hers[6])
    assert [one.part for one in found] == [
        Part.ACTOR, Part.OBJECT, Part.ACTOR, Part.RELATED, Part.RELATED, Part.RELATED,
        Part.ACTOR, Part.RELATED, Part.RELATED, Part.RELATED,
    ]  # fmt: skip
    assert [one.voided for one in found] == [True] + [False] * 9
    everything = "".join(one.text for one in found)
    assert "Paul" not in everything
    assert "sub-of-paul" not in everything
    numbers = {'{"homePage":"https://twofold.example/others","name":"1"}'}
    assert all(number in everything for number in numbers)
    assert '"name":"2"' not in everything
    # Without anybody else in it, it is as the store answers it.
    assert found[0].text == before[hers[0]["id"]]
    assert '"raw":7.5' in found[6].text


def test_documents_and_bytes_are_hers(db: Database, tenant: UUID) -> None:
    person.tell(db, tenant)
    found = list(records.documents(db, tenant, SUBJECT))
    assert sorted((known["kind"], known["id"], data) for known, data in found) == [
        ("agent profile", "cv", b"born 1999"),
        ("state", "bookmark", b"page 7"),
        ("state", "hello", b"Hello, Maria Muster!"),
    ]
    first = next(records.statements(db, tenant, Others(SUBJECT, IRI_BASE)))
    assert sorted(records.digests(db, tenant, first.sid)) == ["a" * 64, "b" * 64]
    assert records.attachment(db, tenant, "a" * 64) == ("text/plain", person.ESSAY)
    assert records.attachment(db, tenant, "e" * 64) is None


def test_exported_erased_and_exported_again(db: Database, tenant: UUID, stranger: UUID) -> None:
    person.tell(db, tenant)
    person.tell(db, stranger)
    before = list(records.statements(db, tenant, Others(SUBJECT, IRI_BASE)))
    with db.writing(tenant) as session:
        task = erasure.begin(session, tenant, SUBJECT, IRI_BASE)
    for _ in erasure.work(db, task):
        pass
    assert list(records.statements(db, tenant, Others(SUBJECT, IRI_BASE))) == []
    assert list(records.documents(db, tenant, SUBJECT)) == []
    now = Subject.of([task.pseudonym.agent])
    after = list(records.statements(db, tenant, Others(now, IRI_BASE)))
    assert [(one.sid, one.part, one.voided) for one in after[:6]] == [
        (one.sid, one.part, one.voided) for one in before[:6]
    ]
    # The extension's statement is still found by nobody.
    assert len(after) == len(before)
    assert not any(needle in one.text for one in after for needle in NEEDLES)
    assert len(list(records.statements(db, stranger, Others(SUBJECT, IRI_BASE)))) == len(before)
    assert MARIA["account"]["name"] not in "".join(one.text for one in after)
