"""The web server: gunicorn with threads, started as `python -m lti_tool.serving`."""

import os
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client.multiprocess import mark_process_dead

from lti_tool import even_worker
from lti_tool.metrics import FOLDER
from lti_tool.processes import die_with_parent


def _forget(_server: Any, worker: Any) -> None:
    """A worker's connections end with it; what it has counted of requests stays."""
    even_worker.forget(worker)
    if FOLDER in os.environ:
        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


class Server(BaseApplication):
    """gunicorn around the application, which each worker builds for itself."""

    def __init__(self, bind: str, workers: int, threads: int) -> None:
        self._bind, self._workers, self._threads = bind, workers, threads
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's settings."""
        settings: dict[str, Any] = {
            "bind": self._bind,
            "workers": self._workers,
            "threads": self._threads,
            "worker_class": even_worker.EvenWorker,
            # Longer than proxies and browsers keep an idle line: they write into one that closes.
            "keepalive": 75,
            "graceful_timeout": 10,
            "timeout": 60,
            "child_exit": _forget,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
        }
        if os.path.isdir("/dev/shm"):  # noqa: S108 - gunicorn's heartbeat files, not data
            settings["worker_tmp_dir"] = "/dev/shm"  # noqa: S108
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application of one worker process."""
        from lti_tool.app import application

        return application()


@click.command()
@click.option("--bind", required=True)
@click.option("--workers", type=int, required=True)
@click.option("--threads", type=int, required=True)
def main(bind: str, workers: int, threads: int) -> None:
    """Serve until TERM."""
    die_with_parent()
    Server(bind, workers, threads).run()


if __name__ == "__main__":
    main()
