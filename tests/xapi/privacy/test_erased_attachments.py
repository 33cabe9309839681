"""Attached bytes and documents of others that name an erased person: rewritten, digests true."""

import hashlib
import json
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from foundation.db import Database
from tests.xapi.conftest import Client, Site
from tests.xapi.multipart import KIND, attached, body, part, split
from tests.xapi.privacy import person
from tests.xapi.privacy.dump import mentions
from tests.xapi.privacy.person import MAIL, PAUL
from tests.xapi.privacy.test_erasure import begin, erase
from tests.xapi.samples import statement
from tests.xapi.statements.test_signature import jws
from xapi.privacy import erasure
from xapi.statements import compare, parse
from xapi.statements.attachments import SIGNATURE
from xapi.store.documents import Kind
from xapi.store.tables import Attached, Attachment, Document, Statement

LIST = b"Present: paul@school.example, maria@school.example\n"
BOARD = b'{"members":{"maria@school.example":7},"at":1.0}'
PHOTO = b"\x89PNG of maria@school.example"


def send(client: Client, *files: tuple[bytes, str], **changes: Any) -> dict[str, Any]:
    """A statement of Paul's with these files (bytes, media type)."""
    said = [attached(data, contentType=kind) for data, kind in files]
    sent = statement(actor=PAUL, attachments=said, **changes)
    whole = body(sent, *(part(data) for data, _ in files))
    assert client("POST", data=whole, content_type=KIND).status_code == 200
    return sent


