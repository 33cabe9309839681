"""A stand-in for another LRS, which can be told to fail in every way that one fails."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Answer:
    """What the stand-in says instead of storing."""

    status: int
    """0: none, the line is closed."""
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


Fault = Callable[[list[dict[str, Any]]], Answer | None]


class StandIn:
    """Keeps statements by id as an LRS does; `fault` may answer instead."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.order: list[str] = []
        """The ids in which statements came, each time that they came."""
        self.posts = 0
        self.versions: set[str] = set()
        self.bodies: list[tuple[str, bytes]] = []
        self.fault: Fault = lambda _statements: None
        self.about = Answer(200, b'{"version":["1.0.3","2.0.0"]}')
        self.lock = threading.Lock()
        self.endpoint = ""

    def store(self, statements: list[dict[str, Any]]) -> Answer:
        """What a POST of these is answered with."""
        with self.lock:
            self.posts += 1
            answer = self.fault(statements)
            if answer is None:
                if any(
                    one["id"] in self.kept and self.kept[one["id"]] != one for one in statements
                ):
                    return Answer(409, b'{"said":"another statement has this id"}')
                for one in statements:
                    self.kept[one["id"]] = one
                    self.order.append(one["id"])
                return Answer(200, json.dumps([one["id"] for one in statements]).encode())
        time.sleep(answer.seconds)
        return answer


def _handler(lrs: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path.endswith("/about"):
                return self._send(lrs.about)
            wanted = parse_qs(url.query).get("statementId", [""])[0]
            found = lrs.kept.get(wanted)
            return self._send(
                Answer(404) if found is None else Answer(200, json.dumps(found).encode())
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kind = self.headers["Content-Type"]
            lrs.versions.add(self.headers["X-Experience-API-Version"])
            lrs.bodies.append((kind, body))
            if kind.startswith("multipart/"):
                boundary = kind.partition("boundary=")[2].strip('"').encode()
                body = body.split(b"--" + boundary)[1].partition(b"\r\n\r\n")[2]
            self._send(lrs.store(json.loads(body)))

        def _send(self, answer: Answer) -> None:
            if not answer.status:
                self.close_connection = True
                return
            self.send_response(answer.status)
            headers = {"Content-Type": "application/json", **answer.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            body = b"" if answer.status == 204 else answer.body
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """A stand-in on a free port of this machine."""
    lrs = StandIn()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(lrs))
    server.daemon_threads = True
    lrs.endpoint = f"http://127.0.0.1:{server.server_port}/lrs"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield lrs
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
