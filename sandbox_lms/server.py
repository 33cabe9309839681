"""A threaded HTTP server for the sandbox LMS, in this process or in a thread of a test.

Touches one listening socket. Serves no specification.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox_lms.app import create_app
from sandbox_lms.config import Config


class _Quiet(WSGIRequestHandler):
    """Keeps connections open between requests, and says nothing about single requests."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any free one. OSError if the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def serve(app: Flask, listener: socket.socket) -> BaseWSGIServer:
    """A server on that socket; call serve_forever(), and shutdown() from another thread."""
    host, port = listener.getsockname()
    server = make_server(
        host, port, app, threaded=True, request_handler=_Quiet, fd=listener.fileno()
    )
    listener.close()
    return server


@contextmanager
def running(database: Path, *, port: int = 0, allow_faults: bool = True) -> Iterator[Flask]:
    """A sandbox LMS in a thread, for tests; its address is app.config["SANDBOX"].base_url."""
    listener = listen("127.0.0.1", port)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(Config(address, database, allow_faults))
    server = serve(app, listener)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()
        app.extensions["sandbox_store"].close()
