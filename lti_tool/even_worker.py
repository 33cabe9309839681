"""gunicorn's threaded worker, but one that leaves new connections to those who have fewer.

Browsers and proxies keep their connections. Whichever worker happened to be awake used to take all
of a burst, and served it with one processor while the others slept. It also looks for garbage
less often, and never in the application, which lives as long as the process.
"""

import gc
import mmap
import struct
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

_SLOTS = 256
_COUNT = struct.Struct("=I")
_PATIENCE = 5
"""How often a worker leaves a connection to the others before it takes it after all."""
_PAUSE = 0.001
"""Seconds."""

# Made before the workers fork: they share it. Zero: nobody works here; else connections plus one.
_counts = mmap.mmap(-1, _SLOTS * _COUNT.size)


class EvenWorker(ThreadWorker):
    """Takes a connection when no other worker has fewer, or none of those took it."""

    _left = 0

    def load_wsgi(self) -> None:
        """Load the application, which is not looked through for garbage from then on."""
        super().load_wsgi()
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 10, 10)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """One round of the worker's loop, after which the others know how many it has."""
        left = self._left
        super().wait_for_and_dispatch_events(timeout)
        if self._left == left:  # nothing waited for it in this round: the others took it
            self._left = 0
        self._tell()

    def accept(self, listener: Any) -> None:
        """Take a connection that waits, or leave it: the loop comes by again at once."""
        if self._left < _PATIENCE and self.nr_conns > self._fewest():
            self._left += 1
            time.sleep(_PAUSE)
            return
        self._left = 0
        super().accept(listener)
        self._tell()

    def _tell(self) -> None:
        _COUNT.pack_into(_counts, _place(self), self.nr_conns + 1 if self.alive else 0)

    def _fewest(self) -> int:
        told = (each for (each,) in _COUNT.iter_unpack(_counts) if each)
        return min(told, default=self.nr_conns + 1) - 1


def forget(worker: Any) -> None:
    """This worker ended; called where it was forked."""
    _COUNT.pack_into(_counts, _place(worker), 0)


def _place(worker: Any) -> int:
    return int(worker.age) % _SLOTS * _COUNT.size
