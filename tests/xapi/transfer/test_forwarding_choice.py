"""Which statements a target receives: filters, voidings whatever the filter, versions, the log."""

import threading
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from foundation.db import Database
from tests.xapi.samples import AUTHORITY, VOIDED, statement, voiding
from tests.xapi.store.helpers import put
from tests.xapi.transfer.conftest import Forwarding
from tests.xapi.transfer.standin import StandIn
from xapi.privacy import retention
from xapi.statements.prepare import prepare
from xapi.store import follow, write
from xapi.store.follow import Cursor
from xapi.store.tables import Statement
from xapi.transfer import leases, targets
from xapi.transfer.tables import ForwardGone, ForwardTarget

RATED = "https://example.org/verbs/rated"
COURSE = "https://example.org/course/7"


def ids(*statements: dict[str, Any]) -> list[str]:
    return [one["id"] for one in statements]


def test_a_filter_by_verb(db: Database, tenant: UUID, there: StandIn) -> None:
    rated = [statement(verb={"id": RATED}) for _ in range(3)]
    put(db, tenant, statement(), rated[0], statement(), rated[1], rated[2], statement())
    forwarding = Forwarding(db, tenant, there.endpoint, verbs=[RATED])
    forwarding.all()
    assert there.order == ids(*rated)
    assert forwarding.state.behind == 0


