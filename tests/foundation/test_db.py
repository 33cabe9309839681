"""Sessions: one tenant sees its own rows, writers wait for each other, readers cannot write."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import bindparam, delete, func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, OperationalError
from sqlalchemy.orm import load_only

from foundation.db import EVERY_TENANT, Database, ForeignTenant, insert_into, serving, tenant_of
from rubrics.tables.people import Course, Enrolment, Person, Tenant
from rubrics.words import CourseRole

AT = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def two(db: Database) -> tuple[UUID, UUID]:
    """Two tenants, each with one course and one person in it."""
    with db.writing(EVERY_TENANT) as session:
        tenants = [Tenant(name=name) for name in ("North", "South")]
        session.add_all(tenants)
        session.flush()
        north, south = (tenant.id for tenant in tenants)
        for tenant in tenants:
            with serving(session, tenant.id):
                course = Course(title=f"{tenant.name} course")
                person = Person(issuer="https://lms", subject="1", name=tenant.name, seen_at=AT)
                session.add_all([course, person])
                session.flush()
                session.add(
                    Enrolment(
                        course_id=course.id,
                        person_id=person.id,
                        role=CourseRole.LEARNER,
                        seen_at=AT,
                    )
                )
    return north, south


def test_every_way_of_reading_is_filtered(db: Database, two: tuple[UUID, UUID]) -> None:
    north, south = two
    with db.reading(south) as session:
        hers = session.scalars(select(Course)).one()
        assert hers.title == "South course"
    with db.reading(north) as session:
        assert session.get(Course, hers.id) is None
        assert session.scalars(select(Course.title)).all() == ["North course"]
        assert session.scalar(select(func.count()).select_from(Person)) == 1
        joined = select(Person.name).join(Enrolment, Enrolment.person_id == Person.id)
        assert session.scalars(joined).all() == ["North"]
        assert session.scalars(select(Course).where(Course.id == hers.id)).all() == []
        inside = select(Course.id).where(Course.title.like("%course"))
        assert len(session.scalars(select(Course).where(Course.id.in_(inside))).all()) == 1


def test_one_query_serves_one_tenant_after_another(db: Database, two: tuple[UUID, UUID]) -> None:
    """Built once and run often, as pages do: the tenant is the session's of that moment."""
    titles = select(Course.title).where(Course.title.like(bindparam("like")))
    whole = select(Course).options(load_only(Course.title))
    every = {"North course", "South course"}
    for _ in range(2):
        for tenant, name in zip(two, ("North course", "South course"), strict=True):
            with db.reading(tenant) as session:
                assert session.scalars(titles, {"like": "%course"}).all() == [name]
                (course,) = session.scalars(whole)
                assert (course.title, course.tenant_id) == (name, tenant)
        with db.reading(EVERY_TENANT) as session:
            assert set(session.scalars(titles, {"like": "%course"})) == every
    with db.writing(EVERY_TENANT) as session:
        with serving(session, two[0]):
            assert session.scalars(titles, {"like": "%course"}).all() == ["North course"]
        with serving(session, two[1]):
            assert session.scalars(titles, {"like": "%course"}).all() == ["South course"]
        assert set(session.scalars(titles, {"like": "%course"})) == every


def test_every_way_of_writing_is_filtered(db: Database, two: tuple[UUID, UUID]) -> None:
    north, south = two
    with db.writing(north) as session:
        session.execute(update(Course).values(title="Taken"))
        session.execute(delete(Enrolment))
    with db.reading(south) as session:
        assert session.scalars(select(Course.title)).all() == ["South course"]
        assert session.scalar(select(func.count()).select_from(Enrolment)) == 1


def test_a_row_of_another_tenant_cannot_be_written(db: Database, two: tuple[UUID, UUID]) -> None:
    north, south = two
    with pytest.raises(ForeignTenant), db.writing(north) as session:
        session.add(Course(title="Smuggled", tenant_id=south))
    with pytest.raises(ForeignTenant), db.writing(EVERY_TENANT) as session:
        tenant_of(session)
    with pytest.raises(ForeignTenant), db.writing(north) as session, serving(session, south):
        pass


def test_a_reading_session_cannot_write(db: Database, two: tuple[UUID, UUID]) -> None:
    with db.reading(two[0]) as session:
        session.add(Course(title="No"))
        with pytest.raises(RuntimeError, match="cannot write"):
            session.flush()


def test_a_statement_of_a_reading_session_changes_nothing(
    db: Database, two: tuple[UUID, UUID]
) -> None:
    with suppress(InternalError), db.reading(two[0]) as session:
        session.execute(update(Course).values(title="Changed"))
    with db.reading(two[0]) as session:
        assert session.scalars(select(Course.title)).all() == ["North course"]


