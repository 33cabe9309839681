"""Faults on demand, and that they do not exist unless asked for."""

import time
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from flask import Flask

from sandbox_lms.config import Config
from sandbox_lms.server import running
from tests.sandbox_lms.small_tool import SmallTool
from tests.sandbox_lms.test_sandbox_ags import Ags, a_score


@pytest.fixture
def ags(lms: Config, tool: SmallTool) -> Ags:
    return Ags(lms, tool.token(lms))


@pytest.fixture
def item(ags: Ags) -> str:
    return str(ags.create().json()["id"])


def plan(lms: Config, endpoint: str, mode: str, **more: Any) -> None:
    body = {"endpoint": endpoint, "mode": mode, **more}
    assert requests.post(f"{lms.base_url}/_faults", json=body, timeout=5).status_code == 201


@pytest.mark.parametrize(
    ("mode", "status"), [("500", 500), ("409", 409), ("429", 429), ("403-limit", 403), ("404", 404)]
)
def test_a_fault_happens_as_often_as_asked_and_keeps_nothing(
    lms: Config, ags: Ags, item: str, mode: str, status: int
) -> None:
    plan(lms, "scores", mode, times=2, retry_after=7)
    for _ in range(2):
        answer = ags.score(item, a_score())
        assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    assert ags.results(item).json() == []
    assert ags.score(item, a_score()).status_code == 200


def test_an_answer_can_be_dropped_after_the_score_is_kept(lms: Config, ags: Ags, item: str) -> None:
    plan(lms, "scores", "drop-after-commit")
    with pytest.raises(requests.ConnectionError):
        ags.score(item, a_score())
    assert len(ags.results(item).json()) == 1


def test_an_endpoint_can_hang(lms: Config, ags: Ags, item: str) -> None:
    plan(lms, "scores", "hang", seconds=0.3)
    started = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        ags.score(item, a_score())
    assert time.monotonic() - started >= 0.3
    assert ags.results(item).json() == []


def test_each_endpoint_has_its_own_faults_and_all_can_be_taken_back(
    lms: Config, tool: SmallTool, ags: Ags, item: str
) -> None:
    for endpoint in ("token", "results", "lineitems", "nrps", "jwks"):
        plan(lms, endpoint, "500", times=5)
    assert requests.get(lms.jwks_url, timeout=5).status_code == 500
    assert tool.ask_token(lms, tool.sign(tool.assertion_claims(lms))).status_code == 500
    assert ags.results(item).status_code == ags.list().status_code == 500
    nrps = f"{lms.base_url}/nrps/skills-101/bindings/1/memberships"
    assert requests.get(nrps, timeout=5).status_code == 500
    assert ags.score(item, a_score()).status_code == 200
    assert requests.delete(f"{lms.base_url}/_faults", timeout=5).status_code == 204
    assert ags.results(item).status_code == 200


def test_the_log_tells_every_score_that_was_kept(lms: Config, ags: Ags, item: str) -> None:
    first, second = a_score(1), a_score(2, scoreGiven=6, comment="Better")
    for body in (first, first, second):
        ags.score(item, body)
    log = requests.get(f"{lms.base_url}/_log", timeout=5).json()
    assert log["count"] == 2
    assert [(s["user"], s["score"], s["comment"], s["posts"]) for s in log["scores"]] == [
        ("learner-01", 5, "Good", 1),
        ("learner-01", 6, "Better", 2),
    ]
    assert log["scores"][1]["timestamp"] == second["timestamp"]


def test_a_wrong_plan_is_refused(lms: Config) -> None:
    for body in ({"endpoint": "scores", "mode": "melt"}, {"endpoint": "x", "mode": "500"}):
        assert requests.post(f"{lms.base_url}/_faults", json=body, timeout=5).status_code == 400


