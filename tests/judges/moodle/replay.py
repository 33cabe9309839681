"""A Moodle that answers what Moodle 4.5 answered, byte for byte, over HTTP on this machine.

Where no recording is planned it is the strict gradebook of the other tests, at Moodle's addresses.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lti_tool.platforms.registrations import RegistrationInfo
from tests.judges.moodle.recordings import HOME, Exchange
from tests.lti_tool.ags.fake_lms import FakeLms, Planned, Seen

SERVICES = "/mod/lti/services.php"
_LEFT_OUT = "<32 hex chars>"
"""In place of an access token."""
_OURS = ("connection", "content-length", "transfer-encoding")
"""How an answer is framed: chunked, as it was."""


@dataclass
class Replayed(Planned):
    """An answer with the words of its status line."""

    reason: str = ""


class Moodle(FakeLms):
    """What it is to answer next, and what it was asked."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.to_scores_of: dict[str, Exchange] = {}
        """By the userId of a score: what it is answered, always."""

    def _scores(self, request: Seen) -> Planned:
        said = self.to_scores_of.get(json.loads(request.body)["userId"])
        return super()._scores(request) if said is None else self.as_said(said)

    @property
    def line_item(self) -> str:
        """The column of the recorded scores."""
        return f"{self.address}{SERVICES}/2/lineitems/14/lineitem?type_id=1"

    @property
    def line_items_url(self) -> str:
        return f"{self.address}{SERVICES}/2/lineitems?type_id=1"

    @property
    def members_url(self) -> str:
        return f"{self.address}{SERVICES}/CourseSection/2/bindings/1/memberships"

    def registration(self, **changes: Any) -> RegistrationInfo:
        return super().registration(**{"product_family": "moodle", **changes})

    def replay(self, kind: str, *said: Exchange) -> None:
        """The next answers of a kind of address: its last part, as "scores"."""
        self.plan(kind, *(self.as_said(each) for each in said))

    def as_said(self, said: Exchange) -> Replayed:
        """A recorded answer at this Moodle's address; its token, where it gives one, is good."""
        body = said.body.replace(HOME, self.address)
        if _LEFT_OUT in body:
            token = f"{len(self.tokens):032x}"
            self.tokens[token] = "recorded"
            body = body.replace(_LEFT_OUT, token)
        headers = {
            name: value.replace(HOME, self.address)
            for name, value in said.headers.items()
            if name.lower() not in _OURS
        }
        return Replayed(
            status=said.status,
            body=body,
            headers=headers,
            reason=said.reason,
        )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        moodle: Moodle = self.server.moodle  # type: ignore[attr-defined]
        said = moodle.answer(Seen(self.command, self.path, headers, body))
        if said.drop:
            self.close_connection = True
            return
        self.send_response_only(said.status, getattr(said, "reason", "") or None)
        for name, value in said.headers.items():
            self.send_header(name, value)
        if said.status == 204:
            self.end_headers()
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        content = said.body.encode()
        for part in (content[at : at + 4096] for at in range(0, len(content), 4096)):
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815


@contextmanager
def moodle_again() -> Iterator[Moodle]:
    """One that runs, on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    moodle = server.moodle = Moodle(server.server_address[1])  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield moodle
    finally:
        server.shutdown()
        server.server_close()
