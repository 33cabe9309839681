"""A server that answers each request with exactly the bytes, and at the pace, a test wants."""

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Answer = bytes | Iterable[bytes | float]
"""Bytes to send at once, or a sequence of bytes and of seconds to wait."""


@dataclass
class RawServer:
    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


def ok(body: bytes = b"{}", *headers: bytes) -> bytes:
    lines = (b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@contextmanager
def raw_server(
    *answers: Answer, tls: ssl.SSLContext | None = None, silent: bool = False
) -> Iterator[RawServer]:
    """Serves `answers` in turn, the last one for ever; connections stay open between them."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(listener.getsockname()[1])
    stopped = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                if silent:
                    stopped.wait(30)
                    return
                plain = connection if tls is None else tls.wrap_socket(connection, server_side=True)
                with plain:
                    while not stopped.is_set() and _answer_one(plain):
                        pass
            except OSError:
                return

    def _answer_one(connection: socket.socket) -> bool:
        request = _read_request(connection)
        if not request:
            return False
        server.requests.append(request)
        answer = answers[min(len(server.requests), len(answers)) - 1]
        for part in [answer] if isinstance(answer, bytes) else answer:
            if isinstance(part, bytes):
                connection.sendall(part)
            elif stopped.wait(part):
                return False
        return b"Connection: close" not in request

    def accept() -> None:
        while not stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        stopped.set()
        listener.close()


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65_536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            deadline = time.monotonic() + 5
            while len(body) < int(value) and time.monotonic() < deadline:
                body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
