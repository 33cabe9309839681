"""Lists: every filter alone and together, paging, and what another tenant sees of it (nothing)."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from foundation.db import Database, beneath
from tests.xapi.samples import statement, voiding
from tests.xapi.store.helpers import listed, put
from xapi.access import credentials
from xapi.store import follow, postgresql, query, sqlite
from xapi.store.query import Filters

LEARNER = "mbox mailto:learner@example.org"
TEACHER = "mbox mailto:teacher@example.org"
REGISTRATION = uuid4()
ID_OF_NONE = str(uuid4())


def scene(db: Database, tenant: UUID) -> dict[str, str]:
    learner = {"mbox": "mailto:learner@example.org"}
    teacher = {"mbox": "mailto:teacher@example.org"}
    named = {
        "plain": statement(),
        "group": statement(actor={"objectType": "Group", "member": [learner]}),
        "about": statement(object={"objectType": "Agent", **learner}),
        "taught": statement(actor=learner, context={"instructor": teacher}),
        "inside": statement(
            object={
                "objectType": "SubStatement",
                "actor": teacher,
                "verb": {"id": "https://e.org/planned"},
                "object": {"id": "https://e.org/quiz"},
            }
        ),
        "quiz": statement(object={"id": "https://e.org/quiz"}, verb={"id": "https://e.org/did"}),
        "course": statement(
            context={
                "registration": str(REGISTRATION),
                "contextActivities": {"grouping": [{"id": "https://e.org/quiz"}]},
            }
        ),
    }
    for one in named.values():
        put(db, tenant, one)
    return {one["id"]: name for name, one in named.items()}


CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "course quiz inside taught about group plain"),
    ({"ascending": True}, "plain group about taught inside quiz course"),
    ({"limit": 2}, "course quiz"),
    ({"agent": LEARNER}, "taught about group"),
    ({"agent": TEACHER}, ""),
    ({"agent": TEACHER, "related_agents": True}, "inside taught"),
    ({"agent": LEARNER, "related_agents": True}, "taught about group"),
    ({"agent": LEARNER, "ascending": True}, "group about taught"),
    ({"verb": "https://e.org/did"}, "quiz"),
    ({"verb": "https://e.org/planned"}, ""),
    ({"activity": "https://e.org/quiz"}, "quiz"),
    ({"activity": "https://e.org/quiz", "related_activities": True}, "course quiz inside"),
    ({"registration": REGISTRATION}, "course"),
    ({"registration": REGISTRATION, "activity": "https://e.org/quiz"}, ""),
    (
        {
            "registration": REGISTRATION,
            "activity": "https://e.org/quiz",
            "related_activities": True,
            "verb": "http://adlnet.gov/expapi/verbs/scored",
        },
        "course",
    ),
    ({"agent": LEARNER, "verb": "https://e.org/did"}, ""),
    ({"authority": "mbox mailto:nobody@example.org"}, ""),
    (
        {"authority": 'account ["https://twofold.example", "key-1"]', "agent": LEARNER},
        "taught about group",
    ),
]


def test_filters(db: Database, tenant: UUID) -> None:
    names = scene(db, tenant)
    for filters, expected in CASES:
        found = " ".join(names[one] for one in listed(db, tenant, **filters))
        assert found == expected, filters


def test_since_is_exclusive_and_until_inclusive(db: Database, tenant: UUID) -> None:
    first, second, third = (put(db, tenant, statement())[0] for _ in range(3))
    assert listed(db, tenant, since=first.sid, ascending=True) == [str(second.id), str(third.id)]
    assert listed(db, tenant, until=second.sid) == [str(second.id), str(first.id)]
    assert listed(db, tenant, since=first.sid, until=second.sid) == [str(second.id)]
    assert listed(db, tenant, since=third.sid) == []


def test_pages_are_stable_while_statements_arrive(db: Database) -> None:
    for ascending in (False, True):
        for verb in (None, "http://adlnet.gov/expapi/verbs/scored"):
            _walk(db, uuid4(), ascending, verb)


def _walk(db: Database, tenant: UUID, ascending: bool, verb: str | None) -> None:
    there = [str(put(db, tenant, statement())[0].id) for _ in range(10)]
    seen: list[str] = []
    cursor: int | None = None
    for _ in range(20):
        with db.reading(tenant) as session:
            page = query.find(
                session, tenant, Filters(ascending=ascending, verb=verb), cursor, limit=3
            )
        seen += [str(found.id) for found in page.found]
        cursor = page.more
        if cursor is None:
            break
        if len(there) < 14:
            there.append(str(put(db, tenant, statement())[0].id))
    assert seen == (there if ascending else list(reversed(there[:10])))


def test_the_last_full_page_says_that_it_is_the_last(db: Database, tenant: UUID) -> None:
    for _ in range(4):
        put(db, tenant, statement())
    with db.reading(tenant) as session:
        page = query.find(session, tenant, Filters(), limit=2)
        assert page.more == page.found[-1].sid
        page = query.find(session, tenant, Filters(), page.more, limit=2)
        assert (len(page.found), page.more) == (2, None)


def test_no_page_is_longer_than_the_limit(
    db: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "MAX_LIMIT", 2)
    put(db, tenant, *(statement() for _ in range(3)))
    assert len(listed(db, tenant, limit=0)) == 2
    assert len(listed(db, tenant, limit=50)) == 2


def _found(filters: Filters, session: Session, tenant: UUID) -> Any:
    return query.find(session, tenant, filters).found


def _plan(
    db: Database, tenant: UUID, filters: Filters, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The steps by which the database finds this list."""
    asked: list[tuple[str, Any]] = []

    def rows(connection: Any, question: str, given: Any) -> Any:
        asked.append((question, given))
        return _rows(connection, question, given)

    def together(connection: Any, first: str, second: str, given: Any) -> Any:
        asked.append((second, given))
        return _together(connection, first, second, given)

    monkeypatch.setattr(sqlite, "rows", rows)
    monkeypatch.setattr(postgresql, "together", together)
    with db.reading(tenant) as session:
        query.find(session, tenant, filters)
        ((question, given),) = asked
        if db.is_sqlite:
            plan = _rows(beneath(session), f"EXPLAIN QUERY PLAN {question}", given)
        else:
            plan = list(beneath(session).exec_driver_sql(f"EXPLAIN {question}", given))
        return [str(row[-1]) for row in plan]


