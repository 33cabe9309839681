"""Workers and web servers that a test kills, and that are started again as systemd would do it."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import requests

from lti_tool.access import cookies
from tests.lti_tool.delivery.nursery import CUT, DIES
from tests.lti_tool.launch_app import SECRET
from tests.lti_tool.pages.school import Visit
from tests.lti_tool.platform import BASE_URL
from tests.postgres import free_port

ROOT = Path(__file__).parents[3]
PATIENCE = 120.0
"""Seconds until something that was killed works again; machines have other things to do."""


class Nursery:
    """Forks them (nursery.py), and knows who of them lives."""

    def __init__(self, url: str, folder: Path) -> None:
        self._log = folder / "processes.log"
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TWOFOLD_SECRET_KEY": SECRET,
            "TWOFOLD_BASE_URL": BASE_URL,
            "TWOFOLD_DATABASE_URL": url,
            "TWOFOLD_FILES": str(folder / "files"),
            "TWOFOLD_LOG_LEVEL": "error",
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.lti_tool.delivery.nursery"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._url = url
        self._lock = threading.Lock()
        self._born: list[int] = []

    def start(self, *words: object) -> int:
        """One more process of a kind; its number."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(" ".join(map(str, words)) + "\n")
            self._process.stdin.flush()
            number = int(self._process.stdout.readline())
            self._born.append(number)
            return number

    def killed_while_writing(self) -> None:
        """Kill all of them at once, one of them in the midst of a great transaction."""
        before = self.log().count(CUT)
        self.start("cut", self._url)
        wait_for(lambda: self.log().count(CUT) > before)
        self.kill_all()

    def kill_all(self) -> None:
        """SIGKILL for everybody, children included."""
        with self._lock:
            for each in self._born:
                try:
                    os.killpg(each, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            wait_for(lambda: not any(map(lives, self._born)))
            self._born.clear()

    def close(self) -> None:
        """Nobody is started any more."""
        self.kill_all()
        self._process.communicate(timeout=30)

    def log(self) -> str:
        """What all of them wrote."""
        return self._log.read_text()


class Workers:
    """`twofold worker`, so many times."""

    def __init__(self, nursery: Nursery, number: int) -> None:
        self._nursery = nursery
        self._number = number
        self._running: list[int] = []
        self.started = 0

    def keep_up(self) -> None:
        """Start as many as are missing."""
        self._running = [each for each in self._running if lives(each)]
        while len(self._running) < self._number:
            self._running.append(self._nursery.start("worker"))
            self.started += 1

    def kill(self, draw: random.Random) -> None:
        """Kill one of them, whatever it is doing."""
        running = [each for each in self._running if lives(each)]
        if running:
            os.kill(draw.choice(running), signal.SIGKILL)


class Web:
    """The web server: a gunicorn master with a worker, and a browser that tries again."""

    def __init__(self, nursery: Nursery, visit: Visit) -> None:
        self._nursery = nursery
        self._visit = visit
        self._address = f"http://127.0.0.1:{free_port()}"
        self._cookie = {"Cookie": f"{cookies.SESSION}={visit.secret}"}
        self._lock = threading.Lock()
        self._master = 0
        self._token = ""
        self.started = 0
        self.cut = 0
        """Requests whose answer never came."""

    def post(self, page: str, form: Mapping[str, str], dies: str = "") -> requests.Response:
        """Send a form of this visit, again and again until it is answered without an error.

        `dies`: the first time, the server is killed at this moment of it.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            self.keep_up()
            try:
                answer = requests.post(
                    self._address + self._visit.path(page),
                    {"csrf_token": self._token, **form},
                    headers=self._cookie | ({DIES: dies} if dies else {}),
                    allow_redirects=False,
                    timeout=60,
                )
            except requests.RequestException:
                self.cut += 1
            else:
                if answer.status_code < 500:
                    return answer
            assert time.monotonic() < deadline, self._nursery.log()[-2000:]
            dies = ""
            time.sleep(0.1)

    def keep_up(self) -> None:
        """Start it where its master is gone."""
        with self._lock:
            while not (self._master and lives(self._master)):
                self._master = self._nursery.start("web", self._address.rpartition(":")[2])
                self.started += 1
                # It may be killed, or find its port still taken, before it answers.
                wait_for(lambda: self._is_there() or not lives(self._master))

    def _is_there(self) -> bool:
        try:
            page = requests.get(
                self._address + self._visit.path("help"), headers=self._cookie, timeout=60
            )
        except requests.RequestException:
            return False
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        self._token = found[1] if found else ""
        return found is not None


def lives(process: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(holds: Callable[[], bool]) -> None:
    """Return once it holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
