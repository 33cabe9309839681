"""Connections that stay are spread over the workers of the real server."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from gunicorn.workers.gthread import ThreadWorker

from lti_tool import even_worker
from tests.postgres import free_port

_APP = """
import os
def app(environ, start_response):
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""

_HOOKS = """
from lti_tool import even_worker
def child_exit(server, worker):
    even_worker.forget(worker)
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "told.py").write_text(_APP)
    (tmp_path / "hooks.py").write_text(_HOOKS)
    chosen = free_port()
    command = [sys.executable, "-m", "gunicorn", "--workers", "2", "--threads", "2"]
    command += ["--worker-class", "lti_tool.even_worker.EvenWorker", "--keep-alive", "60"]
    command += ["--no-control-socket", "--log-level", "critical", "--chdir", str(tmp_path)]
    command += ["--config", str(tmp_path / "hooks.py")]
    running = subprocess.Popen([*command, "--bind", f"127.0.0.1:{chosen}", "told:app"])
    try:
        _await_both(chosen)
        yield chosen
    finally:
        running.terminate()
        running.wait(30)


def _await_both(port: int) -> None:
    seen: set[int] = set()
    deadline = time.monotonic() + 30
    while len(seen) < 2 and time.monotonic() < deadline:
        try:
            kept, served = _burst(port, 4)
        except OSError:
            time.sleep(0.1)
            continue
        seen |= set(served)
        for each in kept:
            each.close()


def _worker(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/")
    return int(connection.getresponse().read())


def _burst(port: int, size: int) -> tuple[list[http.client.HTTPConnection], Counter[int]]:
    kept = [http.client.HTTPConnection("127.0.0.1", port, timeout=10) for _ in range(size)]
    for each in kept:
        each.connect()
    return kept, Counter(_worker(each) for each in kept)


def test_a_burst_of_connections_is_spread_evenly(port: int) -> None:
    kept, served = _burst(port, 16)
    for each in kept:
        each.close()
    assert len(served) == 2
    assert min(served.values()) >= 6


def test_who_died_is_not_waited_for(port: int) -> None:
    kept, served = _burst(port, 8)
    dead = min(served)
    os.kill(dead, signal.SIGKILL)
    # Its follower takes its place, with as many of the new connections as the other lacks; but on
    # a busy machine one of the two may sleep through a burst.
    _await_both(port)
    for _ in range(10):
        more, again = _burst(port, 8)
        for each in more:
            each.close()
        assert dead not in again
        if len(again) == 2:
            break
    for each in kept:
        each.close()
    assert len(again) == 2


def test_patience_is_with_one_connection_not_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[object] = []
    waits = True

    def round_of_events(worker: ThreadWorker, _timeout: float) -> None:
        if waits:
            worker.accept(None)

    monkeypatch.setattr(ThreadWorker, "accept", lambda _worker, listener: taken.append(listener))
    monkeypatch.setattr(ThreadWorker, "wait_for_and_dispatch_events", round_of_events)
    busy, idle = (even_worker.EvenWorker.__new__(even_worker.EvenWorker) for _ in range(2))
    for worker, age, connections in ((busy, 1, 3), (idle, 2, 0)):
        worker.age, worker.alive, worker.nr_conns = age, True, connections
    try:
        for _ in range(50):  # connections that the idle worker takes a moment later
            waits = False
            idle.wait_for_and_dispatch_events(1.0)
            busy.wait_for_and_dispatch_events(1.0)
            waits = True
            busy.wait_for_and_dispatch_events(1.0)
        assert not taken
        waits = True
        for _ in range(50):  # one that the idle worker never takes
            busy.wait_for_and_dispatch_events(1.0)
        assert taken
    finally:
        even_worker.forget(busy)
        even_worker.forget(idle)
