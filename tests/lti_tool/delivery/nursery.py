"""Starts processes of Twofold that a test may kill: python -m tests.lti_tool.delivery.nursery.

A line on stdin asks for one: `worker`, `web PORT`, `cut URL`; its process number is the answer.
Each is forked from this process, which has imported everything: it starts in a moment and not in
seconds, and is a process of its own in every other way. All of them end when stdin does.

They are the commands themselves; only these differ. Workers: a lease of 5 s (60), back-offs of at
most 1.5 s (an hour), pauses of an LMS of at most 0.5 s (a minute), calls of at most 2 s (20), and a
User-Agent with the process number, so that the LMS of a test can kill who is calling it. The web
server: a request with the header X-Dies is killed at the moment that it names.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, NoReturn

from flask import has_request_context, request
from sqlalchemy import update
from sqlalchemy.orm import configure_mappers

import lti_tool.app  # noqa: F401 - imported once, for all that are forked
from foundation.db import EVERY_TENANT, Database
from lti_tool import cli, services, work
from lti_tool.delivery import outbox, worker
from lti_tool.delivery.tables import GradeDelivery
from lti_tool.outgoing import Outgoing
from lti_tool.processes import die_with_parent
from lti_tool.serving import Server

HASTY = worker.Timing(lease=timedelta(seconds=5), longest_back_off=1.5, longest_pause=0.5)
DIES = "X-Dies"
BEFORE_OUTBOX, AFTER_OUTBOX, AFTER_COMMIT = "before-outbox", "after-outbox", "after-commit"
MASTER = "master"
CUT = "cut short"


def main() -> None:
    """Fork what is asked for, until nobody asks any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    configure_mappers()
    kinds: dict[str, Callable[..., None]] = {"worker": _worker, "web": _web, "cut": _cut}
    for line in sys.stdin:
        kind, *arguments = line.split()
        child = os.fork()
        if child == 0:
            _live(kinds[kind], arguments)
        print(child, flush=True)


def _live(kind: Callable[..., None], arguments: list[str]) -> NoReturn:
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(sys.stdin.fileno())
        # Whoever reads the answers must not wait for this one's end.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        die_with_parent()
        kind(*arguments)
    finally:
        os._exit(1)


def _worker() -> None:
    vars(worker)["run"] = partial(worker.run, timing=HASTY)
    vars(services)["Outgoing"] = partial(
        Outgoing,
        user_agent=f"Twofold/{os.getpid()}",
        connect_seconds=1,
        read_seconds=1,
        total_seconds=2,
    )
    cli.main(["worker"])


def _web(port: str) -> None:
    enqueue, once = outbox.enqueue, vars(work)["_once"]

    def mortal_enqueue(*arguments: Any) -> None:
        _die(BEFORE_OUTBOX)
        enqueue(*arguments)
        _die(AFTER_OUTBOX)
        _die(MASTER, os.getppid())

    def mortal_commit(*arguments: Any) -> Any:
        done = once(*arguments)
        _die(AFTER_COMMIT)
        return done

    vars(outbox)["enqueue"] = mortal_enqueue
    vars(work)["_once"] = mortal_commit
    Server(f"127.0.0.1:{port}", workers=1, threads=4).run()


def _die(moment: str, process: int | None = None) -> None:
    if has_request_context() and request.headers.get(DIES) == moment:
        os.kill(process or os.getpid(), signal.SIGKILL)


def _cut(url: str) -> None:
    """Change every grade in one transaction, and stay in it."""
    database = Database(url)
    with database.writing(EVERY_TENANT) as session:
        if database.is_sqlite:
            # What does not fit goes to the log of the database before it is committed.
            session.connection().exec_driver_sql("PRAGMA cache_size=10")
        session.execute(update(GradeDelivery).values(comment=CUT * 50, points=1))
        print(CUT, file=sys.stderr, flush=True)
        time.sleep(60)


if __name__ == "__main__":
    main()
