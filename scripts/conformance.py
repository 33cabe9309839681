"""Runs the public ADL conformance suite against a fresh server, on SQLite and on PostgreSQL.

    make conformance SUITE=path/to/lrs-conformance-test-suite

SUITE is a checkout of github.com/adlnet/lrs-conformance-test-suite in which `npm install` was run.
PostgreSQL comes from the wheel that the tests use. Prints the counts; ends with 1 if a test fails.
"""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests import postgres
from tests.postgres import free_port

EXPECTED = {"1.0.3": 1365, "2.0.0": 1442}
"""How many tests the suite has for each version."""

_PROGRAM = (sys.executable, "-m", "lti_tool.cli")
_PATIENCE = 600.0
"""Seconds that one run of the suite may take."""


@contextmanager
def serving(database_url: str, folder: Path) -> Iterator[tuple[str, str, str]]:
    """A server on a new database: the store's address, a key and its secret."""
    port = free_port()
    environ = {
        **{name: text for name, text in os.environ.items() if not name.startswith("TWOFOLD_")},
        "TWOFOLD_SECRET_KEY": secrets.token_urlsafe(48),
        "TWOFOLD_BASE_URL": f"http://127.0.0.1:{port}",
        "TWOFOLD_DATABASE_URL": database_url,
        "TWOFOLD_FILES": str(folder / "files"),
    }
    _run(environ, "db", "upgrade")
    command = [*_PROGRAM, "serve", "--no-worker", "--bind", f"127.0.0.1:{port}"]
    log = (folder / "server.log").open("ab")
    server = subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(server, f"http://127.0.0.1:{port}/xapi/about")
        made = _run(
            environ, "lrs", "credential", "add", "conformance", "--scope", "all", "--installation"
        )
        key, _, secret = made.strip().splitlines()[-1].partition(":")
        yield f"http://127.0.0.1:{port}/xapi", key, secret
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)
        log.close()


def _run(environ: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [*_PROGRAM, *arguments], env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"twofold {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def _wait(server: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - our own server
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start") from None
            time.sleep(0.2)
        else:
            return


def run_suite(suite: Path, version: str, address: str, key: str, secret: str) -> bool:
    """Run one version's tests, and print the counts and what failed; True where all passed."""
    done = subprocess.run(
        ["node", "bin/console_runner.js", "-e", address, "-a", "-u", key, "-p", secret,  # noqa: S607
         "-x", version, "-z"],
        cwd=suite, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=_PATIENCE, check=False,
    )  # fmt: skip
    summaries = re.findall(r'^\{"total".*\}$', done.stdout, re.MULTILINE)
    summary = json.loads(summaries[-1]) if summaries else {}
    if not summary.get("total"):  # the suite gave up before its first test
        print(done.stdout[-2000:])
        return False
    print(f"{version}: {summary['passed']} of {summary['total']} passed", flush=True)
    log = re.search(r"^Full run log written to (.+)$", done.stdout, re.MULTILINE)
    if log and summary["failed"]:
        for title in _failed(json.loads(Path(log[1]).read_text())["log"]):
            print(f"  failed: {title}")
    whole = summary["passed"] == summary["total"] >= EXPECTED[version]
    return whole and not summary["failed"]


def _failed(entry: dict[str, object]) -> Iterator[str]:
    tests = entry.get("tests")
    below = [one for one in tests if one] if isinstance(tests, list) else []
    if not below and entry.get("status") == "failed":
        yield f"{entry.get('title')}: {str(entry.get('error'))[:300]}"
    for one in below:
        yield from _failed(one)


def main() -> int:
    """Run all four; 0 where everything passed."""
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "bin/console_runner.js").is_file():
        print(__doc__, file=sys.stderr)
        return 2
    suite = Path(sys.argv[1]).resolve()
    passed = True
    with tempfile.TemporaryDirectory() as name, postgres.running() as server:
        folder = Path(name)
        for engine, url in (
            ("SQLite", f"sqlite:///{folder / 'twofold.db'}"),
            ("PostgreSQL", server.create("conformance")),
        ):
            print(f"{engine}:", flush=True)
            with serving(url, folder) as (address, key, secret):
                for version in EXPECTED:
                    passed = run_suite(suite, version, address, key, secret) and passed
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