def received(client: Client, sent: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    query = {"statementId": sent["id"], "attachments": "true"}
    answer = client("GET", query_string=query)
    (_, first), *others = split(answer.headers["Content-Type"], answer.data)
    return json.loads(first), [data for _, data in others]


def test_text_and_json_of_others_are_rewritten(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = send(client, (LIST, "text/plain"), (BOARD, "application/x+json"), (PHOTO, "image/png"))
    again = send(client, (LIST, "text/plain"))
    inner = {**statement(id=None, actor=PAUL), "objectType": "SubStatement",
             "attachments": [attached(LIST, "sha512", contentType="text/plain")]}  # fmt: skip
    sub = statement(actor=PAUL, object=inner)
    whole = body(sub, part(LIST, "sha512"))
    assert client("POST", data=whole, content_type=KIND).status_code == 200
    task, counts = erase(site.database, tenant)
    name = str(task.pseudonym.name).encode()
    new_list, new_board = (data.replace(b"maria@school.example", name) for data in (LIST, BOARD))
    found, files = received(client, sent)
    assert files == [new_list, new_board, PHOTO]
    for one, data in zip(found["attachments"], files, strict=True):
        assert (one["sha2"], one["length"]) == (hashlib.sha256(data).hexdigest(), len(data))
    assert received(client, again)[1] == [new_list]
    found, files = received(client, sub)
    assert files == [new_list]
    assert found["object"]["attachments"][0]["sha2"] == hashlib.sha512(new_list).hexdigest()
    assert counts == {"statements": 4, "documents": 0, "attachments": 3, "unread": 1}
    with site.database.reading(tenant) as session:
        for row in session.scalars(select(Statement)):
            assert row.hash == compare.comparison_hash(parse.value(row.body))
        assert session.scalar(select(func.count()).select_from(Attachment)) == 4
        assert session.scalar(select(func.count()).select_from(Attached)) == 5


def test_another_tenants_bytes_stay(site: Site, tenant: UUID, stranger: UUID) -> None:
    sent = send(site.client(stranger), (LIST, "text/plain"))
    send(site.client(tenant), (LIST, "text/plain"))
    erase(site.database, tenant)
    found, files = received(site.client(stranger), sent)
    assert (found["attachments"], files) == (sent["attachments"], [LIST])


def test_a_signature_over_other_bytes_goes_and_the_rest_is_as_it_was(
    site: Site, tenant: UUID
) -> None:
    client = site.client(tenant)
    sent = statement(actor=PAUL, attachments=[attached(LIST, contentType="text/plain")])
    data = jws(sent)
    files = [*sent["attachments"], attached(data, usageType=SIGNATURE)]
    whole = body({**sent, "attachments": files}, part(data), part(LIST))
    assert client("POST", data=whole, content_type=KIND).status_code == 200
    spaced = statement(actor=PAUL, attachments=[attached(LIST, contentType="text/plain")])
    text = json.dumps(spaced, indent=1).encode()
    whole = body(spaced, part(LIST)).replace(json.dumps(spaced).encode(), text)
    assert client("POST", data=whole, content_type=KIND).status_code == 200
    task, _ = erase(site.database, tenant)
    found, files = received(client, sent)
    assert [one["usageType"] for one in found["attachments"]] == ["https://example.org/usage"]
    assert files == [LIST.replace(b"maria@school.example", str(task.pseudonym.name).encode())]
    with site.database.reading(tenant) as session:
        kept = session.scalar(select(Statement.body).where(Statement.id == UUID(spaced["id"])))
    assert kept is not None
    assert '"verb":{\n  "id"' in kept


def test_killed_after_any_batch_it_goes_on(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = [send(client, (LIST, "text/plain")) for _ in range(5)]
    task = begin(site.database, tenant)
    for _ in islice(filter(None, erasure.work(site.database, task, batch=2)), 2):
        pass
    assert len({received(client, one)[1][0] for one in sent}) == 2
    erase(site.database, tenant, task)
    assert {received(client, one)[1][0] for one in sent} == {
        LIST.replace(b"maria@school.example", str(task.pseudonym.name).encode())
    }
    assert mentions(site.database, "maria@school") == []


def test_what_a_statement_calls_text_is_looked_through(site: Site, tenant: UUID) -> None:
    """Though its part said nothing of the kind."""
    client = site.client(tenant)
    sent = statement(actor=PAUL, attachments=[attached(LIST, contentType="text/plain")])
    whole = body(sent, part(LIST, Content_Type=None))
    assert client("POST", data=whole, content_type=KIND).status_code == 200
    erase(site.database, tenant)
    assert b"maria" not in received(client, sent)[1][0]


def test_beside_the_person_what_names_them_by_address_alone_stays_rewritten(
    site: Site, tenant: UUID
) -> None:
    """A name cannot be told from a namesake's, so bytes with one go from these statements."""
    client = site.client(tenant)
    essay = b"Maria Muster and others"
    sent = send(client, (LIST, "text/plain"), (essay, "text/plain"), context={"instructor": MAIL})
    named = statement(actor=person.NAMED)
    assert client("POST", json=named).status_code == 200
    elsewhere = send(client, (essay, "text/plain"))
    task, _ = erase(site.database, tenant)
    assert received(client, sent)[1] == [
        LIST.replace(b"maria@school.example", str(task.pseudonym.name).encode())
    ]
    assert received(client, elsewhere)[1] == [essay]


def test_text_documents_of_others_are_rewritten(db: Database, tenant: UUID) -> None:
    with db.writing(tenant) as session:
        person.keep(session, tenant, Kind.ACTIVITY_PROFILE, "list", LIST)
        person.keep(session, tenant, Kind.STATE, "seen", LIST, agent=PAUL)
        person.keep(session, tenant, Kind.STATE, "board", BOARD, agent=PAUL)
        person.keep(session, tenant, Kind.STATE, "mine", LIST, agent=MAIL)
    task, counts = erase(db, tenant)
    name = str(task.pseudonym.name).encode()
    with db.reading(tenant) as session:
        rows = {row.name: row for row in session.scalars(select(Document))}
        assert {name: row.content for name, row in rows.items()} == {
            one: data.replace(b"maria@school.example", name)
            for one, data in (("list", LIST), ("seen", LIST), ("board", BOARD), ("mine", LIST))
        }
        for row in rows.values():
            assert row.etag == hashlib.sha1(row.content, usedforsecurity=False).hexdigest()
    assert counts == {"statements": 0, "documents": 4, "attachments": 0, "unread": 0}