def test_a_filter_by_activity_looks_at_its_context_too(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    itself = statement(object={"id": COURSE})
    below = statement(context={"contextActivities": {"parent": [{"id": COURSE}]}})
    alone = statement(context={"contextActivities": {"category": {"id": COURSE}}})
    inner = statement(
        object={
            "objectType": "SubStatement",
            "actor": {"mbox": "mailto:a@example.org"},
            "verb": {"id": RATED},
            "object": {"id": COURSE},
        }
    )
    beside = statement(object={"id": COURSE + "1"})
    put(db, tenant, itself, beside, below, alone, inner)
    Forwarding(db, tenant, there.endpoint, activities=[COURSE]).all()
    assert there.order == ids(itself, below, alone, inner)


def test_both_filters_must_pass(db: Database, tenant: UUID, there: StandIn) -> None:
    both = statement(verb={"id": RATED}, object={"id": COURSE})
    put(db, tenant, statement(verb={"id": RATED}), both, statement(object={"id": COURSE}))
    Forwarding(db, tenant, there.endpoint, verbs=[RATED], activities=[COURSE]).all()
    assert there.order == ids(both)


def test_many_that_do_not_pass_are_skipped_without_a_call(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    last = statement(verb={"id": RATED})
    put(db, tenant, *[statement() for _ in range(2300)], last)
    forwarding = Forwarding(db, tenant, there.endpoint, verbs=[RATED])
    assert forwarding.step()
    assert (there.posts, forwarding.state.behind) == (0, 301)
    forwarding.all()
    assert there.order == ids(last)
    assert there.posts == 1


@pytest.mark.parametrize("together", [True, False], ids=["one-batch", "later-batch"])
def test_whoever_received_a_statement_receives_its_voiding(
    db: Database, tenant: UUID, there: StandIn, together: bool
) -> None:
    rated, scored = statement(verb={"id": RATED}), statement()
    void, other = voiding(rated["id"]), voiding(scored["id"])
    forwarding = Forwarding(db, tenant, there.endpoint, verbs=[RATED])
    put(db, tenant, rated, scored)
    if not together:
        forwarding.all()
    put(db, tenant, other, void)
    forwarding.all()
    assert there.order == ids(rated, void)


def test_a_voiding_that_came_before_its_statement_follows_it(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    rated, scored = statement(verb={"id": RATED}), statement()
    void, other, second = voiding(rated["id"]), voiding(scored["id"]), voiding(rated["id"])
    forwarding = Forwarding(db, tenant, there.endpoint, verbs=[RATED])
    put(db, tenant, void, other)
    forwarding.all()
    assert there.order == []
    put(db, tenant, second)
    forwarding.all()
    put(db, tenant, scored, rated)
    forwarding.all()
    assert there.order == ids(rated, void, second)


def test_a_voiding_before_its_statement_in_one_batch_goes_after_it(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    """Not every LRS hides a statement whose voiding came first."""
    rated = statement()
    void = voiding(rated["id"])
    put(db, tenant, void, rated)
    Forwarding(db, tenant, there.endpoint).all()
    assert there.order == ids(rated, void)


def expire(db: Database, tenant: UUID) -> None:
    """Let retention remove all that is there."""
    with db.reading(tenant) as session:
        newest = session.scalar(select(func.max(Statement.sid))) or 0
    cut = datetime.fromtimestamp(newest / 1_000_000 + 0.001, UTC)
    for _ in retention.remove(db, tenant, cut):
        pass


def test_whoever_received_what_retention_removed_receives_its_voiding(
    db: Database, tenant: UUID, stranger: UUID, there: StandIn
) -> None:
    rated, scored = statement(verb={"id": RATED}), statement()
    about = statement(context={"contextActivities": {"parent": [{"id": COURSE}]}})
    by_verb = Forwarding(db, tenant, there.endpoint, verbs=[RATED])
    put(db, tenant, rated, scored, about)
    put(db, stranger, statement(verb={"id": RATED}, id=scored["id"]))
    by_verb.all()
    expire(db, tenant)
    expire(db, stranger)
    voidings = [voiding(one["id"]) for one in (scored, rated, about)]
    put(db, tenant, *voidings)
    by_verb.all()
    assert there.order == ids(rated, voidings[1])
    with db.writing(tenant) as session:
        rows = session.execute(select(ForwardGone.target_id, ForwardGone.statement_id)).all()
        assert [tuple(row) for row in rows] == [(by_verb.id, UUID(rated["id"]))]
        targets.remove(session, tenant, "there")
        assert session.scalars(select(ForwardGone)).all() == []


def test_a_removed_statement_is_known_by_what_it_was_about(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    about = statement(context={"contextActivities": {"parent": [{"id": COURSE}]}})
    other = statement(object={"id": COURSE + "1"})
    forwarding = Forwarding(db, tenant, there.endpoint, activities=[COURSE])
    put(db, tenant, about, other)
    forwarding.all()
    expire(db, tenant)
    expire(db, tenant)
    voidings = [voiding(other["id"]), voiding(about["id"])]
    put(db, tenant, *voidings)
    forwarding.all()
    assert there.order == ids(about, voidings[1])


def test_of_what_was_removed_nothing_is_kept_where_every_voiding_goes_anyway(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    Forwarding(db, tenant, there.endpoint).all()
    put(db, tenant, statement())
    expire(db, tenant)
    with db.reading(tenant) as session:
        assert session.scalars(select(Statement)).all() == []
        assert session.scalars(select(ForwardGone)).all() == []


def test_a_voiding_wanted_for_itself_goes_whatever_it_voids(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    void = voiding(str(uuid4()))
    put(db, tenant, statement(), void)
    Forwarding(db, tenant, there.endpoint, verbs=[VOIDED]).all()
    assert there.order == ids(void)


def test_a_target_from_now_on_gets_nothing_of_before(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    put(db, tenant, statement())
    forwarding = Forwarding(db, tenant, there.endpoint, from_now=True)
    assert forwarding.state.behind == 0
    new = statement()
    put(db, tenant, new)
    assert forwarding.state.behind == 1
    forwarding.all()
    assert there.order == ids(new)


def test_what_1_0_3_cannot_say_is_refused_and_the_rest_goes_without_its_version(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    plain = statement()
    agents = [{"objectType": "contextAgent", "agent": {"mbox": "mailto:a@example.org"}}]
    newer = statement(context={"contextAgents": agents})
    put(db, tenant, plain, newer)
    forwarding = Forwarding(db, tenant, there.endpoint, version="1.0.3")
    forwarding.all()
    assert there.order == ids(plain)
    assert there.versions == {"1.0.3"}
    assert "version" not in there.kept[plain["id"]]
    (refused,) = forwarding.refused
    assert (str(refused.statement_id), refused.code) == (newer["id"], "needs-2.0")
    assert "contextAgents" in refused.said
    assert forwarding.state.behind == 0


def test_a_1_0_3_statement_keeps_its_version(db: Database, tenant: UUID, there: StandIn) -> None:
    with db.writing(tenant) as session:
        prepared = prepare(statement(version="1.0.0"), authority=AUTHORITY)
        write.append(session, tenant, [prepared])
    Forwarding(db, tenant, there.endpoint, version="2.0.0").all()
    (kept,) = there.kept.values()
    assert kept["version"] == "1.0.0"


def test_other_tenants_statements_are_gone_through_once(
    db: Database, tenant: UUID, stranger: UUID, there: StandIn
) -> None:
    forwarding = Forwarding(db, tenant, there.endpoint)
    first, second = statement(), statement()
    put(db, tenant, first)
    put(db, stranger, *[statement() for _ in range(20)])
    forwarding.all()
    with db.reading(tenant) as session:
        row = session.scalars(select(ForwardTarget)).one()
        cursor = Cursor(row.cursor_xid, row.cursor_sid)
        assert follow.after(session, stranger, cursor) == []
    seen: leases.Seen = {}
    assert leases.waiting(db, seen) == []
    put(db, stranger, statement())
    assert leases.waiting(db, seen) == []
    with db.reading(tenant) as session:
        assert follow.after(session, stranger, seen[forwarding.id][1]) == []
    put(db, tenant, second)
    assert leases.waiting(db, seen) == [forwarding.id]
    forwarding.all()
    assert leases.waiting(db, seen) == []
    with db.writing(tenant) as session:
        targets.resume(session, tenant, "there", from_start=True)
    assert leases.waiting(db, seen) == [forwarding.id]
    assert there.order == ids(first, second)


def test_no_late_commit_is_missed(db: Database, tenant: UUID, there: StandIn) -> None:
    """Eight writers whose transactions end out of order, and the forwarder beside them."""
    forwarding = Forwarding(db, tenant, there.endpoint)
    written: list[str] = []

    def work(number: int) -> None:
        for turn in range(25):
            one = statement()
            prepared = prepare(one, authority=AUTHORITY)
            with db.writing(tenant) as session:
                write.append(session, tenant, [prepared])
                if not db.is_sqlite and (turn + number) % 4 == 0:
                    time.sleep(0.01)
            written.append(one["id"])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        forwarding.step()
    forwarding.all()
    assert len(there.order) == 200
    assert sorted(there.order) == sorted(written)
