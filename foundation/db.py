"""The engine, and `reading()` and `writing()`: the only two ways to a database session.

A session carries its tenant: every ORM query on a `TenantOwned` table is filtered by it and every
new row is checked against it. Outside migrations and xapi/store only this file knows which engine
runs. Inside `writing()`: no HTTP, no rendering, no password hash.
"""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Engine,
    Executable,
    ForeignKey,
    Uuid,
    bindparam,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    Session,
    declared_attr,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names of constraints, for the MetaData of every Base: migrations must be able to name them."""

JSON_VALUE = JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
"""A column of JSON: jsonb on PostgreSQL."""

_WRITING = "twofold_writing"
_LASTING = "twofold_lasting"
_ALONE = "twofold_alone"
_USED = "twofold_used"
_SURELY_ALIVE = 0.1
"""Seconds after its last use within which a connection is not asked whether it is alive: shorter
than a database takes to start again."""
_POSTGRESQL_OPTIONS = "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC"


class Everyone(Enum):
    """Says in so many words that a session sees the rows of all tenants."""

    EVERY_TENANT = "every tenant"


EVERY_TENANT = Everyone.EVERY_TENANT
"""For launches that do not know their tenant yet, the delivery worker and commands."""

Scope = UUID | Literal[Everyone.EVERY_TENANT]


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC with microseconds; naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class TenantOwned:
    """Mixin of every table whose rows belong to one tenant; the session filters by `tenant_id`."""

    @declared_attr
    def tenant_id(cls) -> Mapped[UUID]:  # noqa: N805 - declared_attr hands over the class
        return mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"), index=True)


_SCOPE = bindparam("session_tenant", type_=Uuid())
_OF_THE_TENANT = with_loader_criteria(
    TenantOwned,
    lambda cls: cls.tenant_id == _SCOPE,
    include_aliases=True,
    # What rows load later asks this session again, for the tenant that it serves then.
    propagate_to_loaders=False,
)
_FILTERED: WeakKeyDictionary[Executable, Executable] = WeakKeyDictionary()


class ForeignTenant(Exception):
    """A row of one tenant was about to be written in a session of another: a programming error."""


class Database:
    """One database: SQLite (WAL, synchronous FULL) or PostgreSQL, by its SQLAlchemy URL."""

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        parsed = make_url(url)
        self.url = url
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("SQLite must be a file: sqlite:////path/to/twofold.db")
            self._lock_path: str | None = os.path.abspath(parsed.database) + ".lock"
            self.engine = create_engine(
                parsed,
                connect_args={"timeout": 30},
                pool_size=pool_size,
                max_overflow=pool_size,
                hide_parameters=True,
            )
            _prepare_sqlite(self.engine)
        else:
            self._lock_path = None
            self.engine = create_engine(
                parsed.set(drivername="postgresql+psycopg"),
                pool_size=pool_size,
                max_overflow=pool_size,
                hide_parameters=True,
                connect_args={"options": _POSTGRESQL_OPTIONS},
            )
            _ask_the_idle(self.engine)

    @contextmanager
    def reading(self, scope: Scope, *, alone: bool = False) -> Iterator[Session]:
        """A read-only session of one tenant (or of EVERY_TENANT) on one snapshot of the moment.

        `alone`: for a single question that changes nothing. It is answered without a transaction
        around it, and on PostgreSQL so without waiting twice more.
        """
        options: dict[str, Any] = {_ALONE: alone}
        if not self.is_sqlite:
            options = {"isolation_level": "AUTOCOMMIT"} if alone else {"postgresql_readonly": True}
        # Not committed: whatever a statement might have changed ends with the block.
        with (
            self.engine.connect().execution_options(**options) as connection,
            _session(connection, scope) as session,
        ):
            session.info["read_only"] = True
            yield session

    @contextmanager
    def writing(self, scope: Scope, *, lasting: bool = True) -> Iterator[Session]:
        """A session in one transaction: committed when the block ends, rolled back if it raises.

        Not `lasting`: a power cut may lose it, so that its commit does not wait for the disk.
        On SQLite writers queue at a lock file before they take the database's own lock, which is
        what keeps their waiting short and free of "database is locked".
        """
        with (
            self._queue(),
            self.engine.connect().execution_options(
                **{_WRITING: True, _LASTING: lasting}
            ) as connection,
            connection.begin(),
            _session(connection, scope) as session,
        ):
            if not (lasting or self.is_sqlite):
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield session
            session.flush()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection outside any transaction, for Alembic alone; one process at a time."""
        with self._queue(), self.engine.connect().execution_options(**{_WRITING: True}) as wanted:
            if not self.is_sqlite:
                wanted.exec_driver_sql("SELECT pg_advisory_lock(7020001)")
                wanted.commit()
            try:
                yield wanted
            finally:
                if not self.is_sqlite:
                    wanted.rollback()
                    wanted.exec_driver_sql("SELECT pg_advisory_unlock(7020001)")
                    wanted.commit()

    def dispose(self) -> None:
        """Close the pooled connections; needed before a fork."""
        self.engine.dispose()

    def _queue(self) -> Any:
        return nullcontext() if self._lock_path is None else _flock(self._lock_path)


