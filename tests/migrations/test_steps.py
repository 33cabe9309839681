"""Alembic's steps on both engines: to head and back, from a filled database, after a kill."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from foundation.db import EVERY_TENANT, Database
from lti_tool import schema
from rubrics.tables.people import Tenant
from tests.postgres import Postgres
from xapi.store.postgresql import UNMAPPED

pytestmark = pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")

REVISIONS = [
    step.revision
    for step in reversed(
        list(ScriptDirectory.from_config(schema.alembic_config()).walk_revisions())
    )
]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: Postgres
) -> Iterator[Database]:
    """A database without a schema, on each engine in turn."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield database
        database.dispose()
        return
    name = f"empty_{uuid4().hex}"
    database = Database(postgres_server.create(name))
    yield database
    database.dispose()
    postgres_server.drop(name)


def columns(database: Database) -> set[str]:
    inspector = inspect(database.engine)
    return {
        f"{table}.{column['name']}"
        for table in set(inspector.get_table_names()) - {"alembic_version"}
        for column in inspector.get_columns(table)
    }


def standing(database: Database) -> tuple[str | None, set[str]]:
    """The step that it is at, and its columns."""
    with database.engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
    return at, columns(database)


def add_tenant(database: Database) -> UUID:
    with database.writing(EVERY_TENANT) as session:
        tenant = Tenant(name="Before")
        session.add(tenant)
        session.flush()
        return tenant.id


def test_the_lineage_is_one_line() -> None:
    assert len(ScriptDirectory.from_config(schema.alembic_config()).get_heads()) == 1


def test_head_is_what_the_models_say(empty: Database) -> None:
    schema.upgrade(empty)
    schema.require_head(empty)
    for metadata in schema.METADATA:
        options = {
            "compare_type": False,
            "include_name": lambda name, kind, _parents, mine=metadata.tables: (
                name in mine if kind == "table" else name not in UNMAPPED
            ),
        }
        with empty.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, metadata) == []


def test_a_filled_database_goes_step_by_step(empty: Database) -> None:
    """The oldest step's rows are still there, unchanged, at every later one."""
    schema.upgrade(empty, REVISIONS[0])
    tenant = add_tenant(empty)
    for revision in REVISIONS[1:]:
        schema.upgrade(empty, revision)
        with empty.reading(EVERY_TENANT) as session:
            found = session.get(Tenant, tenant)
            assert found is not None
            assert found.name == "Before"
    schema.require_head(empty)


def test_a_killed_step_leaves_nothing_and_is_repeated(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure just before a step's commit undoes it whole; the next run does it."""

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    for revision in REVISIONS:
        untouched = standing(empty)
        with monkeypatch.context() as patch:
            patch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", die)
            with pytest.raises(Killed):
                schema.upgrade(empty, revision)
        assert standing(empty) == untouched, revision
        schema.upgrade(empty, revision)
        assert standing(empty)[0] == revision


def test_back_to_nothing_and_up_again(empty: Database) -> None:
    schema.upgrade(empty)
    full = columns(empty)
    config = schema.alembic_config()
    with empty.migrating() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert columns(empty) == set()
    schema.upgrade(empty)
    assert columns(empty) == full


def test_a_schema_that_is_not_at_head_is_refused(empty: Database) -> None:
    with pytest.raises(schema.SchemaNotAtHead, match="twofold db upgrade"):
        schema.require_head(empty)


def test_foreign_keys_hold_after_an_upgrade(empty: Database) -> None:
    schema.upgrade(empty)
    with empty.engine.connect() as connection, pytest.raises(Exception, match=r"(?i)foreign key"):
        connection.execute(
            text(
                "INSERT INTO course (id, tenant_id, title, created_at) VALUES "
                "(:id, :id, 'x', '2026-01-01 00:00:00')"
            ),
            {"id": uuid4().hex},
        )
