"""What is known of things, below HTTP: bounds, order, tenants, and what conflicts leave behind."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from foundation.db import Database
from tests.xapi.samples import AUTHORITY, statement
from tests.xapi.store.helpers import put
from xapi.statements.prepare import prepare
from xapi.store import descriptions, write
from xapi.store.tables import Description

ACTIVITY = "https://example.org/activity/1"
ADA = "mbox mailto:ada@example.org"


def about(**definition: Any) -> dict[str, Any]:
    return statement(
        object={"id": ACTIVITY, "definition": definition},
        actor={"mbox": "mailto:ada@example.org", "name": "Ada"},
    )


def known(database: Database, tenant: UUID) -> dict[str, Any]:
    with database.reading(tenant) as session:
        return descriptions.definitions(session, tenant, [ACTIVITY, "https://e.org/none"])


def test_the_latest_holds(db: Database, tenant: UUID) -> None:
    for word in ("zu", "ab", "mk"):
        put(db, tenant, about(type=f"https://e.org/{word}", name={word: word, "en": word}))
    assert known(db, tenant) == {
        ACTIVITY: {
            "type": "https://e.org/mk",
            "name": {"zu": "zu", "ab": "ab", "mk": "mk", "en": "mk"},
        }
    }


def test_another_tenant_knows_nothing(db: Database, tenant: UUID, stranger: UUID) -> None:
    put(db, tenant, about(name={"en": "A"}))
    with db.reading(tenant) as session:
        assert descriptions.names(session, tenant, ADA) == ["Ada"]
    with db.reading(stranger) as session:
        assert descriptions.names(session, stranger, ADA) == []
    assert known(db, stranger) == {}


def test_reading_is_bounded(db: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    put(db, tenant, *(about(name={f"x-{number}": "n"}) for number in range(6)))
    assert len(known(db, tenant)[ACTIVITY]["name"]) == 6
    monkeypatch.setattr(descriptions, "MOST", 4)
    assert len(known(db, tenant)[ACTIVITY]["name"]) == 4


def test_what_was_not_stored_says_nothing(db: Database, tenant: UUID) -> None:
    first = about(name={"en": "A"})
    put(db, tenant, first)
    rival = {**about(name={"en": "B"}), "id": first["id"], "result": {"success": True}}
    put(db, tenant, rival)
    with db.writing(tenant) as session:
        silent = prepare(about(name={"en": "C"}), authority=AUTHORITY)
        write.append(session, tenant, [silent], describes=False)
    assert known(db, tenant) == {ACTIVITY: {"name": {"en": "A"}}}
    with db.reading(tenant) as session:
        assert session.scalar(select(func.count()).select_from(Description)) == 2
