"""Against the sandbox LMS as a process of its own, with the faults that it offers."""

import json
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from jwt.algorithms import RSAAlgorithm

from foundation.db import Database
from lti_tool.delivery.choices import choose_column
from lti_tool.delivery.worker import run
from lti_tool.work import work
from rubrics.actions.activities import write_activity
from rubrics.words import CourseRole
from tests.lti_tool.ags.fake_lms import fake_lms, signing_key
from tests.lti_tool.delivery.house import House, link, services_for
from tests.rubrics.make import school

ROOT = Path(__file__).parents[3]


class _Keys(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        jwk = json.loads(RSAAlgorithm.to_jwk(signing_key().key.public_key()))
        body = json.dumps({"keys": [{**jwk, "kid": "our-kid", "alg": "RS256"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""


@pytest.fixture
def tool_url() -> Iterator[str]:
    """The tool's key set over HTTP."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Keys)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def sandbox(tmp_path: Path, tool_url: str) -> Iterator[str]:
    """A seeded sandbox LMS; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        bind = f"127.0.0.1:{free.getsockname()[1]}"
    where = ["--bind", bind, "--database", str(tmp_path / "lms.sqlite"), "--tool-url", tool_url]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox_lms", *where, "--seed", "--allow-faults"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "ready" in process.stdout.readline()
    yield f"http://{bind}"
    process.terminate()
    process.wait(10)


@contextmanager
def worker(one: House) -> Iterator[None]:
    """The worker's loop, running."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(one.services, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)


def class_of(db: Database, sandbox: str) -> House:
    """The sandbox's three learners behind a link of its course, which has no column yet."""
    made = school(db, learners=0)
    made.learner_ids = [
        made.person(f"learner-0{number}", CourseRole.LEARNER) for number in (1, 2, 3)
    ]
    with fake_lms() as somewhere:
        registration = somewhere.registration(
            client_id="sandbox-client",
            auth_login_url=f"{sandbox}/auth",
            auth_token_url=f"{sandbox}/token",
            key_set_url=f"{sandbox}/jwks",
            private_hosts=(sandbox.removeprefix("http://"),),
        )
        registration_id, link_id = link(
            made,
            registration,
            somewhere,
            resource_link_id="skills-101-home-1",
            lineitems_url=f"{sandbox}/ags/skills-101/lineitems?type_id=1",
            lineitem_url=None,
        )
    return House(made, services_for(db), registration_id, link_id)


def come_to(one: House, *states: str) -> None:
    """Wait until every grade is in one of these states."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if all(one.state(each).state in states for each in one.made.learner_ids):
            return
        time.sleep(0.1)
    raise AssertionError([one.state(each) for each in one.made.learner_ids])


def test_the_sandbox_gradebook_has_every_grade_once_after_every_fault(
    db: Database, sandbox: str
) -> None:
    one = class_of(db, sandbox)
    made = one.made
    for endpoint, mode in (
        ("token", "500"),
        ("lineitems", "429"),
        ("scores", "drop-after-commit"),
        ("scores", "500"),
        ("scores", "409"),
        ("scores", "403-limit"),
        ("scores", "hang"),
    ):
        fault = {"endpoint": endpoint, "mode": mode, "seconds": 0.8}
        assert requests.post(f"{sandbox}/_faults", json=fault, timeout=5).status_code == 201
    with worker(one):
        for learner in made.learner_ids:
            one.release(4, 2, learner=learner)
        come_to(one, "delivered")
    kept = requests.get(f"{sandbox}/_log", timeout=5).json()["scores"]
    assert sorted(each["user"] for each in kept) == ["learner-01", "learner-02", "learner-03"]
    assert {each["score"] for each in kept} == {77.78}
    assert all("Listening: Great." in each["comment"] for each in kept)
    assert len({each["line_item"] for each in kept}) == 1, "one column for the link"


def test_the_sandbox_gradebook_follows_the_activity_and_gets_a_lost_column_anew(
    db: Database, sandbox: str, tmp_path: Path
) -> None:
    one = class_of(db, sandbox)

    def asked(query: str) -> list[Any]:
        with closing(sqlite3.connect(tmp_path / "lms.sqlite")) as connection, connection:
            return connection.execute(query).fetchall()

    columns = (
        "SELECT label, score_maximum, resource_id, link_id FROM line_item WHERE tag = 'twofold'"
    )
    grades = "SELECT score FROM grade JOIN line_item ON id = line_item_id WHERE tag = 'twofold'"
    with worker(one):
        for learner in one.made.learner_ids:
            one.release(4, 2, learner=learner)
        come_to(one, "delivered")
        ours = (str(one.made.activity_id), "skills-101-home-1")
        assert asked(columns) == [("Role-play", 100, *ours)]
        work(
            one.services,
            one.made.tenant_id,
            lambda session: write_activity(
                session,
                course_id=one.made.course_id,
                author_id=one.made.instructor_id,
                draft=one.made.draft(title="Calm a client", maximum=Decimal(50)),
                activity_id=one.made.activity_id,
            ),
        )
        deadline = time.monotonic() + 30
        while asked(columns) != [("Calm a client", 50, *ours)] and time.monotonic() < deadline:
            time.sleep(0.1)
        assert asked(columns) == [("Calm a client", 50, *ours)]
        come_to(one, "delivered")
        assert asked(grades) == [(38.89,)] * 3
        asked("DELETE FROM grade")
        asked("DELETE FROM line_item WHERE tag = 'twofold'")
        one.release(4, 4)
        come_to(one, "gone")
        with one.db.writing(one.made.tenant_id) as session:
            assert choose_column(session, one.made.placement_id, "make") == 1
        come_to(one, "delivered")
    assert asked(columns) == [("Role-play", 50, *ours)]
    assert sorted(asked(grades)) == [(38.89,), (38.89,), (50.0,)]
