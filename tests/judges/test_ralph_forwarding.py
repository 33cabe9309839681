"""Ralph, an LRS that others wrote, as the target of forwarding: what it takes, keeps and refuses.

Runs its own server with its file store and basic authentication, in a folder of the test. Told
nothing else, the file store of Ralph 5.1 answers 500 to every POST after the first one.
"""

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import bcrypt
import pytest

from foundation.db import Database
from tests.xapi.samples import pointing_at, statement, voiding
from tests.xapi.store.helpers import put
from tests.xapi.transfer.conftest import HTTP, Forwarding
from xapi.statements import compare
from xapi.store import blobs
from xapi.store.blobs import Blob
from xapi.transfer import targets
from xapi.transfer.remote import NoVersion

_RUN = """
import sys
import uvicorn
from ralph.backends.data.base import BaseOperationType
from ralph.backends.data.fs import FSDataBackend
FSDataBackend.default_operation_type = BaseOperationType.APPEND
uvicorn.run("ralph.api:app", host="127.0.0.1", port=int(sys.argv[1]))
"""


@dataclass
class Ralph:
    """A running Ralph."""

    endpoint: str
    file: Path

    @property
    def kept(self) -> dict[str, dict[str, Any]]:
        """What it has stored, by id."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        found = [json.loads(line) for line in lines]
        assert len(found) == len({one["id"] for one in found})
        return {one["id"]: one for one in found}


@pytest.fixture
def tenant() -> UUID:
    return uuid4()


@pytest.fixture
def ralph(tmp_path: Path) -> Iterator[Ralph]:
    folder = tmp_path / "ralph"
    folder.mkdir()
    user = {
        "username": "twofold",
        "hash": bcrypt.hashpw(b"a secret", bcrypt.gensalt(4)).decode(),
        "scopes": ["statements/write", "statements/read"],
        "agent": {"mbox": "mailto:twofold@example.org"},
    }
    (folder / "auth.json").write_text(json.dumps([user]))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "RALPH_APP_DIR": str(folder),
        "RALPH_AUTH_FILE": str(folder / "auth.json"),
        "RALPH_RUNSERVER_BACKEND": "fs",
        "RALPH_RUNSERVER_AUTH_BACKENDS": "basic",
        "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(folder),
    }
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", _RUN, str(port)],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        _wait(port, server)
        yield Ralph(f"http://127.0.0.1:{port}/xAPI", folder / "fs_lrs.jsonl")
    finally:
        server.terminate()
        server.wait(20)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while True:
        assert server.poll() is None
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.1)
        else:
            return


def rich() -> list[dict[str, Any]]:
    """One of each kind of statement."""
    course = {"id": "https://example.org/course/7", "definition": {"name": {"en": "Seven"}}}
    return [
        statement(),
        statement(timestamp="2026-11-23T10:00:00.123456Z", result={
            "score": {"scaled": 0.5, "raw": 1, "min": 0, "max": 2}, "success": True,
            "duration": "PT1M30.5S", "extensions": {"https://example.org/x": [None, 1.5, {}]},
        }),
        statement(context={
            "registration": str(uuid4()), "platform": "Twofold", "language": "de",
            "instructor": {"account": {"homePage": "https://lms.example", "name": "7"}},
            "contextActivities": {"category": [course], "parent": [course]},
        }),
        statement(actor={"objectType": "Group", "name": "Team", "member": [
            {"mbox": "mailto:a@example.org"}, {"mbox": "mailto:b@example.org"}]}),
    ]  # fmt: skip


def test_ralph_takes_what_we_send(db: Database, tenant: UUID, ralph: Ralph) -> None:
    sent = rich()
    sent += [pointing_at(sent[0]["id"]), voiding(sent[1]["id"])]
    put(db, tenant, *sent)
    forwarding = Forwarding(db, tenant, ralph.endpoint, key="twofold", secret="a secret",
                            version="1.0.3")  # fmt: skip
    forwarding.all()
    assert forwarding.refused == []
    assert (forwarding.state.sent, forwarding.state.behind) == (6, 0)
    kept = ralph.kept
    for one in sent:
        assert compare.comparison_hash(kept[one["id"]]) == compare.comparison_hash(one)
        assert kept[one["id"]]["authority"]["mbox"] == "mailto:twofold@example.org"
    assert kept[sent[1]["id"]]["timestamp"] == "2026-11-23T10:00:00.123456Z"


def test_ralph_has_everything_once_though_it_is_sent_twice(
    db: Database, tenant: UUID, ralph: Ralph
) -> None:
    put(db, tenant, *[statement() for _ in range(60)])
    credential = {"key": "twofold", "secret": "a secret", "version": "1.0.3"}
    first = Forwarding(db, tenant, ralph.endpoint, **credential)
    first.all()
    with db.writing(tenant) as session:
        targets.remove(session, tenant, "there")
    put(db, tenant, *[statement() for _ in range(10)])
    second = Forwarding(db, tenant, ralph.endpoint, **credential)
    second.all()
    assert second.refused == []
    assert len(ralph.kept) == 70


def test_ralph_refuses_objects_that_are_no_activity(
    db: Database, tenant: UUID, ralph: Ralph
) -> None:
    """It wants an id in every object, which agents and sub-statements do not have."""
    good = [statement() for _ in range(20)]
    agent = statement(object={"objectType": "Agent", "mbox": "mailto:a@example.org"})
    inner = {key: value for key, value in statement().items() if key != "id"}
    sub = statement(object={"objectType": "SubStatement", **inner})
    put(db, tenant, *good[:9], agent, *good[9:], sub)
    forwarding = Forwarding(db, tenant, ralph.endpoint, key="twofold", secret="a secret",
                            version="1.0.3")  # fmt: skip
    forwarding.all()
    assert set(ralph.kept) == {one["id"] for one in good}
    assert {(str(one.statement_id), one.status) for one in forwarding.refused} == {
        (agent["id"], 422),
        (sub["id"], 422),
    }
    assert "object" in forwarding.refused[0].said


@pytest.mark.parametrize(
    ("content", "status"), [(b"plain", 400), (bytes(range(256)), 500)], ids=["text", "bytes"]
)
def test_ralph_takes_no_attached_bytes(
    db: Database, tenant: UUID, ralph: Ralph, content: bytes, status: int
) -> None:
    """What it breaks at is passed over once it is seen to take the next one."""
    sha2 = hashlib.sha256(content).hexdigest()
    attachment = {"usageType": "https://example.org/u", "display": {"en": "evidence"},
                  "contentType": "text/plain", "length": len(content), "sha2": sha2}  # fmt: skip
    attaching, other = statement(attachments=[attachment]), statement()
    (outcome,) = put(db, tenant, attaching)
    with db.writing(tenant) as session:
        blob = Blob("text/plain", content)
        blobs.keep(session, tenant, {sha2: blob}, [(outcome.sid, sha2)])
    put(db, tenant, other)
    forwarding = Forwarding(db, tenant, ralph.endpoint, key="twofold", secret="a secret",
                            version="1.0.3")  # fmt: skip
    for _ in range(12):
        forwarding.now_due()
        forwarding.all()
    assert set(ralph.kept) == {other["id"]}
    (refused,) = forwarding.refused
    assert (str(refused.statement_id), refused.status) == (attaching["id"], status)
    assert forwarding.state.behind == 0


def test_ralph_does_not_know_a_wrong_secret_nor_say_its_version(
    db: Database, tenant: UUID, ralph: Ralph
) -> None:
    put(db, tenant, statement())
    forwarding = Forwarding(db, tenant, ralph.endpoint, key="twofold", secret="another")
    forwarding.all()
    assert (forwarding.state.active, forwarding.state.error_code) == (False, "http.401")
    lrs = targets.remote(ralph.endpoint, "twofold", "a secret", private=True)
    with pytest.raises(NoVersion, match="about answered 404"):
        lrs.spoken(HTTP)
