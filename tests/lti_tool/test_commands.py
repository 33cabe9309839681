"""The console command as an administrator uses it: real processes on free ports."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.postgres import Postgres, free_port

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz"
PLATFORM = [
    "platform", "add", "--issuer", "https://moodle.example.org", "--client-id", "abc",
    "--auth-login-url", "https://moodle.example.org/mod/lti/auth.php",
    "--auth-token-url", "https://moodle.example.org/mod/lti/token.php",
    "--key-set-url", "https://moodle.example.org/mod/lti/certs.php", "--deployment", "1",
]  # fmt: skip


class Installation:
    """A database and the settings that go with it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.port = free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if name[:8] != "TWOFOLD_"},
            "TWOFOLD_SECRET_KEY": SECRET,
            "TWOFOLD_DATABASE_URL": url,
            "TWOFOLD_FILES": str(folder / "files"),
            "TWOFOLD_BASE_URL": f"http://localhost:{self.port}",
        }

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "lti_tool.cli", *arguments],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "lti_tool.cli", *arguments],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def get(self, path: str, **arguments: object) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=10, **arguments)  # type: ignore[arg-type]

    def wait_until(self, answers: bool, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while self._answers() is not answers:
            assert time.monotonic() < deadline, f"the server should answer: {answers}"
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return self.get("/health/ready").status_code == 200
        except requests.RequestException:
            return False


@pytest.fixture
def new(tmp_path: Path) -> Installation:
    """An installation whose database does not exist yet."""
    return Installation(f"sqlite:///{tmp_path / 'data' / 'twofold.db'}", tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def installed(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_url: str, postgres_url: str
) -> Installation:
    """An installation at head, on each engine in turn."""
    return Installation(sqlite_url if request.param == "sqlite" else postgres_url, tmp_path)


def test_from_nothing_to_a_registered_lms_and_a_credential(new: Installation) -> None:
    refused = new.run("platform", "list")
    assert refused.returncode == 1
    assert "twofold db upgrade" in refused.stderr
    assert new.run("db", "upgrade").returncode == 0
    assert new.run("db", "upgrade").returncode == 0
    added = new.run(*PLATFORM)
    assert added.returncode == 0, added.stderr
    assert new.run(*PLATFORM).returncode == 0
    listed = new.run("platform", "list").stdout.splitlines()
    assert len(listed) == 1
    assert "https://moodle.example.org" in listed[0]
    made = new.run("lrs", "credential", "add", "reports", "--scope", "statements/read")
    assert made.returncode == 0, made.stderr
    key, _, secret = made.stdout.splitlines()[-1].partition(":")
    assert key
    assert len(secret) >= 32


def test_bad_input_gets_a_sentence_and_no_stack(new: Installation) -> None:
    new.run("db", "upgrade")
    for arguments, said in (
        ((*PLATFORM[:-2], "--key-set-url", "http://10.0.0.1/keys"), "platform.address"),
        (("lrs", "credential", "add", "x", "--scope", "everything"), "tenant"),
        (("serve", "--bind", "nowhere"), "HOST:PORT"),
    ):
        done = new.run(*arguments)
        assert done.returncode != 0
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_unsafe_settings_stop_the_start(new: Installation) -> None:
    new.run("db", "upgrade")
    done = new.run("serve", "--bind", "127.0.0.1:1", TWOFOLD_BASE_URL="http://skills.example.org")
    assert done.returncode == 1
    assert "https://" in done.stderr


def test_another_iri_base_is_refused(new: Installation) -> None:
    new.run("db", "upgrade")
    first = new.start("serve", "--bind", f"127.0.0.1:{new.port}", "--no-worker")
    new.wait_until(True)
    first.terminate()
    first.wait(20)
    done = new.run("serve", "--bind", "127.0.0.1:1", TWOFOLD_IRI_BASE="https://other.example.org")
    assert done.returncode == 1
    assert "TWOFOLD_IRI_BASE" in done.stderr


def test_a_busy_port_is_said(new: Installation) -> None:
    new.run("db", "upgrade")
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        done = new.run("serve", "--bind", f"127.0.0.1:{busy.getsockname()[1]}")
    assert done.returncode == 1
    assert "cannot be used" in done.stderr


@pytest.mark.parametrize(
    ("installed", "how"),
    [
        ("sqlite", signal.SIGTERM),
        ("postgresql", signal.SIGTERM),
        ("sqlite", signal.SIGINT),
        ("sqlite", signal.SIGKILL),
    ],
    indirect=["installed"],
)
def test_serving_ends_whole(installed: Installation, how: signal.Signals) -> None:
    """However the parent ends, nobody is left who holds the port."""
    server = installed.start("serve", "--bind", f"127.0.0.1:{installed.port}")
    try:
        installed.wait_until(True)
        assert installed.get("/health/live").json() == {"status": "ok"}
        made = installed.run("platform", "list")
        assert made.returncode == 0, "commands work while the server runs"
        server.send_signal(how)
        server.wait(20)
        installed.wait_until(False)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", installed.port))
    finally:
        server.kill()


def test_a_credential_made_while_serving_reads_at_once(installed: Installation) -> None:
    installed.run(*PLATFORM)
    server = installed.start("serve", "--bind", f"127.0.0.1:{installed.port}", "--no-worker")
    try:
        installed.wait_until(True)
        made = installed.run("lrs", "credential", "add", "x", "--scope", "statements/read")
        key, _, secret = made.stdout.splitlines()[-1].partition(":")
        version = {"X-Experience-API-Version": "1.0.3"}
        answer = installed.get("/xapi/statements", auth=(key, secret), headers=version)
        assert answer.status_code == 200
        assert answer.json()["statements"] == []
        assert installed.get("/xapi/statements", headers=version).status_code == 401
    finally:
        server.terminate()
        server.wait(20)


def test_ready_says_when_the_database_is_away(tmp_path: Path, postgres_server: Postgres) -> None:
    name = f"away_{os.getpid()}"
    there = Installation(postgres_server.create(name, "template"), tmp_path)
    server = there.start("serve", "--bind", f"127.0.0.1:{there.port}", "--no-worker")
    try:
        there.wait_until(True)
        postgres_server.drop(name)
        assert there.get("/health/ready").status_code == 503
        assert there.get("/health/live").status_code == 200
    finally:
        server.terminate()
        server.wait(20)
