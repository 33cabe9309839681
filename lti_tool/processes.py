"""Starts several processes as one: they end together, however the first of them ends.

Children die with their parent (PR_SET_PDEATHSIG on Linux, watching getppid elsewhere), so that a
killed supervisor leaves nobody behind who holds the port.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from types import FrameType

import click

_PR_SET_PDEATHSIG = 1
_GRACE = 15.0


def die_with_parent() -> None:
    """Called in a child: ask to be terminated when the parent is gone."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def require_free(bind: str, option: str = "--bind") -> None:
    """Raise ClickException, with what to do, where HOST:PORT cannot be listened on."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit():
        raise click.ClickException(f"--bind must be HOST:PORT, for example 127.0.0.1:8000: {bind}")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} of {host} cannot be used ({error.strerror}). Stop the program that "
                f"listens there, or choose another with {option}."
            ) from error


class Supervisor:
    """Runs children until one ends or a signal comes; then ends them all."""

    def __init__(self) -> None:
        self._children: list[subprocess.Popen[bytes]] = []
        self._asked = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._asked.set()

    @property
    def asked_to_stop(self) -> bool:
        """Whether somebody sent TERM or pressed Ctrl-C."""
        return self._asked.is_set()

    def start(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a child of this interpreter: `python -m` with these arguments."""
        child = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=dict(environment),
            start_new_session=True,
        )
        self._children.append(child)

    def any_ended(self) -> bool:
        """Whether a child is gone."""
        return any(child.poll() is not None for child in self._children)

    def wait(self) -> int:
        """Wait for a signal or for a child's end; stop the rest; return the exit status."""
        while not self._asked.wait(0.2):
            if self.any_ended():
                break
        ended = [child.returncode for child in self._children if child.poll() is not None]
        self.stop()
        if self._asked.is_set():
            return 0
        return next((code for code in ended if code), 1)

    def stop(self) -> None:
        """End all children, politely first."""
        for child in self._children:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + _GRACE
        for child in self._children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
