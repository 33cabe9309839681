"""The forwarder at work: to a second store of ours, beside slow targets, killed in the middle."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from foundation.db import Database
from tests.xapi.samples import statement, voiding
from tests.xapi.store.helpers import listed, put
from tests.xapi.transfer.conftest import HTTP, SEAL, Forwarding
from tests.xapi.transfer.serving import served
from tests.xapi.transfer.standin import Answer, StandIn, standing_in
from xapi.transfer import forwarder, targets


def wait_for(true: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


@contextmanager
def running(db: Database, lease: timedelta = timedelta(seconds=60)) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(
        target=forwarder.run, args=(db, SEAL, HTTP, stop), kwargs={"lease": lease}
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_second_store_of_ours_has_the_same(db: Database, tenant: UUID, sqlite_url: str) -> None:
    there, other = Database(sqlite_url), uuid4()
    sent = [statement(result={"duration": "PT1.5S", "score": {"raw": -1}}) for _ in range(120)]
    with served(there, other) as lrs, running(db):
        forwarding = Forwarding(db, tenant, lrs.endpoint, **lrs.credential)
        put(db, tenant, *sent)
        put(db, tenant, voiding(sent[5]["id"]))
        wait_for(lambda: forwarding.state.behind == 0 and forwarding.state.sent == 121)
        assert sorted(listed(there, other, limit=1000)) == sorted(listed(db, tenant, limit=1000))
        assert len(listed(there, other, limit=1000)) == 120
        assert (
            lrs.client("GET", f"/statements?voidedStatementId={sent[5]['id']}").status_code == 200
        )
        found = lrs.client("GET", f"/statements?statementId={sent[0]['id']}").get_json()
        assert found["authority"]["account"]["name"] == lrs.client.key
    there.dispose()


def test_a_target_says_which_version_it_speaks(tenant: UUID, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with served(database, tenant) as lrs:
        remote = targets.remote(lrs.endpoint, **lrs.credential, private=True)
        assert remote.spoken(HTTP) == "2.0.0"
    database.dispose()


def test_a_slow_target_holds_up_no_other(db: Database, tenant: UUID, there: StandIn) -> None:
    there.fault = lambda _: Answer(500, seconds=3)
    second = uuid4()
    with standing_in() as quick:
        slow = Forwarding(db, tenant, there.endpoint)
        other = Forwarding(db, second, quick.endpoint)
        put(db, tenant, statement())
        with running(db):
            wait_for(lambda: there.posts == 1)
            started = time.monotonic()
            put(db, second, *[statement() for _ in range(150)])
            wait_for(lambda: other.state.sent == 150)
            assert time.monotonic() - started < 3
            assert slow.state.sent == 0


def test_two_forwarders_send_everything_once(db: Database, tenant: UUID, there: StandIn) -> None:
    sent = [statement() for _ in range(1000)]
    put(db, tenant, *sent)
    forwarding = Forwarding(db, tenant, there.endpoint)
    with running(db), running(db):
        wait_for(lambda: forwarding.state.behind == 0)
    assert there.order == [one["id"] for one in sent]


_WORKER = """
import sys, threading
from datetime import timedelta
from foundation.db import Database
from tests.xapi.transfer.conftest import HTTP, SEAL
from xapi.transfer import forwarder
forwarder.run(Database(sys.argv[1]), SEAL, HTTP, threading.Event(), lease=timedelta(seconds=1))
"""


def test_a_killed_forwarder_loses_nothing(db: Database, tenant: UUID, there: StandIn) -> None:
    sent = [statement() for _ in range(600)]
    put(db, tenant, *sent)
    forwarding = Forwarding(db, tenant, there.endpoint)
    hanging = threading.Event()

    def slow_now_and_then(statements: list[dict[str, object]]) -> Answer | None:
        if there.posts % 3 == 0:
            for one in statements:  # taken, and the answer never arrives
                there.kept[str(one["id"])] = one
                there.order.append(str(one["id"]))
            hanging.set()
            return Answer(200, b"[]", seconds=1)
        return None

    there.fault = slow_now_and_then
    for _ in range(2):
        hanging.clear()
        worker = subprocess.Popen([sys.executable, "-c", _WORKER, db.url], cwd=os.getcwd())
        assert hanging.wait(30)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    there.fault = lambda _: None
    with running(db, timedelta(seconds=1)):
        wait_for(lambda: forwarding.state.behind == 0)
    assert set(there.order) == {one["id"] for one in sent}
    assert len(there.kept) == 600
    assert len(there.order) > 600
    first_seen = list(dict.fromkeys(there.order))
    assert first_seen == [one["id"] for one in sent]


def test_a_pause_holds_and_a_removal_forgets(db: Database, tenant: UUID, there: StandIn) -> None:
    put(db, tenant, statement())
    forwarding = Forwarding(db, tenant, there.endpoint)
    with db.writing(tenant) as session:
        targets.pause(session, tenant, "there")
    forwarding.all()
    assert there.posts == 0
    with db.writing(tenant) as session:
        targets.remove(session, tenant, "there")
    forwarding.all()
    with db.reading(tenant) as session:
        assert targets.describe(session, tenant) == []


def test_a_target_that_lost_its_data_gets_everything_again(
    db: Database, tenant: UUID, there: StandIn
) -> None:
    sent = [statement() for _ in range(130)]
    put(db, tenant, *sent)
    forwarding = Forwarding(db, tenant, there.endpoint)

    def meanwhile(_statements: list[dict[str, object]]) -> None:
        """A person asks for it in the middle of a batch, whose end must not undo it."""
        there.fault = lambda _: None
        with db.writing(tenant) as session:
            targets.resume(session, tenant, "there", from_start=True)

    there.fault = meanwhile
    forwarding.step()
    assert forwarding.state.behind == 130
    forwarding.all()
    assert there.order == [one["id"] for one in (*sent[:100], *sent)]


def test_a_target_removed_while_it_is_served(db: Database, tenant: UUID, there: StandIn) -> None:
    put(db, tenant, *[statement() for _ in range(150)])
    forwarding = Forwarding(db, tenant, there.endpoint)

    def fault(_statements: list[dict[str, object]]) -> None:
        with db.writing(tenant) as session:
            targets.remove(session, tenant, "there")

    there.fault = fault
    assert not forwarding.step()
    assert there.posts == 1