_rows = sqlite.rows
_together = postgresql.together
AGENT = "mbox mailto:a@example.org"
FORMS = [
    Filters(verb="https://e.org/v"),
    Filters(agent=AGENT, verb="https://e.org/v"),
    Filters(agent=AGENT, related_agents=True),
    Filters(agent=AGENT, activity="https://e.org/a", related_agents=True, related_activities=True),
    Filters(verb="https://e.org/v", activity="https://e.org/a", related_activities=True, since=1),
    Filters(authority=AGENT),
]


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_no_list_is_sorted(
    db: Database,
    tenant: UUID,
    form: Filters,
    ascending: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each starts from the mention and walks its index in the order of the answer."""
    steps = _plan(db, tenant, replace(form, ascending=ascending), monkeypatch)
    plan = "\n".join(steps)
    assert "TEMP B-TREE" not in plan
    assert not re.search(r"^\W*(Incremental )?Sort  ?\(cost", plan, re.MULTILINE)
    assert "Seq Scan" not in plan
    if db.is_sqlite:
        searches = [step for step in steps if "SEARCH" in step or "SCAN" in step]
        assert "first" in searches[0]
        looked_up = [step for step in searches if " xapi_statement " in step]
        assert looked_up
        assert all("sid=?" in step or "rowid=?" in step for step in looked_up)


@pytest.mark.parametrize("ascending", [False, True])
def test_direct_and_related_mentions_are_one_list(
    db: Database, tenant: UUID, ascending: bool
) -> None:
    """Also where a statement mentions directly what it mentions through another one as related."""
    learner, quiz = {"mbox": "mailto:learner@example.org"}, {"id": "https://e.org/quiz"}
    expected: list[str] = []
    for number in range(24):
        context = {"contextActivities": {"parent": [quiz]}, "instructor": learner}
        one = (
            statement(actor=learner, object=quiz),
            statement(context=context),
            statement(),
            statement(
                actor=learner,
                object={
                    "objectType": "StatementRef",
                    "id": expected[-1] if expected else ID_OF_NONE,
                },
                context=context,
            ),
        )[number % 4]
        put(db, tenant, one)
        if number % 4 != 2:
            expected.append(one["id"])
    if not ascending:
        expected.reverse()
    for wanted in (
        Filters(agent=LEARNER, related_agents=True),
        Filters(activity=quiz["id"], related_activities=True),
        Filters(agent=LEARNER, activity=quiz["id"], related_agents=True, related_activities=True),
    ):
        seen: list[str] = []
        cursor = None
        while len(seen) < 100:
            with db.reading(tenant) as session:
                page = query.find(session, tenant, replace(wanted, ascending=ascending), cursor, 5)
            seen += [str(one.id) for one in page.found]
            if page.more is None:
                break
            cursor = page.more
        assert seen == expected


ID, GONE = uuid4(), uuid4()
QUERIES: dict[str, Callable[[Session, UUID], Any]] = {
    "one": lambda session, tenant: query.one(session, tenant, ID),
    "one, voided": lambda session, tenant: query.one(session, tenant, GONE, voided=True),
    "find": lambda session, tenant: query.find(session, tenant, Filters()).found,
    "follow": lambda session, tenant: follow.after(session, tenant, follow.START),
    "credentials": credentials.listed,
    **{
        f"find by {name}": partial(_found, filters)
        for name, filters in {
            "agent": Filters(agent=LEARNER),
            "related agent": Filters(agent=LEARNER, related_agents=True),
            "verb": Filters(verb="https://e.org/v"),
            "activity": Filters(activity="https://e.org/a"),
            "related activity": Filters(activity="https://e.org/a", related_activities=True),
            "registration": Filters(registration=REGISTRATION),
            "time": Filters(since=0, until=2**60),
            "authority": Filters(authority='account ["https://twofold.example", "key-1"]'),
        }.items()
    },
}


def test_no_query_shows_another_tenants_rows(db: Database, tenant: UUID, stranger: UUID) -> None:
    sent = statement(
        id=str(ID),
        actor={"mbox": "mailto:learner@example.org"},
        verb={"id": "https://e.org/v"},
        object={"id": "https://e.org/a"},
        context={"registration": str(REGISTRATION)},
    )
    gone = statement(id=str(GONE))
    put(db, tenant, sent, gone, voiding(str(GONE)))
    with db.writing(tenant) as session:
        credentials.create(session, tenant, "mine", ["all"])
    for name, ask in QUERIES.items():
        with db.reading(tenant) as session:
            assert ask(session, tenant), name
        with db.reading(stranger) as session:
            assert not ask(session, stranger), name
