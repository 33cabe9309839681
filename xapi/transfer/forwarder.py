"""The forwarder: sends each target what it has not had, one thread a target, for ever.

Several processes may run one; a target is served by one at a time. Touches the database and,
through sending.py, the targets; nothing is sent inside a transaction.
"""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from foundation.db import Database
from foundation.http import HttpClient
from foundation.secrets import Seal, SealBroken
from xapi.transfer.batches import MOST_STATEMENTS, Batch, gather, gather_again
from xapi.transfer.leases import LEASE, SUSPICIOUS, Job, Seen, settle, take, waiting
from xapi.transfer.remote import RemoteLrs
from xapi.transfer.sending import Report, Trouble, send

THREADS = 16
IDLE = 1.0
"""Seconds between two looks for targets that have something to be sent."""
_TURN = 30.0
"""Seconds after which a target makes room for those that found no thread."""
_TROUBLE = 5.0
_log = structlog.get_logger("twofold")


def client(ca_bundle: str = "", kind: type[HttpClient] = HttpClient) -> HttpClient:
    """The client for targets: patient, since storing a hundred statements takes some a while."""
    return kind(ca_bundle=ca_bundle, read_seconds=25, total_seconds=30)


def run(
    database: Database,
    seal: Seal,
    http: HttpClient,
    stop: threading.Event,
    *,
    lease: timedelta = LEASE,
) -> None:
    """Forward until `stop` is set, then finish what was begun."""
    serving: set[UUID] = set()
    seen: Seen = {}

    def serve(target_id: UUID) -> None:
        until = time.monotonic() + _TURN
        while not stop.is_set() and time.monotonic() < until:
            if not step(database, seal, http, target_id, lease=lease):
                return

    with ThreadPoolExecutor(THREADS, thread_name_prefix="forward") as pool:
        while not stop.is_set():
            pause = IDLE
            try:
                for target_id in waiting(database, seen):
                    if target_id in serving or len(serving) >= THREADS:
                        continue
                    serving.add(target_id)
                    future = pool.submit(serve, target_id)
                    future.add_done_callback(partial(_ended, serving, target_id))
            except SQLAlchemyError as error:
                _log.error("forward.database", kind=type(error).__name__)
                pause = _TROUBLE
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the thread
                _log.error("forward.unexpected", kind=type(error).__name__)
                pause = _TROUBLE
            stop.wait(pause)


def step(
    database: Database,
    seal: Seal,
    http: HttpClient,
    target_id: UUID,
    *,
    lease: timedelta = LEASE,
) -> bool:
    """Send one batch to a target that is due; whether to go on at once."""
    job = take(database, target_id, lease)
    if job is None:
        return False
    batch, report = Batch(job.cursor), Report()
    try:
        batch = _gathered(database, job)
        report = _sent(seal, http, job, batch)
    except SQLAlchemyError:
        raise
    except Exception as error:  # noqa: BLE001
        # One target that cannot be served must not stop the others, nor be tried without end.
        _log.exception("forward.unexpected", kind=type(error).__name__, target=str(job.id))
        batch = Batch(job.cursor)
        report.trouble = Trouble("forward.unexpected", "an error in this program; see its log")
    kept = settle(database, job, batch, report)
    _log.info(
        "forward",
        target=str(job.id),
        sent=report.sent,
        refused=len(report.refused) + len(batch.refused),
        code="" if report.trouble is None else report.trouble.code,
        lease_lost=not kept,
    )
    return kept and report.trouble is None and batch.more


def _gathered(database: Database, job: Job) -> Batch:
    if job.again:
        return gather_again(database, job.tenant, job.version, job.cursor, job.again)
    # Where it failed before, less at once: a slow target may manage, and a culprit stands out.
    most = max(2, MOST_STATEMENTS >> min(job.attempts, 6)) if job.attempts else MOST_STATEMENTS
    return gather(database, job.tenant, job.id, job.wanted, job.version, job.cursor, most)


def _sent(seal: Seal, http: HttpClient, job: Job, batch: Batch) -> Report:
    if not batch.items:
        return Report()
    try:
        key, _, secret = seal.open(job.credential).decode().partition(":")
    except SealBroken:
        reason = "its credential was sealed with another secret key; remove it and add it again"
        return Report(trouble=Trouble("target.seal", reason, pauses=True))
    remote = RemoteLrs(job.endpoint, key, secret, job.version, job.private_hosts)
    return send(http, remote, batch.items, suspicious=job.attempts >= SUSPICIOUS)


def _ended(serving: set[UUID], target_id: UUID, future: Future[None]) -> None:
    serving.discard(target_id)
    if (error := future.exception()) is not None:
        # The lease runs out, and the next worker goes on.
        _log.error("forward.failed", kind=type(error).__name__, target=str(target_id))
