"""Open edX's own consumer launches the tool, takes an activity, lists its class, keeps its grade.

The consumer (lti-consumer-xblock) runs in a process of its own; the tool is served from here, on
each database in turn. Both speak HTTP over loopback, under two host names as two sites would.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select
from werkzeug.serving import make_server

from foundation.db import EVERY_TENANT, Database
from lti_tool.app import create_app
from lti_tool.delivery.tables import DeliveryState, GradeDelivery
from lti_tool.delivery.worker import step
from lti_tool.demo.browser import Browser
from lti_tool.onboarding import onboard
from lti_tool.services import Services, build
from tests.lti_tool.launch_app import settings
from tests.postgres import free_port

ROOT = Path(__file__).parents[2]
TITLE = "Handle an upset client"


class Academy:
    """The platform's site, and the tool as it knows it."""

    def __init__(self, address: str, tool: str, services: Services) -> None:
        self.address, self.tool, self.services = address, tool, services

    def component(self) -> dict[str, str]:
        """What Studio shows of the component: the values for the tool's administrator."""
        answer = requests.get(f"{self.address}/component/teacher", timeout=10)
        answer.raise_for_status()
        found: dict[str, str] = answer.json()
        return found

    def state(self) -> dict[str, Any]:
        """What the consumer's models hold."""
        found: dict[str, Any] = requests.get(f"{self.address}/state", timeout=10).json()
        return found

    def enter(self, place: str, username: str) -> Browser:
        """Sign in there and go where the block sends the browser, to a page of the tool."""
        browser = Browser().open(f"{self.address}/{place}/{username}")
        form = browser.form(action=f"{self.tool}/lti/launch")
        return browser.submit(form).press_through()


@pytest.fixture
def services(db: Database, tmp_path: Path) -> Services:
    tool = f"http://localhost:{free_port()}"
    return build(settings(db, base_url=tool, files=str(tmp_path / "files")), db)


@pytest.fixture
def tool(services: Services) -> Iterator[str]:
    """The tool over HTTP."""
    address = services.settings.base_url
    port = int(address.rpartition(":")[2])
    server = make_server("localhost", port, create_app(services), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield address
    server.shutdown()
    thread.join(10)


@pytest.fixture
def academy(tool: str, services: Services, tmp_path: Path) -> Iterator[Academy]:
    """Open edX's consumer, whose one component is registered with the tool."""
    bind = f"127.0.0.1:{free_port()}"
    where = ["--bind", bind, "--tool", tool, "--folder", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.judges.openedx", *where],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    patience = threading.Timer(90, process.kill)
    patience.start()
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        patience.cancel()
        academy = Academy(f"http://{bind}", tool, services)
        shown = academy.component()
        onboard(
            services.db,
            issuer=academy.address,
            client_id=shown["client_id"],
            auth_login_url=shown["oidc_callback"],
            auth_token_url=shown["token_url"],
            key_set_url=shown["keyset_url"],
            deployment_ids=[shown["deployment_id"]],
            name="North Academy",
            private=True,
        )
        yield academy
    finally:
        patience.cancel()
        process.terminate()
        process.wait(10)


def _add_activity(academy: Academy, title: str = TITLE, maximum: str = "40") -> Browser:
    """Deep linking, from Studio to the page that says it is saved."""
    browser = academy.enter("studio", "teacher")
    form = browser.form(having="title")
    rubric = form.choice("rubric", "Client role-play")
    written = {"title": title, "description": "Play the call.", "maximum": maximum}
    browser.submit(form, {**written, "rubric": rubric, "do": "keep"})
    return browser.submit(browser.form(action="/add")).press_through()


def _release(browser: Browser, name: str, level: int, again: bool = False) -> None:
    browser.follow(name)
    if again:
        browser.follow("Change this grade")
    form = browser.form(having="version", action="/save")
    ratings = {
        criterion: list(choices)[level - 1]
        for criterion, choices in form.choices.items()
        if criterion.startswith("level-")
    }
    browser.submit(form, {**ratings, "comment": "", "do": "release"})
    browser.submit(browser.form(having="assessment"))


def _deliver(services: Services) -> None:
    """Let the worker work until no grade waits: scores of one learner are a second apart."""
    ends = time.monotonic() + 15
    while time.monotonic() < ends:
        if not step(services):
            with services.db.reading(EVERY_TENANT) as session:
                states = set(session.scalars(select(GradeDelivery.state)))
            if not states & {DeliveryState.WAITING, DeliveryState.RETRYING}:
                return
            time.sleep(0.05)
    raise AssertionError("the worker does not come to rest")


@pytest.mark.slow
def test_from_studio_to_the_progress_page(
    academy: Academy, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = _add_activity(academy)
    assert saved.url.endswith("/lti-dl/response")
    (item,) = academy.state()["content_items"]
    assert (item["type"], item["title"]) == ("ltiResourceLink", TITLE)
    assert item["lineItem"]["scoreMaximum"] == 40

    learner = academy.enter("courseware", "ana")
    assert TITLE in learner.html
    assert "Ana Álvarez" in learner.html

    teacher = academy.enter("courseware", "teacher")
    assert "Nell Never-Came" not in teacher.html
    teacher.submit(teacher.form(action="/class/read"))
    assert "Nell Never-Came" in teacher.html, "the roster came by NRPS"

    _release(teacher, "Ana Álvarez", level=3)
    assert academy.state()["scores"] == []
    _deliver(academy.services)
    kept = academy.state()
    assert [(each["label"], each["tag"]) for each in kept["line_items"]] == [(TITLE, "twofold")]
    (score,) = kept["scores"]
    assert score["user"] == "ana"
    assert score["given"] / score["maximum"] == pytest.approx(2 / 3, abs=0.001)
    assert (score["activity"], score["grading"]) == ("Completed", "FullyGraded")
    assert "Open “Handle an upset client” in your course" in score["comment"]
    (published,) = kept["published"]
    assert published["user"] == "ana"
    assert published["value"] == pytest.approx(10 * 2 / 3, abs=0.01)

    _release(academy.enter("courseware", "teacher"), "Ana Álvarez", level=4, again=True)
    _deliver(academy.services)
    (score,) = academy.state()["scores"]
    assert score["given"] == score["maximum"], "a better grade takes the earlier one's place"

    logged = capsys.readouterr().out
    for event in ("launched", "roster", "delivery", "outgoing"):
        assert f"] {event} " in logged
    handles = [browser.url.partition("/l/")[2].partition("/")[0] for browser in (learner, teacher)]
    for secret in ("Álvarez", "Never-Came", "academy.example", *handles):
        assert secret not in logged


@pytest.mark.slow
def test_a_column_that_open_edx_takes(academy: Academy) -> None:
    """Its labels have at most 100 characters, its maxima are whole."""
    title = (
        "Explain to a colleague, in ten minutes and without slides, why " + "very " * 12 + "late"
    )
    _add_activity(academy, title, maximum="7.5")
    academy.enter("courseware", "ana")
    teacher = academy.enter("courseware", "teacher")
    _release(teacher, "Ana Álvarez", level=4)
    _deliver(academy.services)
    kept = academy.state()
    assert [each["given"] / each["maximum"] for each in kept["scores"]] == [1.0]
    (column,) = kept["line_items"]
    assert column["score_maximum"] == 100
    assert len(column["label"]) == 100
    assert len(kept["published"]) == 1, "coupled to the component"


@pytest.mark.slow
def test_learners_do_not_choose(academy: Academy) -> None:
    answer = requests.get(f"{academy.address}/studio/ana", timeout=10)
    assert answer.status_code == 403, "Open edX itself refuses, after the tool's login"
