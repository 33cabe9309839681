"""What only a real server shows: bodies without a length, bodies that never end."""

import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from foundation.db import Database
from tests.postgres import free_port
from tests.xapi.samples import statement
from xapi.access import credentials

SERVER = """
import sys
from gunicorn.app.base import BaseApplication
from flask import Flask
from foundation.db import Database
from xapi.resources.blueprint import blueprint

class Server(BaseApplication):
    def load_config(self):
        for name, value in {"bind": sys.argv[2], "worker_class": "gthread", "threads": 4,
                            "control_socket_disable": True}.items():
            self.cfg.set(name, value)
    def load(self):
        app = Flask("wire")
        app.register_blueprint(
            blueprint(Database(sys.argv[1]), iri_base="https://twofold.example",
                      is_tenant=lambda _: True, max_body=100_000), url_prefix="/xapi")
        return app

Server().run()
"""
HEADERS = {"X-Experience-API-Version": "2.0.0", "Content-Type": "application/json"}


@pytest.fixture
def address(sqlite_url: str, tmp_path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """A store behind gunicorn: its port, and the headers of a credential."""
    database = Database(sqlite_url)
    tenant = uuid4()
    with database.writing(tenant) as session:
        pair = ":".join(credentials.create(session, tenant, "wire", ["all"]))
    database.dispose()
    port = free_port()
    program = tmp_path / "server.py"
    program.write_text(SERVER)
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    server = subprocess.Popen(
        [sys.executable, str(program), sqlite_url, f"127.0.0.1:{port}"], env=environ
    )
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        encoded = base64.b64encode(pair.encode()).decode()
        yield port, {**HEADERS, "Authorization": f"Basic {encoded}"}
    finally:
        server.terminate()
        server.wait(20)


def test_a_body_without_a_length_is_stopped_where_it_is_too_large(
    address: tuple[int, dict[str, str]],
) -> None:
    port, headers = address
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        lines = [f"{name}: {text}" for name, text in headers.items()]
        lines += ["Host: x", "Transfer-Encoding: chunked"]
        wire.sendall(("POST /xapi/statements HTTP/1.1\r\n" + "\r\n".join(lines)).encode())
        wire.sendall(b"\r\n\r\n")
        for _ in range(20):  # twice the limit, and no end
            wire.sendall(b"2710\r\n" + b" " * 10_000 + b"\r\n")
        answer = b""
        # The head and the body may come apart.
        while b'"body.size"' not in answer and (more := wire.recv(65_536)):
            answer += more
    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"body.size"' in answer


def test_a_document_whose_sender_went_away_is_not_stored(
    address: tuple[int, dict[str, str]],
) -> None:
    port, headers = address
    place = "/xapi/activities/profile?activityId=https://example.org/a&profileId=p"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        lines = [f"{name}: {text}" for name, text in headers.items()]
        lines += ["Host: x", "Content-Length: 1000"]
        wire.sendall((f"PUT {place} HTTP/1.1\r\n" + "\r\n".join(lines)).encode())
        wire.sendall(b"\r\n\r\nonly the beginning")
        wire.shutdown(socket.SHUT_WR)
        assert wire.recv(65_536).startswith(b"HTTP/1.1 400")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", place, headers=headers)
    assert connection.getresponse().status == 404
    connection.close()


def test_a_body_that_says_that_it_is_too_large_is_not_waited_for(
    address: tuple[int, dict[str, str]],
) -> None:
    port, headers = address
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("POST", "/xapi/statements")
    for name, text in {**headers, "Content-Length": "5000000000"}.items():
        connection.putheader(name, text)
    connection.endheaders()  # and no body
    response = connection.getresponse()
    assert response.status == 413
    assert json.load(response)["error"]["code"] == "body.size"
    connection.close()


def test_a_chunked_body_is_stored(address: tuple[int, dict[str, str]]) -> None:
    port, headers = address
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    sent = statement()
    pieces = [json.dumps(sent).encode()[:50], json.dumps(sent).encode()[50:]]
    connection.request("POST", "/xapi/statements", iter(pieces), headers, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, json.load(response)) == (200, [sent["id"]])
    connection.close()
