"""The tool as it is served, by several processes: its figures add up, its log keeps secrets."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from foundation.db import EVERY_TENANT, Database
from lti_tool.demo.browser import Browser
from lti_tool.onboarding import onboard
from lti_tool.platforms.tables import DeploymentPolicy, Registration
from tests.lti_tool.spied_lms import SpiedLms, spied_lms
from xapi.store.tables import Statement

TOKEN = "metrics-token-0123456789"
LAUNCHES = 12


@dataclass
class Served:
    """`twofold serve` with two web workers and a delivery worker."""

    address: str
    lms: SpiedLms
    db: Database
    folder: Path

    def figures(self) -> dict[str, float]:
        """What Prometheus reads."""
        answer = requests.get(
            f"{self.address}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10
        )
        assert answer.status_code == 200
        lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def launch(self, person: int) -> Browser:
        """Somebody comes with a browser of their own."""
        query = f"iss={self.lms.address}&client_id=client-1&login_hint={person}"
        target = f"target_link_uri={self.address}/lti/launch"
        browser = Browser().open(f"{self.address}/lti/login?{query}&{target}").press_through()
        handle = re.search(r"/l/([^/]+)/", browser.url)
        assert handle is not None
        self.lms.secrets.add(handle[1])
        self.lms.secrets |= {cookie.value or "" for cookie in browser._session.cookies}
        return browser

    def log(self) -> str:
        return (self.folder / "log").read_text()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "twofold.db").write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{folder}/twofold.db")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if "TWOFOLD" not in name} | {
        "TMPDIR": str(folder),
        "TWOFOLD_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
        "TWOFOLD_DATABASE_URL": database.url,
        "TWOFOLD_BASE_URL": f"http://localhost:{port}",
        "TWOFOLD_FILES": str(folder / "files"),
        "TWOFOLD_LOG_LEVEL": "debug",
        "TWOFOLD_METRICS_TOKEN": TOKEN,
    }
    with spied_lms() as lms, (folder / "log").open("wb") as log:
        onboard(
            database,
            issuer=lms.address,
            client_id="client-1",
            auth_login_url=f"{lms.address}/auth",
            auth_token_url=f"{lms.address}/token",
            key_set_url=f"{lms.address}/jwks",
            name="LMS",
            policy=DeploymentPolicy.ALL,
            private=True,
        )
        command = [sys.executable, "-m", "lti_tool.cli", "serve", "--bind", f"localhost:{port}"]
        process = subprocess.Popen([*command, "--workers", "2"], env=environment, stderr=log)
        try:
            yield _ready(Served(f"http://localhost:{port}", lms, database, folder))
        finally:
            process.terminate()
            process.wait(30)
            database.dispose()
    assert not list(folder.glob("twofold-metrics-*")), "the folder of the figures stays behind"


def _ready(served: Served) -> Served:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            requests.get(f"{served.address}/health/live", timeout=5).raise_for_status()
            return served
        except requests.RequestException:
            time.sleep(0.1)
    raise AssertionError(served.log())


@pytest.fixture(scope="module")
def visited(served: Served) -> Served:
    """Launches by many browsers, one that is refused, and the class list read by the worker."""
    for person in range(LAUNCHES):
        served.launch(person)
    form = {"state": "invented", "id_token": "invented"}
    headers = {"X-Request-ID": "of-the-proxy-0001"}
    answer = requests.post(f"{served.address}/lti/launch", form, headers=headers, timeout=10)
    assert answer.status_code == 400
    assert answer.headers["X-Request-ID"] == "of-the-proxy-0001"
    assert "of-the-proxy-0001" in answer.text
    deadline = time.monotonic() + 60
    while len(list(served.folder.glob("twofold-metrics-*/histogram_*.db"))) < 3:
        # Both web workers and the delivery worker have measured something.
        assert time.monotonic() < deadline, served.log()
        requests.get(f"{served.address}/health/live", timeout=10)
    while 'twofold_roster_readings_total{outcome="read"}' not in served.figures():
        assert time.monotonic() < deadline, served.log()
        time.sleep(0.2)
    return served


@pytest.mark.slow
def test_figures_of_all_processes_add_up(visited: Served) -> None:
    for _ in range(8):  # of either worker
        figures = visited.figures()
        assert figures['twofold_launches_total{outcome="accepted"}'] == LAUNCHES
        launch = '{method="POST",route="/lti/launch",status="303"}'
        assert figures[f"twofold_http_requests_total{launch}"] == LAUNCHES
        seconds = 'twofold_http_request_seconds_count{method="POST",route="/lti/launch"}'
        assert figures[seconds] == LAUNCHES + 1
        assert figures["twofold_database_reachable"] == 1
        assert figures["twofold_database_connections_in_use"] >= 0
    with visited.db.reading(EVERY_TENANT) as session:
        stored = session.scalar(select(func.count()).select_from(Statement))
    assert figures["twofold_statements_stored_total"] == stored
    assert figures['twofold_outgoing_requests_total{network="private",outcome="2xx"}'] >= 3


@pytest.mark.slow
def test_the_log_keeps_secrets(visited: Served) -> None:
    log = visited.log()
    assert [secret for secret in sorted(visited.lms.secrets) if secret in log] == []
    assert len(visited.lms.secrets) > 4 * LAUNCHES


@pytest.mark.slow
def test_the_log_s_lines_belong_together(visited: Served) -> None:
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in visited.log().splitlines() if line.startswith("{")
    ]
    launched = [line for line in lines if line["event"] == "launched"]
    assert len(launched) == len({line["request_id"] for line in launched}) == LAUNCHES
    refused = [line for line in lines if line.get("request_id") == "of-the-proxy-0001"]
    assert [line["event"] for line in refused] == ["refused", "request"]
    assert refused[0]["reference"] == "of-the-proxy-0001"
    with visited.db.reading(EVERY_TENANT) as session:
        registration = str(session.scalars(select(Registration.id)).one())
    outgoing = [line for line in lines if line["event"] == "outgoing"]
    assert {line["registration"] for line in outgoing} == {registration}
    assert {line["outcome"] for line in outgoing} == {"200"}
    assert {line["host"] for line in outgoing} == {visited.lms.address.removeprefix("http://")}
