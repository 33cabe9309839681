"""A gradebook over HTTP for tests: as strict as Moodle, and able to answer whatever a test plans.

Tokens belong to a client id, and a token of another client is refused with 401.
"""

import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from foundation.http import HttpClient
from lti_tool.lms.tokens import TokenClient
from lti_tool.platforms.registrations import RegistrationInfo
from lti_tool.platforms.tables import DeploymentPolicy
from lti_tool.platforms.tool_keys import SigningKey, ToolKeys

ISSUER = "https://lms.example"
SCOPE_PREFIX = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPES = tuple(f"{SCOPE_PREFIX}{name}" for name in ("lineitem", "result.readonly", "score"))


@dataclass
class Planned:
    """An answer in place of the usual one; `after`: the usual thing happens, unseen."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    hang: float = 0
    until: threading.Event | None = None
    """Answered when this is set, or after ten seconds."""
    drop: bool = False
    after: bool = False


@dataclass
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


class FakeLms:
    """What the LMS holds, and what it was asked."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.address = f"http://{self.host}"
        self.seen: list[Seen] = []
        self.assertions: list[str] = []
        self.tokens: dict[str, str] = {}
        self.grades: dict[tuple[str, str], dict[str, Any]] = {}
        self.kept: list[dict[str, Any]] = []
        self.line_items: list[dict[str, Any]] = []
        self.made = 0
        self.gone: set[str] = set()
        self.planned: dict[str, deque[Planned]] = defaultdict(deque)
        self.lock = threading.Lock()

    @property
    def line_item(self) -> str:
        return f"{self.address}/lineitems/1/lineitem?type_id=1"

    @property
    def line_items_url(self) -> str:
        return f"{self.address}/lineitems?type_id=1"

    def plan(self, kind: str, *answers: Planned) -> None:
        """The next answers of "token", "scores", "results", "lineitems" or "lineitem"."""
        self.planned[kind].extend(answers)

    def of(self, kind: str) -> list[Seen]:
        """The requests of one kind."""
        return [each for each in self.seen if _kind(each.path) == kind]

    def registration(self, **changes: Any) -> RegistrationInfo:
        """A registration of this LMS; another client id at each call, of the same issuer."""
        values: dict[str, Any] = {
            "id": uuid4(),
            "home_tenant_id": UUID(int=1),
            "issuer": ISSUER,
            "client_id": f"client-{uuid4().hex[:8]}",
            "auth_login_url": f"{self.address}/auth",
            "auth_token_url": f"{self.address}/token",
            "auth_audience": None,
            "key_set_url": f"{self.address}/jwks",
            "name": "Fake LMS",
            "product_family": None,
            "private_hosts": (self.host,),
            "policy": DeploymentPolicy.FIRST,
        }
        return RegistrationInfo(**{**values, **changes})

    def answer(self, request: Seen) -> Planned:
        kind = _kind(request.path)
        with self.lock:
            self.seen.append(request)
            waiting = self.planned[kind]
            planned = waiting.popleft() if waiting else None
            usual = Planned()
            if planned is None or planned.after:
                usual = getattr(self, f"_{kind}")(request)
        if planned is None:
            return usual
        time.sleep(planned.hang)
        if planned.until is not None:
            planned.until.wait(10)
        return planned

    def _token(self, request: Seen) -> Planned:
        form = parse_qs(request.body.decode())
        assertion = form["client_assertion"][0]
        self.assertions.append(assertion)
        client_id = jwt.decode(assertion, options={"verify_signature": False})["iss"]
        token = f"token-{len(self.tokens)}-of-{client_id}"
        self.tokens[token] = client_id
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": 3600}
        return Planned(200, json.dumps(answer), {"Content-Type": "text/html"})

    def _scores(self, request: Seen) -> Planned:
        if request.bearer not in self.tokens:
            return Planned(401, '{"status": 401, "reason": "Unauthorized"}')
        assert request.headers["content-type"] == "application/vnd.ims.lis.v1.score+json"
        assert b"\n" not in request.body
        score = json.loads(request.body)
        assert score["activityProgress"] == "Completed"
        assert score["gradingProgress"] == "FullyGraded"
        if request.path.replace("/scores", "") in self.gone:
            return Planned(404, '{"reason": "Not Found"}')
        key = (urlsplit(request.path).path.removesuffix("/scores"), score["userId"])
        before = self.grades.get(key)
        if before is not None and _second(score) <= _second(before):
            return Planned(409, "[]")
        self.grades[key] = score
        self.kept.append(score)
        return Planned(200)

    def _results(self, request: Seen) -> Planned:
        if request.bearer not in self.tokens:
            return Planned(401)
        assert request.headers["accept"] == "application/vnd.ims.lis.v2.resultcontainer+json"
        parts = urlsplit(request.path)
        wanted = parse_qs(parts.query).get("user_id", [""])[0]
        score = self.grades.get((parts.path.removesuffix("/results"), wanted))
        if score is None:
            return Planned(200, "[]")
        entry = {
            "userId": wanted,
            "resultScore": round(score["scoreGiven"] / score["scoreMaximum"] * 20, 5),
            "resultMaximum": 20,
            "comment": score.get("comment"),
            "timestamp": score["timestamp"],
        }
        return Planned(200, json.dumps([entry]))

    def _lineitems(self, request: Seen) -> Planned:
        if request.bearer not in self.tokens:
            return Planned(401)
        if request.method == "GET":
            assert request.headers["accept"].endswith("lineitemcontainer+json")
            query = parse_qs(urlsplit(request.path).query)
            names = {
                "resource_link_id": "resourceLinkId",
                "resource_id": "resourceId",
                "tag": "tag",
            }
            asked = {names[name]: value[0] for name, value in query.items() if name in names}
            found = [each for each in self.line_items if asked.items() <= each.items()]
            return Planned(200, json.dumps(found))
        assert request.headers["content-type"].endswith("lineitem+json")
        made = json.loads(request.body)
        self.made += 1
        made["id"] = f"{self.address}/lineitems/{self.made}/lineitem?type_id=1"
        self.line_items.append(made)
        return Planned(201, json.dumps(made))

    def _lineitem(self, request: Seen) -> Planned:
        if request.bearer not in self.tokens:
            return Planned(401)
        found = [each for each in self.line_items if each["id"].endswith(request.path)]
        if not found or request.path in self.gone:
            return Planned(404, '{"reason": "Not Found"}')
        if request.method == "PUT":
            assert request.headers["content-type"].endswith("v2.lineitem+json")
            # The whole of it, as Moodle does.
            address = found[0]["id"]
            found[0].clear()
            found[0].update({**json.loads(request.body), "id": address})
        if request.method == "DELETE":
            self.line_items.remove(found[0])
            return Planned(204)
        return Planned(200, json.dumps(found[0]))

    def lose(self, url: str) -> None:
        """Somebody deletes a column in the LMS."""
        self.gone.add(url.removeprefix(self.address))
        self.line_items = [each for each in self.line_items if each["id"] != url]


