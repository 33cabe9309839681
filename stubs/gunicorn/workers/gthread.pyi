"""The part of gunicorn 27 that lti_tool uses."""

from typing import Any

class ThreadWorker:
    age: int
    alive: bool
    nr_conns: int
    def accept(self, listener: Any) -> None: ...
    def load_wsgi(self) -> None: ...
    def wait_for_and_dispatch_events(self, timeout: float) -> None: ...
