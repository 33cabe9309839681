"""Everything that a database holds, for tests that look for what must not be there."""

from typing import Any

from sqlalchemy import inspect

from foundation.db import Database


def dump(database: Database) -> dict[str, set[tuple[str, ...]]]:
    """The rows of every table there is, each column as text, by the table's name."""
    with database.engine.connect() as connection:
        return {
            table: {
                tuple(_text(value) for value in row)
                for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            }
            for table in inspect(connection).get_table_names()
        }


def mentions(database: Database, *needles: str) -> list[str]:
    """The tables in which one of these texts stands, in whichever case."""
    return [
        f"{table}: {row}"
        for table, rows in dump(database).items()
        for row in rows
        if any(needle.casefold() in " ".join(row).casefold() for needle in needles)
    ]


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        data = bytes(value)
        return f"{data.hex()} {data.decode('utf-8', 'replace')}"
    return str(value)
