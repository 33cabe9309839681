"""The demo as one command starts it: tool, worker and small LMS on free ports of this machine.

Touches processes, a folder and HTTP; knows the LMS's faults and what its gradebook keeps.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from lti_tool.demo.run import Demo
from tests.postgres import free_port

START_SECONDS = 120
END_SECONDS = 30
_IS_RUNNING = "Twofold's demo is running."
_CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Running:
    """A demo that runs, and where its course is."""

    demo: Demo

    @property
    def tool(self) -> str:
        return self.demo.tool

    @property
    def lms(self) -> str:
        return self.demo.lms

    @property
    def course(self) -> str:
        return f"{self.lms}/courses/skills-101"

    def plan_fault(self, endpoint: str, mode: str, times: int = 1, seconds: float = 30) -> None:
        """Let the LMS fail at its next requests."""
        fault = {"endpoint": endpoint, "mode": mode, "times": times, "seconds": seconds}
        requests.post(f"{self.lms}/_faults", json=fault, timeout=10).raise_for_status()

    def forget_faults(self) -> None:
        requests.delete(f"{self.lms}/_faults", timeout=10).raise_for_status()

    def scores(self, user: str) -> list[dict[str, Any]]:
        """Every score of a person that the gradebook accepted, oldest first."""
        log = requests.get(f"{self.lms}/_log", timeout=10).json()["scores"]
        return [score for score in log if score["user"] == user]

    def statements(self, user: str) -> list[dict[str, Any]]:
        """Everything on record about a person, oldest first, read as a consumer would."""
        key, _, secret = self.demo.credential.read_text().partition(":")
        agent = f'{{"account": {{"homePage": "{self.lms}", "name": "{user}"}}}}'
        found: list[dict[str, Any]] = []
        address = f"{self.tool}/xapi/statements"
        asked = {"agent": agent, "ascending": "true"}
        while address:
            answer = requests.get(
                address,
                params=asked,
                auth=(key, secret),
                headers={"X-Experience-API-Version": "1.0.3"},
                timeout=10,
            )
            answer.raise_for_status()
            found += answer.json()["statements"]
            address = requests.compat.urljoin(address, answer.json().get("more") or "")
            if not answer.json().get("more"):
                return found
            asked = {}
        return found


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """Start the demo, wait until it says that it runs; at the end ask it to stop, and see it gone.

    Raises AssertionError with the demo's output where it does not start, or leaves something.
    """
    output = folder / "output"
    demo = Demo(folder / "demo", free_port(), free_port())
    command = [sys.executable, "-m", "lti_tool.cli", "demo", "--folder", str(demo.folder)]
    command += ["--port", str(demo.tool_port), "--lms-port", str(demo.lms_port)]
    with output.open("w") as sink:
        process = subprocess.Popen(
            command,
            cwd=_CHECKOUT,
            env={**os.environ, "SANDBOX_ALLOW_FAULTS": "1", "PYTHONUNBUFFERED": "1"},
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_it_runs(process, output)
        yield Running(demo)
        children = _descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(END_SECONDS) == 0, output.read_text()
        left = [pid for pid in children if Path(f"/proc/{pid}").exists()]
        assert not left, f"still there after TERM: {left}"
        assert "Traceback" not in output.read_text(), output.read_text()
    finally:
        _end(process)


def _wait_until_it_runs(process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while _IS_RUNNING not in output.read_text():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.1)


def _descendants(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = [int(child) for child in children.read_text().split()]
    return found + [each for child in found for each in _descendants(child)]


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
