"""The command `python -m sandbox_lms`: starts, says so in one line, stops cleanly, explains."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox_lms.server import listen
from tests.postgres import free_port

ROOT = Path(__file__).parents[2]


def start(database: Path, bind: str, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox_lms", "--bind", bind, "--database", str(database), *more],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_one_line_serves_and_stops(tmp_path: Path, stop: signal.Signals) -> None:
    bind = f"127.0.0.1:{free_port()}"
    process = start(tmp_path / "lms.sqlite", bind, "--seed")
    assert process.stdout is not None
    assert process.stdout.readline() == f"Sandbox LMS ready at http://{bind}\n"
    assert "Ana Álvarez" in requests.get(f"http://{bind}/", timeout=5).text
    process.send_signal(stop)
    out, errors = process.communicate(timeout=5)
    assert (process.returncode, out, errors) == (0, "", "")


def test_a_busy_port_is_a_sentence(tmp_path: Path) -> None:
    listener = listen("127.0.0.1", 0)
    bind = f"127.0.0.1:{listener.getsockname()[1]}"
    process = start(tmp_path / "lms.sqlite", bind)
    _, errors = process.communicate(timeout=10)
    listener.close()
    assert process.returncode == 1
    assert re.fullmatch(
        rf"sandbox_lms: {bind} cannot be used \(.*\): give another --bind\.\n", errors
    )


@pytest.mark.parametrize(
    ("database", "more", "words"),
    [
        ("no/such/folder/lms.sqlite", [], "give --database a file"),
        ("lms.sqlite", ["--bind", "8001"], "HOST:PORT"),
        ("lms.sqlite", ["--seed", "--tool-url", "localhost"], "--tool-url"),
    ],
)
def test_a_wrong_argument_is_a_sentence(
    tmp_path: Path, database: str, more: list[str], words: str
) -> None:
    process = start(tmp_path / database, f"127.0.0.1:{free_port()}", *more)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert words in errors
    assert len(errors.splitlines()) == 1


def test_it_imports_nothing_of_the_product() -> None:
    code = (
        "import sandbox_lms.__main__, sys; print(*sorted(n for n in sys.modules if '.' not in n))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True
    ).stdout.split()
    assert "sandbox_lms" in found
    assert not {"foundation", "rubrics", "xapi", "lti_tool", "sqlalchemy"} & set(found)
