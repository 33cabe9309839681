"""A person who stands in every place of a store, and somebody else who must not be touched."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from foundation.db import Database
from tests.xapi.samples import pointing_at, statement, voiding
from tests.xapi.store.helpers import put
from xapi.privacy.subject import Subject
from xapi.statements.attachments import SIGNATURE
from xapi.statements.references import identifier
from xapi.store import documents, query
from xapi.store.documents import Kind, Place
from xapi.store.tables import Attached, Attachment, Statement

ISSUER = "https://lms.example"
MARIA = {"account": {"homePage": ISSUER, "name": "sub-of-maria"}}
MAIL = {"mbox": "mailto:maria@school.example"}
NAMED = {**MARIA, "name": "Maria Muster"}
PAUL = {"account": {"homePage": ISSUER, "name": "sub-of-paul"}, "name": "Paul Other"}
SUBJECT = Subject.of([MARIA, MAIL], ["maria.muster@home.example"])
NEEDLES = ("sub-of-maria", "maria@school", "Muster", "maria.muster@home")

ACTIVITY = "https://example.org/activity/1"
JWS = b"eyJ-says-Maria Muster"
ESSAY = b"An essay by maria@school.example"
POSTER = b"A poster of Paul's"


def attachment(sha2: str, usage: str = "https://example.org/essay", **more: Any) -> dict[str, Any]:
    """The metadata of an attachment."""
    return {
        "usageType": usage,
        "display": {"en": "File"},
        "contentType": "text/plain",
        "length": 9,
        "sha2": sha2,
        **more,
    }


def maria_s(tenant: UUID) -> list[dict[str, Any]]:
    """One statement for each place in which a person can stand."""
    group = {"objectType": "Group", "name": "Team 7", "member": [PAUL, {**MAIL, "name": "Maria"}]}
    sub = {"objectType": "SubStatement", "actor": PAUL, "verb": {"id": "https://x.example/v"}}
    first = statement(actor=NAMED, attachments=[attachment("a" * 64), attachment("b" * 64)])
    return [
        first,
        statement(actor=PAUL, object={"objectType": "Agent", **NAMED}),
        statement(actor=group),
        statement(actor=PAUL, object={**sub, "object": {"objectType": "Agent", **MAIL}}),
        statement(actor=PAUL, context={"instructor": NAMED, "team": group}),
        statement(
            actor=PAUL,
            context={
                "contextAgents": [{"objectType": "contextAgent", "agent": NAMED}],
                "contextGroups": [{"objectType": "contextGroup", "group": group}],
            },
        ),
        statement(actor=PAUL, context={"extensions": {"https://x.example/peer": [NAMED, 1.0]}}),
        statement(
            actor=MAIL,
            object={
                "id": "https://x.example/essay",
                "definition": {
                    "name": {"en": "Essay by Maria Muster"},
                    "extensions": {"https://x.example/author": "maria@school.example"},
                },
            },
            result={"response": "I am maria muster.", "score": {"raw": 7.50}},
        ),
        pointing_at(first["id"], actor=PAUL),
        voiding(first["id"], actor=PAUL),
        statement(
            actor=PAUL,
            context={"instructor": MARIA},
            attachments=[attachment("c" * 64, SIGNATURE), attachment("d" * 64)],
        ),
    ]


def paul_s(tenant: UUID) -> list[dict[str, Any]]:
    """Statements that have nothing to do with her."""
    return [
        statement(actor=PAUL, attachments=[attachment("b" * 64)]),
        statement(actor={"account": {"homePage": "https://else.example", "name": "sub-of-mari"}}),
        statement(actor=PAUL, result={"response": "I saw nobody."}),
    ]


def tell(database: Database, tenant: UUID) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Store all of it, with bytes and documents; returns hers and the others'."""
    hers, his = maria_s(tenant), paul_s(tenant)
    outcomes = put(database, tenant, *hers, *his)
    sids = [outcome.sid for outcome in outcomes]
    with database.writing(tenant) as session:
        for sha2, content in (("a", ESSAY), ("b", b"shared"), ("c", JWS), ("d", POSTER)):
            session.add(
                Attachment(
                    tenant=tenant, sha2=sha2 * 64, media_type="text/plain",
                    length=len(content), content=content,
                )
            )  # fmt: skip
        for sid, sha2 in ((sids[0], "ab"), (sids[10], "cd"), (sids[11], "b")):
            session.add_all(Attached(sid=sid, sha2=one * 64) for one in sha2)
        session.flush()
        keep(session, tenant, Kind.STATE, "bookmark", b"page 7", agent=MARIA)
        keep(session, tenant, Kind.STATE, "hello", b"Hello, Maria Muster!", agent=MARIA)
        keep(session, tenant, Kind.AGENT_PROFILE, "cv", b"born 1999", agent=MAIL)
        keep(session, tenant, Kind.STATE, "bookmark", b"page 9", agent=PAUL)
        board = b'{"best": {"mbox":"mailto:maria@school.example","name":"M. Muster"}, "at": 1.0}'
        keep(session, tenant, Kind.ACTIVITY_PROFILE, "board", board)
    return hers, his


def keep(session: Any, tenant: UUID, kind: Kind, name: str, data: bytes, agent: Any = None) -> None:
    """Store a document."""
    media_type = "application/json" if data.startswith(b"{") else "text/plain"
    place = Place(
        tenant,
        kind,
        None if kind is Kind.AGENT_PROFILE else ACTIVITY,
        None if agent is None else identifier(agent),
    )
    assert documents.swap(session, place, name, None, documents.content(media_type, data))


def bodies(database: Database, tenant: UUID) -> dict[str, str]:
    """Every statement as it is answered, by id; voided ones too."""
    with database.reading(tenant) as session:
        rows = session.execute(
            select(Statement.sid, Statement.id, Statement.body, Statement.moment).where(
                Statement.tenant == tenant
            )
        )
        return {str(row.id): query.Found(*row).text() for row in rows}
