"""A process that is killed in the middle of an erasure: `python -m … URL TENANT BATCHES`."""

import os
import signal
import sys
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from foundation.db import Database
from xapi.privacy import erased_statements, erasure
from xapi.privacy.task import Task


def main(url: str, tenant: UUID, batches: int) -> None:
    """Go on with the tenant's erasure, and die by SIGKILL inside a transaction."""
    database = Database(url)
    with database.reading(tenant) as session:
        task = erasure.unfinished(session, tenant, "https://twofold.example")[0]
    real = erased_statements._rekey
    left = batches

    def rekey(session: Session, task: Task, sids: Sequence[int]) -> None:
        nonlocal left
        real(session, task, sids)
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    erased_statements._rekey = rekey
    for _ in erasure.work(database, task, batch=2):
        pass


if __name__ == "__main__":
    main(sys.argv[1], UUID(sys.argv[2]), int(sys.argv[3]))