def insert_into(session: Session, table: Any) -> Any:
    """An INSERT of this session's engine, to be continued with `on_conflict_do_…`."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def beneath(session: Session) -> Connection:
    """The connection of a session, for a question in which the ORM has no part.

    Nothing that this session has not flushed yet is seen by it.
    """
    connection = session.get_bind()
    if not isinstance(connection, Connection):
        raise TypeError("a session of reading() or writing() is wanted")
    return connection


def tenant_of(session: Session) -> UUID:
    """The tenant that this session serves. Raises ForeignTenant where it serves all."""
    scope = session.info["scope"]
    if not isinstance(scope, UUID):
        raise ForeignTenant("this needs a session of one tenant")
    return scope


@contextmanager
def serving(session: Session, tenant_id: UUID) -> Iterator[Session]:
    """Within a session of EVERY_TENANT: work for one tenant, in the same transaction."""
    wide = session.info["scope"]
    if wide is not EVERY_TENANT:
        raise ForeignTenant("this session serves one tenant already")
    session.flush()
    session.info["scope"] = tenant_id
    try:
        yield session
        session.flush()
    finally:
        session.info["scope"] = wide


def _session(connection: Connection, scope: Scope) -> Session:
    return Session(
        connection,
        expire_on_commit=False,
        info={"scope": scope},
        join_transaction_mode="rollback_only",
    )


@contextmanager
def _flock(path: str) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _ask_the_idle(engine: Engine) -> None:
    """Let a connection that was idle prove that it is alive before it is used.

    Not every time, as `pool_pre_ping` would: that is one more round trip for each transaction.
    """

    @event.listens_for(engine, "checkin")
    def given_back(_connection: Any, record: Any) -> None:
        record.info[_USED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def taken(dbapi_connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get(_USED, 0.0) < _SURELY_ALIVE:
            return
        try:
            engine.dialect.do_ping(dbapi_connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError("it died while it was idle") from error


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None
        for pragma in (
            "page_size=4096",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # Pages: a store that takes much in writes most pages many times before a checkpoint.
            "wal_autocheckpoint=32000",
        ):
            dbapi_connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get(_ALONE, False):
            return
        writing = options.get(_WRITING, False)
        if writing:
            # Outside of a transaction, where alone SQLite changes it.
            wait = "FULL" if options.get(_LASTING, True) else "NORMAL"
            connection.connection.cursor().execute(f"PRAGMA synchronous={wait}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@event.listens_for(Session, "do_orm_execute")
def _only_this_tenant(state: ORMExecuteState) -> None:
    scope = state.session.info.get("scope")
    if not isinstance(scope, UUID) or state.is_column_load:
        return
    parameters = state.parameters
    if state.is_select and (parameters is None or isinstance(parameters, Mapping)):
        # The tenant is a parameter: one text serves them all, and nothing is compared with it.
        state.parameters = {**(parameters or {}), _SCOPE.key: scope}
        state.statement = _filtered(state.statement)
        return
    known: dict[UUID, ExecutableOption] = state.session.info.setdefault("criteria", {})
    if scope not in known:
        known[scope] = with_loader_criteria(
            TenantOwned, lambda cls: cls.tenant_id == scope, include_aliases=True
        )
    state.statement = state.statement.options(known[scope])


def _filtered(statement: Executable) -> Executable:
    """The query with the filter, the same object for one that is built once and run often."""
    known = _FILTERED.get(statement)
    if known is None:
        known = _FILTERED[statement] = statement.options(_OF_THE_TENANT)
    return known


@event.listens_for(Session, "before_flush")
def _check_writes(session: Session, _context: Any, _instances: Any) -> None:
    if session.info.get("read_only") and (session.new or session.dirty or session.deleted):
        raise RuntimeError("a reading session cannot write")
    scope = session.info.get("scope")
    if not isinstance(scope, UUID):
        return
    for row in (*session.new, *session.dirty):
        if not isinstance(row, TenantOwned):
            continue
        if row.tenant_id is None:
            row.tenant_id = scope
        elif row.tenant_id != scope:
            raise ForeignTenant(f"{type(row).__name__} of another tenant")
