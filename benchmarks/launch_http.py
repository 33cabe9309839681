"""Launches over HTTP at 16 connections, beside a bare page and the floor under any launch.

A launch is three requests: login, launch, and the activity's page as a learner reads it.
The client is this process: it plays the LMS (its key set is fetched once, its signatures do not
count as time of a request, though they take their share of the machine).
"""

import asyncio
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from statistics import median
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select, text, update

from benchmarks.launch_floor import DDL, KEY
from benchmarks.load import Load, request
from benchmarks.serving import resident, side_by_side
from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.launch.tables import UsedLogin
from lti_tool.onboarding import onboard
from lti_tool.platforms.tables import LtiContext
from lti_tool.schema import upgrade
from tests import postgres
from tests.lti_tool.launch.activities import activity_of
from tests.lti_tool.platform import INSTRUCTOR, SignedPlatform, public_jwk, rsa_key

CONNECTIONS = 16
LEARNERS = 500
FLOOD = 5000
ROUNDS = 3
STEPS = ("login", "launch", "page")
_TARGET = "http://localhost:8000/lti/launch"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

Claims = dict[str, object]


@dataclass
class Answer:
    """What a request got."""

    status: int
    headers: dict[str, list[str]]
    body: bytes


class Connection:
    """One keep-alive connection of a browser; remembers how long each answer took."""

    def __init__(self, port: int, seen: Load) -> None:
        self._port = port
        self._seen = seen
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, data: bytes) -> Answer:
        """Send a request and wait for its answer; RuntimeError where it is an error."""
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        reader, writer = self._open
        sent = time.perf_counter()
        writer.write(data)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, list[str]] = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.setdefault(name.lower(), []).append(value.strip())
        body = await reader.readexactly(int(headers.get("content-length", ["0"])[0]))
        self._seen.times.append(time.perf_counter() - sent)
        if headers.get("connection") == ["close"]:
            self.close()
        answer = Answer(int(lines[0][9:12]), headers, body)
        if answer.status >= 400:
            raise RuntimeError(f"{answer.status}: {body[:300].decode()}")
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


@dataclass
class Bench:
    """A database at head with a registered LMS, and what its browsers do."""

    url: str
    folder: Path
    key_set_port: int
    platform: SignedPlatform = field(init=False)
    custom: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.db = Database(self.url)
        upgrade(self.db)
        self.platform = SignedPlatform(issuer=f"http://127.0.0.1:{self.key_set_port}")
        issuer = self.platform.issuer
        onboard(
            self.db,
            issuer=issuer,
            client_id=self.platform.client_id,
            auth_login_url=f"{issuer}/auth",
            auth_token_url=f"{issuer}/token",
            key_set_url=f"{issuer}/jwks",
            deployment_ids=["1"],
            private=True,
        )

    def set_up(self, port: int) -> None:
        """An activity, placed where the launches go."""
        begun = Load()
        asyncio.run(self._launch(Connection(port, begun), roles=[INSTRUCTOR], sub="teacher"))
        with self.db.reading(EVERY_TENANT) as session:
            course = session.scalars(select(LtiContext.course_id)).one()
        self.custom = {"twofold_activity": str(activity_of(self.db, str(course)))}

    async def launch(self, connection: Connection) -> None:
        """A learner opens the activity."""
        number = next(self.numbers) % LEARNERS
        await self._launch(
            connection, sub=f"learner-{number}", name=f"Learner {number}", custom=self.custom
        )

    async def abandon(self, connection: Connection) -> dict[str, str]:
        """A login; nobody finishes it where its launch is not sent."""
        form = {
            "iss": self.platform.issuer,
            "client_id": self.platform.client_id,
            "login_hint": "5",
            "target_link_uri": _TARGET,
        }
        answer = await connection.send(
            request("POST", "/lti/login", _FORM, urlencode(form).encode())
        )
        query = parse_qs(urlsplit(answer.headers["location"][0]).query)
        return {
            "state": query["state"][0],
            "nonce": query["nonce"][0],
            "cookie": _cookie(answer),
        }

    async def _launch(self, connection: Connection, **claims: object) -> None:
        begun = await self.abandon(connection)
        said = self.platform.claims(begun["nonce"], **claims)  # type: ignore[arg-type]
        form = {"state": begun["state"], "id_token": self.platform.sign(said)}
        answer = await connection.send(
            request(
                "POST",
                "/lti/launch",
                _FORM | {"Cookie": begun["cookie"]},
                urlencode(form).encode(),
            )
        )
        cookie = {"Cookie": _cookie(answer)}
        while "location" in answer.headers:
            answer = await connection.send(request("GET", answer.headers["location"][0], cookie))

    def used(self) -> int:
        """Rows of logins that a launch used up."""
        with self.db.reading(EVERY_TENANT) as session:
            return session.scalar(select(func.count()).select_from(UsedLogin)) or 0

    def age(self) -> None:
        """As if all used logins had ended an hour ago."""
        with self.db.writing(EVERY_TENANT) as session:
            session.execute(update(UsedLogin).values(ends_at=clock.now() - timedelta(hours=1)))


