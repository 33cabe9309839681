"""Two servers side by side for a benchmark: Twofold and its reference, both by gunicorn.

Two processes of eight threads each, on free ports of this machine, ended with the block.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks import load
from tests import postgres

_SHARED = ("--workers", "2", "--threads", "8")


@contextmanager
def side_by_side(
    database_url: str,
    folder: Path,
    reference: str,
    ready: tuple[str, str],
    more: Mapping[str, str] | None = None,
) -> Iterator[tuple[int, int, list[int]]]:
    """Both running on this database: (our port, the reference's, the ids of our processes).

    `reference` is gunicorn's address of an application; it finds the database in
    BARE_DATABASE_URL. `ready` are a path of ours and one of the reference that answer; `more` is
    added to the environment of both.
    """
    environment = {
        **{name: value for name, value in os.environ.items() if "TWOFOLD_" not in name},
        "TWOFOLD_DATABASE_URL": database_url,
        "TWOFOLD_SECRET_KEY": "only-for-the-benchmark-0123456789abcdef",
        "TWOFOLD_FILES": str(folder / "files"),
        "TWOFOLD_LOG_LEVEL": "error",
        "BARE_DATABASE_URL": database_url,
        **(more or {}),
    }
    ports = postgres.free_port(), postgres.free_port()
    ours = ["-m", "lti_tool.serving", "--bind", f"127.0.0.1:{ports[0]}"]
    theirs = ["-m", "gunicorn", "--keep-alive", "75"]
    # The same server: who gets the connections is not what is compared.
    theirs += ["--worker-class", "lti_tool.even_worker.EvenWorker"]
    theirs += ["--no-control-socket", "--log-level", "warning", "--bind", f"127.0.0.1:{ports[1]}"]
    running = [
        subprocess.Popen([sys.executable, *arguments], env=environment)
        for arguments in ([*ours, *_SHARED], [*theirs, *_SHARED, reference])
    ]
    try:
        for port, path in zip(ports, ready, strict=True):
            _await(port, path)
        _settle([pid for each in running for pid in _children(each.pid)])
        yield *ports, _children(running[0].pid)
    finally:
        for each in running:
            each.terminate()
        for each in running:
            each.wait(30)


def resident(pid: int) -> float:
    """The resident memory of a process, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _await(port: int, path: str) -> None:
    data = load.request("GET", path)
    for _ in range(300):
        try:
            load.run(port, lambda: data, connections=8, times=16)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"nothing answers on port {port}")


def _settle(pids: list[int]) -> None:
    """Wait until none of these is at work: a server answers before all its processes have begun."""
    before = None
    for _ in range(60):
        used = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
                for pid in pids]  # fmt: skip
        if used == before:
            return
        before = used
        time.sleep(1)
    raise RuntimeError("the servers do not come to rest")


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found]
