"""A person is erased from one tenant's store: everywhere, with every figure as it was."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from foundation import clock
from foundation.db import Database
from tests.xapi.privacy import person
from tests.xapi.privacy.dump import dump, mentions
from tests.xapi.privacy.person import MAIL, MARIA, NEEDLES, PAUL, SUBJECT
from tests.xapi.samples import AUTHORITY, statement
from tests.xapi.store.helpers import listed, put
from xapi.privacy import erased_statements, erasure, finding
from xapi.privacy.tables import Erasure
from xapi.privacy.task import Task
from xapi.statements import compare, parse, references
from xapi.statements.prepare import prepare
from xapi.statements.references import identifier
from xapi.store import documents, follow, keys, write
from xapi.store.documents import Kind, Place
from xapi.store.follow import START
from xapi.store.order import order
from xapi.store.tables import Attachment, Reference, Statement
from xapi.transfer.tables import ForwardRefusal, ForwardTarget

IRI_BASE = "https://twofold.example"


def begin(db: Database, tenant: UUID) -> Task:
    with db.writing(tenant) as session:
        return erasure.begin(session, tenant, SUBJECT, IRI_BASE)


def erase(db: Database, tenant: UUID, task: Task | None = None) -> tuple[Task, Mapping[str, int]]:
    task = task or begin(db, tenant)
    for _ in erasure.work(db, task):
        pass
    with db.writing(tenant) as session:
        counts = erasure.finish(session, task)
    assert counts is not None
    return task, counts


def verbs(db: Database, tenant: UUID) -> Counter[str]:
    return Counter(json.loads(one)["verb"]["id"] for one in person.bodies(db, tenant).values())


def found_by(db: Database, tenant: UUID, agent: Mapping[str, Any], related: bool) -> list[str]:
    return listed(db, tenant, agent=identifier(agent), related_agents=related)


def test_nothing_in_any_table_says_who_it_was(db: Database, tenant: UUID) -> None:
    person.tell(db, tenant)
    with db.writing(tenant) as session:
        alarm = prepare(statement(actor=person.NAMED), authority=AUTHORITY)
        write.record(session, order(tenant, [alarm]))
        rival = prepare(
            statement(id=str(alarm.id), actor=MAIL, object={"id": "https://x.example/other"}),
            authority=AUTHORITY,
        )
        write.record(session, order(tenant, [rival]))
    assert mentions(db, *NEEDLES)
    task, counts = erase(db, tenant)
    assert mentions(db, *NEEDLES) == []
    with db.reading(tenant) as session:
        kept = session.get_one(Erasure, task.id)
        assert (kept.person, kept.pseudonym) == (None, None)
        assert not finding.amount(session, tenant, SUBJECT)
    # The two that only point at hers have no text to change.
    assert counts["statements"] == 10
    assert counts["attachments"] == 2
    assert counts["documents"] == 4


def test_every_figure_is_as_it_was(db: Database, tenant: UUID) -> None:
    hers, his = person.tell(db, tenant)
    before = person.bodies(db, tenant)
    counted = verbs(db, tenant)
    places = {
        (name, related): found_by(db, tenant, agent, related)
        for name, agent in (("account", MARIA), ("mail", MAIL), ("paul", PAUL))
        for related in (False, True)
    }
    task, _ = erase(db, tenant)
    after = person.bodies(db, tenant)
    assert verbs(db, tenant) == counted
    assert {one["id"]: after[one["id"]] for one in his} == {
        one["id"]: before[one["id"]] for one in his
    }
    new = task.pseudonym.agent
    for related in (False, True):
        assert found_by(db, tenant, MARIA, related) == []
        assert found_by(db, tenant, MAIL, related) == []
        assert found_by(db, tenant, PAUL, related) == places["paul", related]
        both = set(places["account", related]) | set(places["mail", related])
        assert both
        assert set(found_by(db, tenant, new, related)) == both
    for one in hers:
        old, now = json.loads(before[one["id"]]), json.loads(after[one["id"]])
        assert (old["stored"], old["id"]) == (now["stored"], now["id"])
        assert old.get("result", {}).get("score") == now.get("result", {}).get("score")


def test_rows_beside_a_statement_are_those_of_its_text(db: Database, tenant: UUID) -> None:
    person.tell(db, tenant)
    erase(db, tenant)
    with db.reading(tenant) as session:
        for row in session.scalars(select(Statement)):
            value = parse.value(row.body)
            prepared = prepare(row.body.encode(), authority=value["authority"], version="2.0.0")
            assert row.hash == compare.comparison_hash(value) == prepared.hash
            for kind, text in references.mentions(value, value["authority"]):
                assert session.get(Reference, (int(kind), keys.key(tenant, text), row.sid))


def test_documents_and_bytes(db: Database, tenant: UUID) -> None:
    person.tell(db, tenant)
    task, _ = erase(db, tenant)
    new = task.pseudonym.identifier
    with db.reading(tenant) as session:
        mine = Place(tenant, Kind.STATE, person.ACTIVITY, new)
        assert documents.names(session, mine, None)[0] == ["bookmark"]
        state = documents.one(session, mine, "bookmark")
        assert state is not None
        assert state.data == b"page 7"
        paul = documents.one(
            session, Place(tenant, Kind.STATE, person.ACTIVITY, identifier(PAUL)), "bookmark"
        )
        assert paul is not None
        assert paul.data == b"page 9"
        board = documents.one(
            session, Place(tenant, Kind.ACTIVITY_PROFILE, person.ACTIVITY), "board"
        )
        assert board is not None
        account = json.dumps(task.pseudonym.agent["account"], separators=(",", ":"))
        assert board.data == f'{{"best": {{"account":{account}}}, "at": 1.0}}'.encode()
        assert board.etag == documents.content("", board.data).etag
        left = set(session.scalars(select(Attachment.content)))
        assert left == {b"shared", person.POSTER}


def test_another_tenant_keeps_everything(db: Database, tenant: UUID, stranger: UUID) -> None:
    person.tell(db, stranger)
    before = dump(db)
    person.tell(db, tenant)
    erase(db, tenant)
    after = dump(db)
    assert all(rows <= after[table] for table, rows in before.items())


@pytest.mark.parametrize("batches", [0, 1, 3, 5])
def test_killed_after_any_batch_it_goes_on(db: Database, tenant: UUID, batches: int) -> None:
    person.tell(db, tenant)
    counted = verbs(db, tenant)
    task = begin(db, tenant)
    for _ in islice(erasure.work(db, task, batch=2), batches):
        pass
    with db.writing(tenant) as session:
        assert erasure.finish(session, task) is None
    with db.reading(tenant) as session:
        again = erasure.unfinished(session, tenant, IRI_BASE)
    assert [one.pseudonym for one in again] == [task.pseudonym]
    erase(db, tenant, again[0])
    assert mentions(db, *NEEDLES) == []
    assert verbs(db, tenant) == counted
    with db.reading(tenant) as session:
        assert erasure.unfinished(session, tenant, IRI_BASE) == []


def test_what_targets_said_is_forgotten_and_they_hear_nothing_new(
    db: Database, tenant: UUID
) -> None:
    hers, his = person.tell(db, tenant)
    with db.writing(tenant) as session:
        target = ForwardTarget(
            id=UUID(int=1), tenant=tenant, name="other", endpoint="https://lrs.example",
            credential="sealed", version="1.0.3", verbs=[], activities=[], private_hosts=[],
            active=True, cursor_xid=0, cursor_sid=0, sent=0, attempts=1, refused_in_row=1,
            next_try_at=clock.now(), error_code="x", error="maria@school.example is unknown",
            created_at=clock.now(),
        )  # fmt: skip
        session.add(target)
        session.flush()
        for one, said in ((hers[0], "Maria Muster is unknown"), (his[0], "no")):
            session.add(
                ForwardRefusal(
                    target_id=target.id, statement_id=UUID(one["id"]), status=400, code="x",
                    said=said, again=False, refused_at=clock.now(),
                )
            )  # fmt: skip
    with db.reading(tenant) as session:
        heard = follow.after(session, tenant, START, 1000)
    erase(db, tenant)
    assert mentions(db, *NEEDLES) == []
    with db.reading(tenant) as session:
        assert follow.after(session, tenant, heard[-1].cursor) == []
        again = follow.after(session, tenant, START, 1000)
        assert sorted(session.scalars(select(ForwardRefusal.said))) == ["", "no"]
    assert [one.cursor for one in again] == [one.cursor for one in heard]


def test_killed_inside_a_transaction_it_goes_on(
    db: Database, database_url: str, tenant: UUID
) -> None:
    person.tell(db, tenant)
    counted = verbs(db, tenant)
    task = begin(db, tenant)
    command = [sys.executable, "-m", "tests.xapi.privacy.doomed", database_url, str(tenant), "2"]
    assert subprocess.run(command, timeout=120).returncode == -signal.SIGKILL
    # The batch before it is whole; of the one in which it died there is nothing.
    _, counts = erase(db, tenant, task)
    assert mentions(db, *NEEDLES) == []
    assert verbs(db, tenant) == counted
    assert counts["statements"] == 9


def test_what_comes_before_the_end_is_erased_too(db: Database, tenant: UUID) -> None:
    person.tell(db, tenant)
    task = begin(db, tenant)
    for _ in erasure.work(db, task):
        pass
    late = statement(actor=person.NAMED)
    put(db, tenant, late)
    with db.writing(tenant) as session:
        assert erasure.finish(session, task) is None
    erase(db, tenant, task)
    assert late["id"] in found_by(db, tenant, task.pseudonym.agent, False)
    assert mentions(db, *NEEDLES) == []


def test_what_comes_after_the_end_is_a_new_record(db: Database, tenant: UUID) -> None:
    person.tell(db, tenant)
    first, _ = erase(db, tenant)
    late = statement(actor=MARIA)
    put(db, tenant, late)
    assert found_by(db, tenant, MARIA, False) == [late["id"]]
    second, counts = erase(db, tenant)
    assert counts["statements"] == 1
    assert second.pseudonym != first.pseudonym
    assert found_by(db, tenant, second.pseudonym.agent, False) == [late["id"]]


def test_two_erasures_at_once_lose_nothing(
    db: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another erasure changes the same statement between this one's read and its write."""
    both = {"objectType": "Group", "member": [MARIA, PAUL]}
    put(db, tenant, statement(actor=both))
    task = begin(db, tenant)
    with db.reading(tenant) as session:
        old = session.scalars(select(Statement.body)).one()
    real = erased_statements._plan
    rivals = iter([old.replace("sub-of-paul", "somebody")])

    def beaten(*arguments: Any) -> Any:
        plan = real(*arguments)
        for rival in rivals:
            with db.writing(tenant) as session:
                session.execute(update(Statement).values(body=rival))
        return plan

    monkeypatch.setattr(erased_statements, "_plan", beaten)
    erase(db, tenant, task)
    body = next(iter(person.bodies(db, tenant).values()))
    assert "sub-of-maria" not in body
    assert "somebody" in body


def test_the_amount_is_known_before(db: Database, tenant: UUID) -> None:
    person.tell(db, tenant)
    with db.reading(tenant) as session:
        amount = finding.amount(session, tenant, SUBJECT)
        assert (amount.as_actor, amount.documents) == (6, 3)
        assert amount.attachments == 4