def test_a_block_that_raises_leaves_nothing(db: Database, two: tuple[UUID, UUID]) -> None:
    def half() -> None:
        with db.writing(two[0]) as session:
            session.add(Course(title="Half"))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        half()
    with db.reading(two[0]) as session:
        assert session.scalars(select(Course.title)).all() == ["North course"]


def test_times_come_back_as_they_were_in_utc(db: Database, two: tuple[UUID, UUID]) -> None:
    berlin = timezone(timedelta(hours=1))
    at = datetime(2030, 6, 1, 10, 0, 0, 123456, tzinfo=berlin)
    with db.writing(two[0]) as session:
        session.scalars(select(Person)).one().seen_at = at
    with db.reading(two[0]) as session:
        found = session.scalars(select(Person)).one().seen_at
    assert found == at
    assert found.tzinfo is UTC
    with pytest.raises(Exception, match="time zone"), db.writing(two[0]) as session:
        session.scalars(select(Person)).one().seen_at = at.replace(tzinfo=None)


def test_foreign_keys_hold(db: Database, two: tuple[UUID, UUID]) -> None:
    with pytest.raises(IntegrityError), db.writing(two[0]) as session:
        session.add(
            Enrolment(course_id=UUID(int=1), person_id=UUID(int=2), role="learner", seen_at=AT)
        )


def test_writers_that_read_first_lose_no_update(db: Database, two: tuple[UUID, UUID]) -> None:
    """Eight threads read a counter, then write it: on SQLite writers take turns from the start."""
    north = two[0]

    def count() -> None:
        for _ in range(10):
            with db.writing(north) as session:
                course = session.scalars(select(Course).with_for_update()).one()
                course.label = str(int(course.label or 0) + 1)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading(north) as session:
        assert session.scalars(select(Course.label)).one() == "80"


def test_insert_into_continues_on_conflict(db: Database, two: tuple[UUID, UUID]) -> None:
    with db.writing(EVERY_TENANT) as session:
        again = insert_into(session, Tenant).values(id=two[0], name="Again", created_at=AT)
        session.execute(again.on_conflict_do_nothing())
        assert session.get_one(Tenant, two[0]).name == "North"


def test_sqlite_must_be_a_file() -> None:
    with pytest.raises(ValueError, match="file"):
        Database("sqlite://")


def test_an_error_says_nothing_of_what_was_written(db: Database) -> None:
    """Errors are logged, and values are people's names."""
    with pytest.raises(DBAPIError) as caught, db.writing(EVERY_TENANT) as session:
        session.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": "Ana"})
    assert "nowhere" in str(caught.value)
    assert "Ana" not in str(caught.value)


def _kill_others(db: Database, postgres_url: str) -> None:
    killer = Database(postgres_url)
    with killer.writing(EVERY_TENANT) as session:
        killed = session.scalars(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).all()
    killer.dispose()
    assert any(killed)


def test_a_connection_that_died_idle_is_replaced_unseen(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(postgres_url)
    with db.reading(EVERY_TENANT) as session:
        first = session.scalar(text("SELECT pg_backend_pid()"))
    _kill_others(db, postgres_url)
    monkeypatch.setattr("foundation.db._SURELY_ALIVE", 0.0)
    with db.reading(EVERY_TENANT) as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != first
    db.dispose()


def test_a_busy_connection_is_not_asked_and_one_failure_replaces_all(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(postgres_url)
    asked: list[object] = []
    ping = db.engine.dialect.do_ping

    def counted(connection: Any) -> bool:
        asked.append(connection)
        return ping(connection)

    monkeypatch.setattr(db.engine.dialect, "do_ping", counted)
    monkeypatch.setattr("foundation.db._SURELY_ALIVE", 60.0)
    with db.reading(EVERY_TENANT) as one, db.reading(EVERY_TENANT) as other:
        one.scalar(text("SELECT 1"))
        other.scalar(text("SELECT 1"))
    asked.clear()
    for _ in range(3):
        with db.reading(EVERY_TENANT) as session:
            session.scalar(text("SELECT 1"))
    assert asked == []
    _kill_others(db, postgres_url)
    with pytest.raises(OperationalError), db.reading(EVERY_TENANT) as session:
        session.scalar(text("SELECT 1"))
    for _ in range(3):
        with db.reading(EVERY_TENANT) as session:
            assert session.scalar(text("SELECT 1")) == 1
    db.dispose()


def test_a_single_question_leaves_no_transaction(db: Database) -> None:
    """And the next who gets the connection has one again."""
    with db.reading(EVERY_TENANT, alone=True) as session:
        assert session.scalar(select(1)) == 1
        driver = cast(psycopg.Connection, session.connection().connection.driver_connection)
        if not db.is_sqlite:
            assert driver.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
    with db.reading(EVERY_TENANT) as session:
        assert session.connection().connection.driver_connection is driver
        session.scalar(select(1))
        if not db.is_sqlite:
            assert driver.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS
            with pytest.raises(DBAPIError):
                session.execute(text("CREATE TABLE nothing (a int)"))
