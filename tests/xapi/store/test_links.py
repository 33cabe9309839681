"""Voiding and StatementRefs, in every order of arrival."""

from itertools import permutations, product
from typing import Any
from uuid import UUID, uuid4

from foundation.db import Database
from tests.xapi.samples import pointing_at, statement, voiding
from tests.xapi.store.helpers import counted, listed, put
from xapi.store import query

VERB = "https://example.org/verbs/rare"
OTHER = {"verb": {"id": "https://example.org/verbs/other"}}


def found(db: Database, tenant: UUID, statement_id: str, *, voided: bool) -> bool:
    with db.reading(tenant) as session:
        return query.one(session, tenant, UUID(statement_id), voided=voided) is not None


def test_a_voided_statement_is_hidden(db: Database) -> None:
    target = statement(verb={"id": VERB})
    void = voiding(target["id"])
    for arrivals in ([[target], [void]], [[void], [target]], [[target, void]], [[void, target]]):
        tenant = uuid4()
        for batch in arrivals:
            put(db, tenant, *batch)
        _assert_hidden(db, tenant, target, void)


def _assert_hidden(db: Database, tenant: UUID, target: Any, void: Any) -> None:
    assert not found(db, tenant, target["id"], voided=False)
    assert found(db, tenant, target["id"], voided=True)
    assert found(db, tenant, void["id"], voided=False)
    assert not found(db, tenant, void["id"], voided=True)
    assert listed(db, tenant) == [void["id"]]
    assert listed(db, tenant, verb=VERB) == [void["id"]]


def test_voiding_something_unknown_is_accepted(db: Database, tenant: UUID) -> None:
    void = voiding(str(uuid4()))
    put(db, tenant, void)
    assert listed(db, tenant) == [void["id"]]


def test_a_void_cannot_be_voided(db: Database) -> None:
    target = statement()
    void = voiding(target["id"])
    second = voiding(void["id"])
    for arrivals in ((target, second, void), (target, void, second), (second, void, target)):
        tenant = uuid4()
        for one in arrivals:
            put(db, tenant, one)
        assert found(db, tenant, void["id"], voided=False)
        assert not found(db, tenant, void["id"], voided=True)
        assert found(db, tenant, target["id"], voided=True)


def test_a_void_of_another_tenant_voids_nothing(db: Database, tenant: UUID, stranger: UUID) -> None:
    target = statement()
    put(db, tenant, target)
    put(db, stranger, voiding(target["id"]))
    assert found(db, tenant, target["id"], voided=False)


def test_a_plain_reference_voids_nothing(db: Database, tenant: UUID) -> None:
    target = statement()
    put(db, tenant, target, pointing_at(target["id"], **OTHER))
    assert found(db, tenant, target["id"], voided=False)


def test_filters_match_through_references(db: Database) -> None:
    for order, together in product(permutations(range(3)), (False, True)):
        _follow_through(db, uuid4(), order, together)


def _follow_through(db: Database, tenant: UUID, order: tuple[int, ...], together: bool) -> None:
    agent = {"mbox": "mailto:rare@example.org"}
    registration = uuid4()
    target = statement(
        actor=agent,
        verb={"id": VERB},
        object={"id": "https://e.org/rare"},
        context={
            "registration": str(registration),
            "contextActivities": {"parent": [{"id": "https://e.org/parent"}]},
        },
    )
    middle = pointing_at(target["id"], **OTHER)
    top = pointing_at(middle["id"], **OTHER)
    sent = [[target, middle, top][place] for place in order]
    for group in [sent] if together else [[one] for one in sent]:
        put(db, tenant, *group)
    put(db, tenant, statement())
    everything = {target["id"], middle["id"], top["id"]}
    filters: tuple[dict[str, Any], ...] = (
        {"verb": VERB},
        {"agent": "mbox mailto:rare@example.org"},
        {"agent": "mbox mailto:rare@example.org", "related_agents": True},
        {"activity": "https://e.org/rare"},
        {"activity": "https://e.org/parent", "related_activities": True},
        {"registration": registration},
    )
    for one in filters:
        assert set(listed(db, tenant, **one)) == everything, (order, together, one)
    assert set(listed(db, tenant, verb="https://example.org/verbs/other")) == {
        middle["id"],
        top["id"],
    }


def test_statements_that_point_in_a_circle(db: Database, tenant: UUID) -> None:
    one = pointing_at(str(uuid4()), verb={"id": VERB})
    other = pointing_at(one["id"], **OTHER)
    one["object"]["id"] = other["id"]
    itself = pointing_at(str(uuid4()), verb={"id": VERB})
    itself["object"]["id"] = itself["id"]
    put(db, tenant, one)
    put(db, tenant, other, itself)
    assert set(listed(db, tenant, verb=VERB)) == {one["id"], other["id"], itself["id"]}


def test_the_last_of_several_referrers_is_not_forgotten(db: Database, tenant: UUID) -> None:
    target = statement(verb={"id": VERB})
    referrers = [pointing_at(target["id"], **OTHER) for _ in range(5)]
    for one in referrers:
        put(db, tenant, one)
    put(db, tenant, target)
    assert set(listed(db, tenant, verb=VERB)) == {target["id"], *(one["id"] for one in referrers)}


def test_very_many_may_point_at_one_that_comes_late(db: Database) -> None:
    """What it costs is the number of rows, not of questions to the database."""
    asked = []
    for many in (20, 600):
        tenant = uuid4()
        late = statement(verb={"id": VERB})
        pointing = [pointing_at(late["id"], **OTHER) for _ in range(many)]
        put(db, tenant, *pointing)
        with counted(db) as statements:
            put(db, tenant, late)
        asked.append(len(statements))
        assert listed(db, tenant, verb=VERB) == [one["id"] for one in [late, *reversed(pointing)]]
    assert asked[0] == asked[1]
