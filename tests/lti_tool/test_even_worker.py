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
    # Its follower takes its place, with as many of the new connections as the other lacks.
    _await_both(port)
    more, again = _burst(port, 8)
    for each in kept + more:
        each.close()
    assert len(again) == 2
    assert dead not in again
