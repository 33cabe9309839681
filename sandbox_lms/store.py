"""The sandbox LMS's own SQLite file: connections, transactions and the few shared look-ups.

Touches only that file. Every write runs in BEGIN IMMEDIATE, so two threads never race
between looking and writing. Serves no specification of its own.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import cast

from flask import current_app


class Store:
    """One SQLite file; created with its tables where it does not exist."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # One connection stays open: closing the last one would checkpoint at every request.
        self._anchor = self._connect()
        self._anchor.execute("PRAGMA journal_mode=WAL")
        schema = files("sandbox_lms").joinpath("schema.sql").read_text(encoding="utf-8")
        self._anchor.executescript(schema)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=10, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with; closed at the end."""
        connection = self._connect()
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction; committed at the end, rolled back on an error."""
        connection = self._connect()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        finally:
            connection.close()

    def close(self) -> None:
        self._anchor.close()


def store() -> Store:
    """The store of the application that is answering."""
    return cast(Store, current_app.extensions["sandbox_store"])


def one(connection: sqlite3.Connection, sql: str, *values: object) -> sqlite3.Row | None:
    """The first row of a query, or None."""
    return cast("sqlite3.Row | None", connection.execute(sql, values).fetchone())


def every(connection: sqlite3.Connection, sql: str, *values: object) -> list[sqlite3.Row]:
    """All rows of a query."""
    return connection.execute(sql, values).fetchall()


def first_time(
    connection: sqlite3.Connection, kind: str, client_id: str, value: str, expires: float
) -> bool:
    """Remember a one-use value (a jti, a nonce); False if this client has used it before."""
    connection.execute("DELETE FROM seen_once WHERE expires < ?", (time.time(),))
    added = connection.execute(
        "INSERT OR IGNORE INTO seen_once (kind, client_id, value, expires) VALUES (?, ?, ?, ?)",
        (kind, client_id, value, expires),
    )
    return added.rowcount == 1


def deployed_tool(connection: sqlite3.Connection, type_id: int) -> sqlite3.Row:
    """The deployment with this number together with its tool."""
    row = one(
        connection,
        "SELECT tool.*, deployment.type_id, deployment.deployment_id FROM deployment"
        " JOIN tool USING (client_id) WHERE type_id = ?",
        type_id,
    )
    if row is None:
        raise LookupError(f"no deployment number {type_id}")
    return row
