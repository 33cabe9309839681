"""What a writer sees that waited for another, on both engines; many at once: ../processes."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from foundation.db import Database
from tests.xapi.samples import AUTHORITY, statement, voiding
from tests.xapi.store.helpers import put
from xapi.statements.prepare import prepare
from xapi.store import query, write


def test_what_waits_for_its_voiding_is_voided(db: Database, tenant: UUID) -> None:
    """A statement that is stored while its voiding commits looks again once it has waited."""
    target = statement()
    void = prepare(voiding(target["id"]), authority=AUTHORITY)
    with ThreadPoolExecutor(1) as pool:
        with db.writing(tenant) as session:
            write.append(session, tenant, [void])
            waiting = pool.submit(put, db, tenant, target)
            with pytest.raises(TimeoutError):
                waiting.result(0.5)
        waiting.result(30)
    with db.reading(tenant) as session:
        assert query.one(session, tenant, UUID(target["id"]), voided=True) is not None
