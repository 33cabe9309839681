"""`twofold serve` with two worker processes, and connections of which it is known who answers.

Touches processes, /proc, HTTP and the server's database, in which each test has its own tenant.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import UUID

from foundation.db import Database
from tests.lti_tool.test_commands import Installation
from xapi.access import credentials

PROCESSES = 2
LINES = 8
_TRIES = 100


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers by lower-case name, body."""

    status: int
    headers: dict[str, str]
    data: bytes

    def json(self) -> Any:
        return json.loads(self.data)


class Line:
    """One connection, which stays with the process that took it."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._connection.connect()
        self._connection.auto_open = 0  # a new connection might be another process's
        self.own_port: int = self._connection.sock.getsockname()[1]
        self.headers: dict[str, str] = {}

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def __call__(
        self, method: str, path: str = "/statements", *, data: Any = None, **headers: str
    ) -> Answer:
        """Send a request to a resource of the store; data that is no bytes is sent as JSON."""
        sent = data if isinstance(data, bytes | None) else json.dumps(data).encode()
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        self._connection.request(method, f"/xapi{path}", sent, {**self.headers, **given})
        answer = self._connection.getresponse()
        found = {name.lower(): text for name, text in answer.getheaders()}
        return Answer(answer.status, found, answer.read())


class Served:
    """A server that runs, and eight connections to it: by turns one of each process."""

    def __init__(self, port: int, process: int, db: Database) -> None:
        self.db = db
        self._port, self._process = port, process
        self._lines: list[Line] = []

    def lines(self, tenant: UUID) -> list[Line]:
        """The connections, with a new credential of this tenant."""
        with self.db.writing(tenant) as session:
            pair = ":".join(credentials.create(session, tenant, "test", ["all"]))
        for line in self._lines:
            line.headers = {
                "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
                "X-Experience-API-Version": "1.0.3",
                "Content-Type": "application/json",
            }
        return self._lines

    @contextmanager
    def connected(self) -> Iterator["Served"]:
        """Open the connections: as many as it takes until each process has enough of them."""
        kept: dict[int, list[Line]] = {}
        with ExitStack() as opened:
            for _ in range(_TRIES):  # one that has only just begun takes none yet
                line = opened.enter_context(Line(self._port))
                assert line("GET", "/about").status == 200
                kept.setdefault(self._who_has(line), []).append(line)
                if sum(len(each) >= LINES // PROCESSES for each in kept.values()) == PROCESSES:
                    break
            assert len(kept) == PROCESSES, "all connections are one process's"
            self._lines = [each for turn in zip(*kept.values(), strict=False) for each in turn]
            del self._lines[LINES:]
            yield self

    def _who_has(self, line: Line) -> int:
        """The process at the other end of a connection."""
        ends = f":{self._port:04X}", f":{line.own_port:04X}"
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        (inode,) = (row[9] for row in rows if (row[1][-5:], row[2][-5:]) == ends)
        for process in _descendants(self._process):
            for descriptor in Path(f"/proc/{process}/fd").iterdir():
                if descriptor.is_symlink() and str(descriptor.readlink()) == f"socket:[{inode}]":
                    return process
        raise AssertionError("nobody has the other end of this connection")


@contextmanager
def serving(url: str, folder: Path) -> Iterator[Served]:
    """Serve a migrated database with two processes, as an administrator does."""
    installation = Installation(url, folder)
    bind = f"127.0.0.1:{installation.port}"
    process = installation.start(
        "serve", "--bind", bind, "--workers", str(PROCESSES), "--no-worker"
    )
    database = Database(url)
    try:
        installation.wait_until(answers=True, seconds=60)
        with Served(installation.port, process.pid, database).connected() as served:
            yield served
    finally:
        database.dispose()
        process.terminate()
        assert process.wait(30) == 0


def _descendants(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [each for child in children for each in (int(child), *_descendants(int(child)))]
