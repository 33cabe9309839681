"""`twofold worker` forwards beside its other work, and goes on after it was killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from rubrics.tables.people import Tenant
from tests.xapi.samples import statement
from tests.xapi.store.helpers import put
from tests.xapi.transfer.standin import standing_in
from xapi.transfer import targets

SETTINGS = {"TWOFOLD_SECRET_KEY": "only-for-this-test-0123456789abcdef"}


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def sent(db: Database, tenant: UUID) -> int:
    with db.reading(EVERY_TENANT) as session:
        return targets.describe(session, tenant)[0].sent


def test_the_worker_forwards(db: Database, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        **SETTINGS,
        "TWOFOLD_DATABASE_URL": db.engine.url.render_as_string(hide_password=False),
        "TWOFOLD_FILES": str(tmp_path),
        "LRS_SECRET": "a secret",
    }
    with db.writing(EVERY_TENANT) as session:
        session.add(Tenant(name="North school"))
    with db.reading(EVERY_TENANT) as session:
        tenant = session.scalars(select(Tenant.id)).one()
    twofold = [sys.executable, "-m", "lti_tool.cli"]
    first, second = statement(), statement()
    with standing_in() as there:
        subprocess.run(
            [*twofold, "lrs", "forward", "add", "there", there.endpoint, "--key", "k", "--private"],
            env=environment, check=True, capture_output=True, timeout=60,
        )  # fmt: skip
        worker = subprocess.Popen([*twofold, "worker"], env=environment, stderr=subprocess.DEVNULL)
        try:
            put(db, tenant, first)
            wait_for(lambda: sent(db, tenant) == 1)
        finally:
            worker.kill()
            worker.wait()
        put(db, tenant, second)
        worker = subprocess.Popen([*twofold, "worker"], env=environment, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: sent(db, tenant) == 2)
        finally:
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(30) == 0
        assert there.order == [first["id"], second["id"]]
