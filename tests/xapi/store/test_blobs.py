"""Attached bytes below HTTP: kept once, found through who brought them, never by another tenant."""

from functools import partial
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, select

from foundation.db import Database
from tests.xapi.at_once import at_once
from tests.xapi.samples import statement
from tests.xapi.store.helpers import put
from xapi.store import blobs
from xapi.store.blobs import Blob
from xapi.store.tables import Attachment

DATA = [bytes([number]) * number for number in range(6)]
BLOBS = {sha256(data).hexdigest(): Blob(f"text/x{len(data)}", data) for data in DATA}


def keep(database: Database, tenant: UUID, sids: list[int], names: list[str]) -> None:
    with database.writing(tenant) as session:
        blobs.keep(session, tenant, BLOBS, [(sid, name) for sid in sids for name in names])


def test_who_brought_what(db: Database, tenant: UUID, stranger: UUID) -> None:
    first, second = (put(db, tenant, statement())[0].sid for _ in range(2))
    one, two, three = list(BLOBS)[:3]
    keep(db, tenant, [first], [one, two])
    keep(db, tenant, [second], [two, three])
    keep(db, tenant, [second], [two, three])
    with db.reading(tenant) as session:
        found = blobs.brought_by(session, tenant, [second, first])
        assert found == {first: {one, two}, second: {two, three}}
        assert blobs.brought_by(session, tenant, [first]) == {first: {one, two}}
        assert blobs.content(session, tenant, two) == BLOBS[two].data
    with db.reading(stranger) as session:
        assert blobs.brought_by(session, stranger, [first, second]) == {}
        assert blobs.content(session, stranger, two) is None


def test_the_same_bytes_from_many_at_once(db: Database, tenant: UUID) -> None:
    sids = [put(db, tenant, statement())[0].sid for _ in range(8)]
    names = list(BLOBS)
    at_once(
        *(
            partial(keep, db, tenant, [sid], names[turn:] + names[:turn])
            for turn, sid in enumerate(sids)
        )
    )
    with db.reading(tenant) as session:
        assert session.scalar(select(func.count()).select_from(Attachment)) == len(BLOBS)
        for sid in sids:
            assert len(blobs.brought_by(session, tenant, [sid])[sid]) == len(BLOBS)
