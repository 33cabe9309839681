"""Fixtures of transfer: a stand-in for another LRS, and forwarding to it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from foundation import clock
from foundation.db import Database
from foundation.secrets import Seal
from tests.xapi.transfer.standin import StandIn, standing_in
from xapi.transfer import forwarder, targets
from xapi.transfer.tables import ForwardTarget
from xapi.transfer.targets import Refused, TargetState

SEAL = Seal("a secret key of the tests, long enough to be one")
HTTP = forwarder.client()


class Forwarding:
    """One target of one tenant, served by hand."""

    def __init__(self, database: Database, tenant: UUID, endpoint: str, **wanted: Any) -> None:
        self.database, self.tenant = database, tenant
        lrs = targets.remote(endpoint, wanted.pop("key", "key"), wanted.pop("secret", "secret"),
                             private=True)  # fmt: skip
        from_now = wanted.pop("from_now", False)
        draft = targets.draft(SEAL, "there", lrs, wanted.pop("version", "2.0.0"), **wanted)
        with database.writing(tenant) as session:
            self.id = targets.add(session, tenant, draft, from_now=from_now)

    def step(self) -> bool:
        """One batch, where the target is due."""
        return forwarder.step(self.database, SEAL, HTTP, self.id)

    def all(self) -> None:
        """Batches until there is nothing to go on with at once."""
        while self.step():
            pass

    def now_due(self) -> None:
        """Let the wait be over."""
        with self.database.writing(self.tenant) as session:
            due = clock.now() - timedelta(seconds=1)
            session.execute(update(ForwardTarget).values(next_try_at=due))

    @property
    def state(self) -> TargetState:
        """How it stands."""
        with self.database.reading(self.tenant) as session:
            return targets.describe(session, self.tenant)[0]

    @property
    def refused(self) -> list[Refused]:
        """What the target would not take."""
        with self.database.reading(self.tenant) as session:
            return targets.refusals(session, self.tenant, "there")

    @property
    def wait(self) -> float:
        """Seconds until it is tried again."""
        return (self.state.next_try_at - clock.now()).total_seconds()


@pytest.fixture
def there() -> Iterator[StandIn]:
    """Another LRS."""
    with standing_in() as lrs:
        yield lrs
