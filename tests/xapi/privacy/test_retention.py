"""Old records go for good, nothing by halves, and what stays is as it was."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import func, select, update

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from tests.xapi.privacy import person
from tests.xapi.privacy.dump import dump, mentions
from tests.xapi.privacy.person import MARIA, NAMED, PAUL, attachment
from tests.xapi.samples import pointing_at, statement, voiding
from tests.xapi.store.helpers import counted, listed, put
from xapi.privacy import retention
from xapi.privacy.retention import Removed
from xapi.statements import parse, references
from xapi.statements.references import identifier
from xapi.store import follow, query
from xapi.store.documents import Kind
from xapi.store.follow import START
from xapi.store.tables import (
    Attached,
    Attachment,
    Description,
    Document,
    Reference,
    Statement,
    Target,
)
from xapi.transfer.tables import ForwardRefusal, ForwardTarget

ACTIVITY = "https://example.org/activity/1"


def cut(db: Database) -> datetime:
    """Just after the newest statement."""
    with db.reading(EVERY_TENANT) as session:
        sid = session.scalar(select(func.max(Statement.sid))) or 0
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=sid + 1)


def remove(db: Database, tenant: UUID, before: datetime, batch: int = 3) -> Removed:
    every = Removed()
    for one in retention.remove(db, tenant, before, batch):
        every.statements += one.statements
        every.documents += one.documents
        every.attachments += one.attachments
    return every


def ids(db: Database, tenant: UUID) -> set[str]:
    return set(person.bodies(db, tenant))


def test_everything_of_old_statements_goes(db: Database, tenant: UUID, stranger: UUID) -> None:
    person.tell(db, stranger)
    before = dump(db)
    person.tell(db, tenant)
    later = cut(db)
    with db.reading(tenant) as session:
        assert retention.old(session, tenant, later).statements == 14
    assert remove(db, tenant, later).statements == 14
    after = dump(db)
    gone = {table: after[table] - before[table] for table in after if table.startswith("xapi_")}
    assert {table for table, rows in gone.items() if rows} == {"xapi_document"}
    assert all(rows <= after[table] for table, rows in before.items())


def test_another_tenants_refusal_of_the_same_id_stays(
    db: Database, tenant: UUID, stranger: UUID
) -> None:
    one = statement()
    refused = []
    for number, owner in enumerate((tenant, stranger), 1):
        put(db, owner, one)
        with db.writing(owner) as session:
            target = ForwardTarget(
                id=UUID(int=number), tenant=owner, name="other", endpoint="https://lrs.example",
                credential="sealed", version="1.0.3", verbs=[], activities=[], private_hosts=[],
                active=True, cursor_xid=0, cursor_sid=0, sent=0, attempts=0, refused_in_row=0,
                next_try_at=clock.now(), error_code="", error="", created_at=clock.now(),
            )  # fmt: skip
            session.add(target)
            session.flush()
            session.add(
                ForwardRefusal(
                    target_id=target.id, statement_id=UUID(one["id"]), status=400, code="x",
                    said="no", again=False, refused_at=clock.now(),
                )
            )  # fmt: skip
            refused.append(target.id)
    remove(db, tenant, cut(db))
    with db.reading(stranger) as session:
        assert list(session.scalars(select(ForwardRefusal.target_id))) == refused[1:]


def test_what_is_younger_stays_as_it_was(db: Database, tenant: UUID) -> None:
    old = [statement(actor=NAMED), statement(actor=PAUL)]
    put(db, tenant, *old)
    later = cut(db)
    young = [statement(actor=PAUL), statement(actor=PAUL)]
    put(db, tenant, *young)
    before = person.bodies(db, tenant)
    assert remove(db, tenant, later) == Removed(statements=2)
    assert person.bodies(db, tenant) == {one["id"]: before[one["id"]] for one in young}
    assert set(listed(db, tenant, agent=identifier(PAUL))) == {one["id"] for one in young}
    assert listed(db, tenant, agent=identifier(MARIA)) == []
    # Her name was described by statements that nobody has any more; his is still told.
    assert mentions(db, "Muster") == []
    with db.reading(tenant) as session:
        rows = [parse.value(body) for body in session.scalars(select(Statement.body))]
        left = sum(len(references.mentions(row, row["authority"])) for row in rows)
        assert session.scalar(select(func.count()).select_from(Reference)) == left


def test_a_voiding_stays_with_what_it_voids(db: Database, tenant: UUID) -> None:
    """The voiding came first and is old; what it voids is young, and must not come back."""
    target = statement(actor=PAUL)
    void = voiding(target["id"], actor=PAUL)
    put(db, tenant, void)
    later = cut(db)
    put(db, tenant, target)
    assert remove(db, tenant, later) == Removed()
    assert listed(db, tenant, activity=ACTIVITY) == [void["id"]]
    with db.reading(tenant) as session:
        assert query.one(session, tenant, UUID(target["id"]), voided=True)
    assert remove(db, tenant, cut(db)) == Removed(statements=2)
    with db.reading(tenant) as session:
        for table in (Statement, Reference, Target):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_what_pointed_at_it_is_no_longer_found_through_it(db: Database, tenant: UUID) -> None:
    target = statement(actor=MARIA)
    other = statement(actor=MARIA, object={"id": "https://example.org/activity/2"})
    put(db, tenant, target, other)
    later = cut(db)
    near = pointing_at(target["id"], actor=PAUL)
    far = pointing_at(near["id"], actor=PAUL)
    void = voiding(other["id"], actor=PAUL)
    put(db, tenant, near, far, void)
    assert set(listed(db, tenant, agent=identifier(MARIA))) == {
        one["id"] for one in (target, near, far, void)
    }
    assert remove(db, tenant, later, batch=1) == Removed(statements=2)
    assert listed(db, tenant, agent=identifier(MARIA)) == []
    assert listed(db, tenant, activity=ACTIVITY) == []
    assert set(listed(db, tenant, agent=identifier(PAUL))) == {
        one["id"] for one in (near, far, void)
    }
    # What comes again is voided again.
    put(db, tenant, other)
    assert set(listed(db, tenant, agent=identifier(MARIA))) == {void["id"]}


def test_bytes_stay_while_somebody_has_them(db: Database, tenant: UUID) -> None:
    old = put(db, tenant, statement(attachments=[attachment("a" * 64), attachment("b" * 64)]))
    later = cut(db)
    young = put(db, tenant, statement(attachments=[attachment("b" * 64)]))
    with db.writing(tenant) as session:
        for sha2, sids in (("a" * 64, [old[0].sid]), ("b" * 64, [old[0].sid, young[0].sid])):
            session.add(
                Attachment(tenant=tenant, sha2=sha2, media_type="x/y", length=1, content=b"x")
            )
            session.add_all(Attached(sid=sid, sha2=sha2) for sid in sids)
    assert remove(db, tenant, later) == Removed(statements=1, attachments=1)
    with db.reading(tenant) as session:
        assert list(session.scalars(select(Attachment.sha2))) == ["b" * 64]
        assert list(session.scalars(select(Attached.sid))) == [young[0].sid]


def test_documents_of_people_go_by_their_last_change(db: Database, tenant: UUID) -> None:
    with db.writing(tenant) as session:
        person.keep(session, tenant, Kind.STATE, "old", b"1", agent=MARIA)
        person.keep(session, tenant, Kind.STATE, "new", b"1", agent=MARIA)
        person.keep(session, tenant, Kind.AGENT_PROFILE, "old", b"1", agent=MARIA)
        person.keep(session, tenant, Kind.ACTIVITY_PROFILE, "old", b"1")
        session.execute(update(Document).where(Document.name == "old").values(updated=10))
    cut_at = datetime(2020, 1, 1, tzinfo=UTC)
    assert remove(db, tenant, cut_at, batch=1) == Removed(documents=2)
    with db.reading(tenant) as session:
        left = session.execute(select(Document.kind, Document.name)).all()
    assert sorted(map(tuple, left)) == [(Kind.STATE, "new"), (Kind.ACTIVITY_PROFILE, "old")]


def test_a_follower_goes_on_undisturbed(db: Database, tenant: UUID) -> None:
    put(db, tenant, *(statement() for _ in range(5)))
    with db.reading(tenant) as session:
        cursor = follow.after(session, tenant, START, 3)[-1].cursor
    later = cut(db)
    remove(db, tenant, later)
    young = statement()
    put(db, tenant, young)
    with db.reading(tenant) as session:
        assert [str(one.statement.id) for one in follow.after(session, tenant, cursor)] == [
            young["id"]
        ]


def test_every_tenant_is_due_once_a_day(db: Database, tenant: UUID, stranger: UUID) -> None:
    with db.writing(EVERY_TENANT) as session:
        retention.keep_for(session, tenant, 24)
        retention.keep_for(session, stranger, 24)
        retention.keep_for(session, stranger, None)
        assert retention.months_of(session, tenant) == 24
        assert retention.months_of(session, stranger) is None
        assert retention.months_of(session, uuid4()) is None
    assert retention.due(db) == {}
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)):
        assert retention.due(db) == {tenant: 24}
        assert retention.due(db) == {}


@pytest.mark.parametrize("months", [0, -1, 1201])
def test_months_are_a_sensible_number(db: Database, tenant: UUID, months: int) -> None:
    with db.writing(tenant) as session, pytest.raises(ValueError, match="1 to 1200"):
        retention.keep_for(session, tenant, months)


@pytest.mark.parametrize(
    ("now", "months", "then"),
    [
        ("2026-11-23", 24, "2024-11-23"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2024-03-30", 1, "2024-02-29"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-12-31", 1, "2026-11-30"),
        ("2026-12-15", 12, "2025-12-15"),
    ],
)
def test_months_are_calendar_months(now: str, months: int, then: str) -> None:
    moment = datetime.fromisoformat(f"{now}T10:20:30+00:00")
    assert retention.before(months, moment) == datetime.fromisoformat(f"{then}T10:20:30+00:00")


def test_descriptions_of_what_is_still_mentioned_stay(db: Database, tenant: UUID) -> None:
    put(db, tenant, statement(actor=NAMED))
    later = cut(db)
    put(db, tenant, statement(actor=MARIA))
    with db.reading(tenant) as session:
        before = set(session.scalars(select(Description.text)))
    remove(db, tenant, later)
    with db.reading(tenant) as session:
        assert set(session.scalars(select(Description.text))) == before


def test_very_many_may_point_at_what_goes(db: Database) -> None:
    asked = []
    for many in (20, 600):
        tenant = uuid4()
        old = statement(actor=NAMED)
        put(db, tenant, old)
        limit = cut(db)
        pointing = [pointing_at(old["id"], actor=PAUL) for _ in range(many)]
        put(db, tenant, *pointing)
        assert len(listed(db, tenant, agent=identifier(MARIA))) == many + 1
        with counted(db) as statements:
            remove(db, tenant, limit)
        asked.append(len(statements))
        assert listed(db, tenant, agent=identifier(MARIA)) == []
        assert len(listed(db, tenant, agent=identifier(PAUL))) == many
    assert asked[0] == asked[1]