def _kind(path: str) -> str:
    return urlsplit(path).path.rpartition("/")[2]


def _second(score: dict[str, Any]) -> int:
    """Moodle compares whole seconds."""
    return int(datetime.fromisoformat(score["timestamp"]).timestamp())


Lms = TypeVar("Lms", bound=FakeLms)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    lms: FakeLms

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that hung up are no news; assertions show as a dropped connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Seen(self.command, self.path, headers, self.rfile.read(length))
        answer = self.server.lms.answer(request)
        if answer.drop:
            self.close_connection = True
            return
        body = answer.body.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815


@contextmanager
def serving(make: Callable[[int], Lms]) -> Iterator[Lms]:
    """A running LMS that is made for a port of its own."""
    server = _Server(("127.0.0.1", 0), _Handler)
    lms = server.lms = make(server.server_address[1])
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield lms
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def fake_lms() -> Iterator[FakeLms]:
    """A running one, on a port of its own."""
    with serving(FakeLms) as lms:
        yield lms


@cache
def signing_key() -> SigningKey:
    """The tool's key, made once a test process."""
    return SigningKey("our-kid", rsa.generate_private_key(public_exponent=65537, key_size=2048))


class FixedKeys(ToolKeys):
    """Tool keys without a database."""

    def __init__(self) -> None:
        """Nothing to open."""

    def signing(self) -> SigningKey:
        return signing_key()


def quick_http() -> HttpClient:
    """A client that gives up soon."""
    return HttpClient(connect_seconds=1, read_seconds=0.5, total_seconds=1)


def token_client(**options: Any) -> TokenClient:
    """Tokens over a quick client."""
    return TokenClient(quick_http(), FixedKeys(), **options)
