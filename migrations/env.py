"""Runs one Alembic lineage for both Bases (the application's and the LRS's) on both engines.

Each step is one transaction. SQLite's foreign keys are off while a step runs, since a table that is
re-created would cascade into its children, and are checked before the step commits.
"""

from typing import Any

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, types

from foundation.db import JSON_VALUE, UTCDateTime
from lti_tool.schema import METADATA


def render_item(kind: str, item: object, _context: Any) -> str | bool:
    """Write the house's column types as plain SQLAlchemy, so that old steps never change."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, types.Enum):
        return f"sa.String(length={item.length})"
    if isinstance(item, type(JSON_VALUE)):
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def check_foreign_keys(ctx: Any, **_: Any) -> None:
    """Refuse to commit a step that left a row without its parent."""
    if ctx.connection.dialect.name == "sqlite":
        broken = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the step leaves rows without a parent: {broken[:5]}")


def run_on(connection: Connection) -> None:
    """Run the wanted steps on an open connection that has not begun a transaction."""
    driver = connection.connection.driver_connection
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        driver.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_item=render_item,
        render_as_batch=is_sqlite,
        transactional_ddl=True,
        transaction_per_migration=True,
        on_version_apply=check_foreign_keys,
        compare_type=False,
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        if is_sqlite:
            if connection.in_transaction():
                connection.rollback()
            driver.execute("PRAGMA foreign_keys=ON")


def main() -> None:
    """Find the database: a Connection or an Engine in the attributes, else the URL."""
    given = context.config.attributes.get("connection")
    if isinstance(given, Connection):
        run_on(given)
        return
    engine = given
    if not isinstance(engine, Engine):
        engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as connection:
        run_on(connection)


main()