def _cookie(answer: Answer) -> str:
    return "; ".join(each.partition(";")[0] for each in answer.headers.get("set-cookie", ()))


def drive(port: int, act: Callable[[Connection], object], *, connections: int, times: int) -> Load:
    """Let so many connections do it until it was done `times` times; what every request took."""
    load = Load()

    async def run() -> None:
        left = count()
        begun = time.perf_counter()

        async def browser() -> None:
            connection = Connection(port, load)
            while next(left) < times:
                await act(connection)  # type: ignore[misc]
            connection.close()

        await asyncio.gather(*(browser() for _ in range(connections)))
        load.seconds = time.perf_counter() - begun

    asyncio.run(run())
    return load


async def page(connection: Connection) -> None:
    """The reference's page, as often as a launch has requests."""
    for _ in STEPS:
        await connection.send(request("GET", "/bare"))


def compare(engine: str, launches: int) -> None:
    """Throughput and p95 at 16 connections: launches and both references in turn."""
    with bench(engine) as made, served(made) as (ours, theirs, _):
        made.set_up(ours)
        acts = {
            "bare Flask page": (theirs, page),
            "floor of a launch": (theirs, made.launch),
            "launches": (ours, made.launch),
        }
        rounds: dict[str, list[Load]] = {name: [] for name in acts}
        for number in range(ROUNDS + 1):
            for name, (port, act) in acts.items():
                # First everybody once: what is measured are people who come again.
                times = launches if number else LEARNERS
                load = drive(port, act, connections=CONNECTIONS, times=times)
                if number:
                    rounds[name].append(load)
        print(f"Over HTTP at {CONNECTIONS} connections, {engine}: median of {ROUNDS} rounds")
        for name, loads in rounds.items():
            load = sorted(loads, key=lambda each: each.per_second)[ROUNDS // 2]
            print(
                f"  {name:<28}{load.per_second:>9.0f} requests/s   p95"
                f" {load.percentile(0.95) * 1e3:>8.1f} ms a request"
            )
        bare, floor, mine = rounds.values()
        print(f"  {'whole launches':<28}{_median(mine) / len(STEPS):>9.0f} a second")
        print(f"  {'as a share of the page':<28}{_share(mine, bare):>9.2f}   (aim: at least 0.35)")
        print(f"  {'as a share of the floor':<28}{_share(mine, floor):>9.2f}")
        print(f"  {'the floor, of the page':<28}{_share(floor, bare):>9.2f}\n")


def _median(loads: list[Load]) -> float:
    return median(each.per_second for each in loads)


def _share(mine: list[Load], reference: list[Load]) -> float:
    """Round by round, so that a slow moment hits both."""
    return median(a.per_second / b.per_second for a, b in zip(mine, reference, strict=True))


def soak(engine: str, launches: int) -> None:
    """Memory of the server's processes and rows of logins, over many launches and a flood."""
    with bench(engine) as made, served(made) as (ours, _, processes):
        made.set_up(ours)
        drive(ours, made.launch, connections=CONNECTIONS, times=LEARNERS)
        before = [resident(each) for each in processes]
        rows = made.used()
        drive(ours, made.abandon, connections=CONNECTIONS, times=FLOOD)
        flooded = made.used() - rows
        made.age()
        drive(ours, made.launch, connections=CONNECTIONS, times=launches)
        after = [resident(each) for each in processes]
        print(f"Soak, {engine}: {FLOOD} logins that nobody finished, then {launches} launches")
        for first, last in zip(before, after, strict=True):
            print(f"  a worker's memory{first:>20.1f} MB before {last:>7.1f} MB after")
        print(f"  rows that the flood left{flooded:>13}")
        print(f"  rows of used logins{made.used():>18}   (as many as launches of twenty minutes)\n")


@contextmanager
def bench(engine: str) -> Iterator[Bench]:
    """A fresh database of this engine, durable as in production, and a key set that is served."""
    with tempfile.TemporaryDirectory(prefix="twofold-bench-") as name, _key_set() as port:
        if engine == "sqlite":
            made = Bench(f"sqlite:///{name}/launch.db", Path(name), port)
            yield made
            made.db.dispose()
            return
        with postgres.running(durable=True) as server:
            made = Bench(server.create("bench"), Path(name), port)
            yield made
            made.db.dispose()


@contextmanager
def served(made: Bench) -> Iterator[tuple[int, int, list[int]]]:
    """Both servers running: (our port, the reference's, the ids of our workers)."""
    with made.db.writing(EVERY_TENANT) as session:
        session.execute(text(DDL))
    key = rsa_key("platform").public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    reference = "benchmarks.launch_floor:application()"
    with side_by_side(
        made.url, made.folder, reference, ("/lti/jwks", "/bare"), {KEY: pem}
    ) as running:
        yield running


@contextmanager
def _key_set() -> Iterator[int]:
    body = json.dumps({"keys": [public_jwk(rsa_key("platform"), "key-1")]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
