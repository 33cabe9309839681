"""Exports and imports take the same memory, however many statements there are."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from foundation.db import EVERY_TENANT, Database
from rubrics.tables.people import Tenant
from tests.lti_tool.records.peaks import DAY_AFTER, FIRST_DAY
from tests.xapi.samples import AUTHORITY, statement
from xapi.statements import times
from xapi.statements.prepare import prepare
from xapi.store import keys
from xapi.store.tables import Statement

ROOT = Path(__file__).parents[3]
FEW, MORE = 1000, 3000
SIZE = 10_000
"""Bytes of a statement."""


def fill(db: Database) -> None:
    """A school with FEW statements of one day and MORE of the next, and a school without any."""
    with db.writing(EVERY_TENANT) as session:
        north = Tenant(name="North school")
        session.add_all([north, Tenant(name="South school")])
        session.flush()
        authority = keys.Keyring(north.id)[prepare(statement(), authority=AUTHORITY).authority]
        for day, many in ((FIRST_DAY, FEW), (DAY_AFTER, MORE)):
            begin = times.since_1970(datetime.fromisoformat(day).replace(tzinfo=UTC))
            said = {"response": "x" * SIZE}  # a column of each format
            several = (prepare(statement(result=said), authority=AUTHORITY) for _ in range(many))
            rows = [
                {"sid": sid, "tenant": north.id, "id": one.id, "body": one.body, "hash": one.hash,
                 "moment": one.moment, "authority": authority}
                for sid, one in enumerate(several, begin + 1)
            ]  # fmt: skip
            session.execute(insert(Statement), rows)


@pytest.mark.slow
def test_four_times_as_many_take_no_more_memory(db: Database, tmp_path: Path) -> None:
    fill(db)
    url = db.engine.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-m", "tests.lti_tool.records.peaks", url, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "TWOFOLD_SECRET_KEY": "only-for-this-test-0123456789abcdef"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{FEW + MORE} statements, all" in done.stderr
    assert f"{MORE} stored, {FEW} were there already" in done.stdout
    for what, (few, all_) in json.loads(done.stdout.splitlines()[-1]).items():
        # A row of Parquet has the text twice, and Arrow's buffers are given back when it likes.
        added = MORE * SIZE * (3 if what == "parquet" else 1)
        assert all_ - few < added / 2, what
