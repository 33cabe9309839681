"""What the record store costs: `python -m benchmarks.lrs [--quick] [--million] [--engine NAME]`.

Beside it, in the same run, on the same server (gunicorn, two processes of eight threads), engine
and durability: a bare Flask route that does one INSERT, or reads a page by an index (bare.py).
Writing is given as a share of the reference's throughput, reading as a multiple of its p95.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from urllib.parse import urlencode
from uuid import UUID, uuid4

import orjson

from benchmarks import bare, load
from benchmarks.load import Load, Request
from benchmarks.serving import resident, side_by_side
from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool import schema
from rubrics.tables.people import Tenant
from tests import postgres
from xapi.access import credentials
from xapi.statements.prepare import prepare
from xapi.store import write

AGENTS, ACTIVITIES, VERBS, COURSES, PER_REGISTRATION = 1000, 200, 20, 10, 20
_AUTHORITY = {"account": {"homePage": "https://bench.example", "name": "bench"}}
_ROUNDS = 5
"""Each opens connections of its own: how they fall to a server's two processes is chance."""


def statement(number: int) -> dict[str, object]:
    """A statement of about a kilobyte, of one of many people, activities and verbs."""
    agent, activity = number % AGENTS, (number * 7) % ACTIVITIES
    return {
        "id": str(uuid4()),
        "actor": {
            "objectType": "Agent",
            "account": {"homePage": "https://lms.example", "name": f"learner-{agent}"},
        },
        "verb": {
            "id": f"https://example.org/verbs/{number % VERBS}",
            "display": {"en": f"verb {number % VERBS}", "de": f"Verb {number % VERBS}"},
        },
        "object": {
            "objectType": "Activity",
            "id": f"https://example.org/activities/{activity}",
            "definition": {
                "name": {"en": f"Activity {activity}"},
                "description": {"en": "Handle a client who is upset, and keep the relationship."},
                "type": "http://adlnet.gov/expapi/activities/simulation",
            },
        },
        "result": {
            "score": {"scaled": (number % 100) / 100, "raw": number % 100, "min": 0, "max": 100},
            "success": number % 3 == 0,
            "completion": True,
            "duration": "PT12M30S",
        },
        "context": {
            "registration": str(UUID(int=1 + number // PER_REGISTRATION)),
            "contextActivities": {
                "parent": [{"id": f"https://example.org/courses/{number % COURSES}"}],
                "category": [{"id": "https://example.org/profiles/work"}],
            },
            "platform": "Example LMS",
            "language": "en",
            "extensions": {"https://example.org/ext/attempt": number % 5},
        },
        "timestamp": (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)).isoformat(),
    }


def queries(size: int, limit: int = 100) -> dict[str, str]:
    """The questions of the benchmark, to a store of `size` statements, for pages of `limit`."""
    recent = (clock.now() - timedelta(days=1)).isoformat()
    agent = orjson.dumps({"account": {"homePage": "https://lms.example", "name": "learner-7"}})
    asked: dict[str, dict[str, str]] = {
        "latest 100": {},
        "by agent": {"agent": agent.decode()},
        "by verb and activity since": {
            "verb": "https://example.org/verbs/1",
            "activity": "https://example.org/activities/7",
            "since": recent,
        },
        "by registration": {"registration": str(UUID(int=1 + size // 2 // PER_REGISTRATION))},
        "by related activity": {
            "activity": "https://example.org/courses/1",
            "related_activities": "true",
        },
    }
    return {name: f"/xapi/statements?{urlencode({'limit': str(limit), **values})}"
            for name, values in asked.items()}  # fmt: skip


class Store:
    """A filled database with two servers on it: ours and the reference."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.database = Database(url)
        schema.upgrade(self.database)
        with self.database.writing(EVERY_TENANT) as session:
            tenant = Tenant(name="Benchmark")
            session.add(tenant)
            session.flush()
            self.tenant = tenant.id
            kinds = {"uuid": "CHAR(32)", "bytes": "BLOB"}
            if not self.database.is_sqlite:
                kinds = {"uuid": "UUID", "bytes": "BYTEA"}
            for line in bare.DDL:
                session.connection().exec_driver_sql(line.format(**kinds))
            key, secret = credentials.create(session, self.tenant, "bench", ["all"])
        self.headers = _headers(key, secret)
        self.size = 0

    def fill(self, size: int) -> None:
        """Bring it to `size` statements."""
        while self.size < size:
            several = [
                prepare(statement(number), authority=_AUTHORITY)
                for number in range(self.size, min(size, self.size + 1000))
            ]
            with self.database.writing(self.tenant) as session:
                write.append(session, self.tenant, several)
            self.size += len(several)
        if not self.database.is_sqlite:
            with self.database.migrating() as connection:
                connection.exec_driver_sql("ANALYZE")
        self.database.dispose()

    def get(self, path: str) -> Request:
        """A maker of this GET."""
        data = load.request("GET", path, self.headers)
        return lambda: data

    def post(self, path: str, many: int) -> Request:
        """A maker of POSTs of so many new statements."""
        numbers = count(self.size)
        headers = {**self.headers, "Content-Type": "application/json"}

        def make() -> bytes:
            several = [statement(next(numbers)) for _ in range(many)]
            return load.request(
                "POST", path, headers, orjson.dumps(several if many > 1 else several[0])
            )

        ready = [make() for _ in range(max(20, 20_000 // many))]
        bodies = iter(ready)
        return lambda: next(bodies, None) or make()

    @contextmanager
    def served(self) -> Iterator[tuple[int, int, list[int]]]:
        """Both servers running: (our port, the reference's, the ids of our processes)."""
        with side_by_side(
            self.url, self.folder, "benchmarks.bare:application()", ("/xapi/about", "/bare")
        ) as running:
            yield running


def _headers(key: str, secret: str) -> dict[str, str]:
    from base64 import b64encode

    pair = b64encode(f"{key}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}", "X-Experience-API-Version": "1.0.3"}


def _paired(first: Request, second: Request, ports: tuple[int, int], connections: int,
            seconds: float) -> list[tuple[Load, Load]]:  # fmt: skip
    """Rounds of both, the order turned each time, so that a slow moment hits both."""
    rounds = []
    for number in range(_ROUNDS):
        pair: dict[int, Load] = {}
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            make = (first, second)[which]
            pair[which] = load.run(ports[which], make, connections=connections, seconds=seconds)
        rounds.append((pair[0], pair[1]))
    return rounds


def writing(store: Store, seconds: float) -> None:
    """POST of one at 16 connections, and of fifty at 4."""
    with store.served() as (ours, theirs, _):
        for many, connections, aim in ((1, 16, 0.7), (50, 4, 0.5)):
            rounds = _paired(store.post("/xapi/statements", many), store.post("/bare", many),
                             (ours, theirs), connections, seconds)  # fmt: skip
            ratio = median(mine.per_second / bare.per_second for mine, bare in rounds)
            mine = median(each.per_second for each, _ in rounds)
            other = median(each.per_second for _, each in rounds)
            print(f"POST {many:<3} x {connections:<2} {mine * many:8.0f} statements a second"
                  f"   reference {other * many:8.0f}   {ratio:5.2f} of it (aim {aim})")  # fmt: skip


def reading(store: Store, seconds: float) -> None:
    """The questions, their p95 beside the reference's page of a hundred."""
    with store.served() as (ours, theirs, pids):
        fill = store.post("/bare", 50)
        load.run(theirs, fill, connections=2, times=20)
        bare_page = store.get("/bare")
        for name, path in queries(store.size).items():
            rounds = _paired(store.get(path), bare_page, (ours, theirs), 4, seconds)
            ratio = median(a.percentile(0.95) / b.percentile(0.95) for a, b in rounds)
            p95 = median(a.percentile(0.95) for a, _ in rounds) * 1000
            size = rounds[0][0].bytes_read / len(rounds[0][0].times) / 1000
            print(f"GET {name:<27} p95 {p95:7.1f} ms   {ratio:5.2f} x the reference (aim 2)"
                  f"   {size:.0f} kB a page")  # fmt: skip
        walk(store, ours)
        print(f"memory of a worker: {max(map(resident, pids)):.0f} MB (aim: under 150)")


def walk(store: Store, port: int) -> None:
    """`more` through the whole store: the first tenth of the pages against the last."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port)
    path, times, seen = "/xapi/statements?limit=1000", [], 0
    while path:
        begun = time.perf_counter()
        connection.request("GET", path, headers=store.headers)
        page = orjson.loads(connection.getresponse().read())
        times.append(time.perf_counter() - begun)
        seen += len(page["statements"])
        path = page["more"]
    tenth = max(1, len(times) // 10)
    first, last = median(times[:tenth]) * 1000, median(times[-tenth - 1 : -1] or times) * 1000
    print(f"more: {seen} statements in {len(times)} pages; first tenth {first:.1f} ms a page,"
          f" last tenth {last:.1f} ms: {last / first:.2f} x")  # fmt: skip


def growing(store: Store, sizes: tuple[int, int]) -> None:
    """The medians of the questions, at both sizes.

    Pages of ten: that is what even the smaller store has of each agent, and a longer page costs
    more whatever the size.
    """
    medians: dict[int, dict[str, float]] = {}
    for size in sizes:
        store.fill(size)
        with store.served() as (ours, _, _pids):
            medians[size] = {
                name: load.run(ours, store.get(path), connections=1, times=200).percentile(0.5)
                for name, path in queries(size, limit=10).items()
            }
    small, large = (medians[size] for size in sizes)
    for name in small:
        print(f"GET {name:<27} median {large[name] * 1000:6.1f} ms at {sizes[1]},"
              f" {large[name] / small[name]:5.2f} x that at {sizes[0]} (aim 1.5)")  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument("--million", action="store_true", help="also from 10 thousand to a million")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], help="one engine alone")
    options = parser.parse_args()
    seconds, size = (0.7, 10_000) if options.quick else (6.0, 100_000)
    for engine in ("sqlite", "postgresql"):
        if options.engine not in (None, engine):
            continue
        print(f"\n{engine}", flush=True)
        with _database(engine) as (url, folder):
            store = Store(url, folder)
            if options.million:
                growing(store, (10_000, 1_000_000))
                continue
            store.fill(size)
            writing(store, seconds)
            reading(store, seconds / 3)


@contextmanager
def _database(engine: str) -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory(prefix="twofold-bench-") as name:
        if engine == "sqlite":
            yield f"sqlite:///{name}/lrs.db", Path(name)
            return
        with postgres.running(durable=True) as server:
            yield server.create("bench"), Path(name)


if __name__ == "__main__":
    main()