def test_without_the_flag_there_are_no_faults(tmp_path: Path) -> None:
    with running(tmp_path / "plain.sqlite", allow_faults=False) as app:
        address = app.config["SANDBOX"].base_url
        body = {"endpoint": "scores", "mode": "500"}
        assert requests.post(f"{address}/_faults", json=body, timeout=5).status_code == 404
        assert requests.get(f"{address}/_log", timeout=5).status_code == 404


@pytest.mark.parametrize(("mode", "status"), [("412", 412), ("422", 422), ("503", 503)])
def test_further_refusals(lms: Config, ags: Ags, item: str, mode: str, status: int) -> None:
    plan(lms, "scores", mode)
    assert ags.score(item, a_score()).status_code == status


def test_a_page_nothing_and_another_place(lms: Config) -> None:
    for mode in ("html", "empty", "redirect"):
        plan(lms, "token", mode)
    page, nothing, elsewhere = (
        requests.post(lms.token_url, allow_redirects=False, timeout=5) for _ in range(3)
    )
    assert page.headers["Content-Type"] == "text/html"
    assert (nothing.status_code, nothing.content) == (200, b"")
    assert elsewhere.headers["Location"].startswith("https://elsewhere.example/")


def test_an_answer_is_cut_in_its_middle(lms: Config, ags: Ags, item: str) -> None:
    plan(lms, "lineitems", "reset")
    with pytest.raises(requests.exceptions.RequestException):
        ags.list()
    assert ags.list().status_code == 200


def test_answers_that_are_too_long_in_time_or_in_bytes(lms: Config, ags: Ags) -> None:
    plan(lms, "lineitems", "slow", seconds=0.2)
    started = time.monotonic()
    assert ags.list().content.strip() == b""
    assert time.monotonic() - started >= 0.2
    for mode in ("huge", "gzip-bomb"):
        plan(lms, "lineitems", mode)
        assert len(ags.list().content) > 10_000_000


def test_a_column_that_is_made_nowhere(lms: Config, ags: Ags) -> None:
    plan(lms, "lineitems", "no-location")
    made = ags.create()
    assert made.status_code == 201
    assert "Location" not in made.headers
    assert made.content == b""
    assert len(ags.list().json()) == 1, "made all the same"


def test_a_token_answer_has_other_members(lms: Config, tool: SmallTool) -> None:
    plan(lms, "token", "members", value={"expires_in": None, "token_type": "mac"})
    given = tool.ask_token(lms, tool.sign(tool.assertion_claims(lms))).json()
    assert "expires_in" not in given
    assert given["token_type"] == "mac"
    assert given["access_token"]


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        ("link-curly", "rel=“next”"),
        ("link-relative", "</nrps/"),
        ("link-several", 'REL="last Next"'),
        ("link-foreign", "<https://elsewhere.example/nrps/"),
        ("link-loop", "again=1"),
    ],
)
def test_the_next_page_is_written_in_many_ways(
    lms: Config, tool: SmallTool, mode: str, wanted: str
) -> None:
    plan(lms, "nrps", mode)
    answer = requests.get(
        f"{lms.base_url}/nrps/skills-101/bindings/1/memberships",
        headers={
            "Authorization": f"Bearer {tool.token(lms)}",
            "Accept": "application/vnd.ims.lti-nrps.v2.membershipcontainer+json",
        },
        timeout=5,
    )
    assert wanted in answer.headers["Link"].encode("latin-1").decode()


def test_keys_are_turned_over(lms: Config, app: Flask) -> None:
    def kids() -> list[str]:
        keys = requests.get(lms.jwks_url, timeout=5).json()["keys"]
        return [each["kid"] for each in keys]

    (first,) = kids()
    made = requests.post(f"{lms.base_url}/_keys", json={"keep": True}, timeout=5)
    second = made.json()["kid"]
    assert (made.status_code, kids()) == (201, [first, second])
    key = app.extensions["sandbox_key"]
    assert jwt.get_unverified_header(key.sign({}))["kid"] == second
    requests.post(f"{lms.base_url}/_keys", json={"keep": False}, timeout=5)
    assert kids() == [key.kid]
    assert key.kid not in (first, second)
