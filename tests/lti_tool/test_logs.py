"""A request's id in its answer, its page and its lines; what a traceback tells and what not."""

import io
import json
from pathlib import Path

import pytest
import structlog
from flask import Flask, abort

from foundation.db import Database
from lti_tool import logs
from lti_tool.app import create_app
from lti_tool.services import build
from tests.lti_tool.launch_app import settings

TYPED, ABOUT = "ana@private.example typed this", "about Ana Alvarez"


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Flask:
    app = create_app(build(settings(Database(sqlite_url), files=str(tmp_path / "files"))))

    def broken() -> str:
        try:
            raise ValueError(TYPED)
        except ValueError as error:
            raise RuntimeError(ABOUT) from error

    app.add_url_rule("/broken", view_func=broken)
    app.add_url_rule("/xapi/broken", "broken-records", broken)
    app.add_url_rule("/gone", "gone", lambda: abort(410))
    return app


@pytest.mark.parametrize("given", ["abcdefgh", "A-1" * 21, "0b6f1c1e-4f5a-4a10-9a53-1d9a1f6f2d3c"])
def test_a_well_formed_id_is_kept(app: Flask, given: str) -> None:
    answer = app.test_client().get("/gone", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] == given
    assert f"<code>{given}</code>" in answer.text


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "a_b_c_d_e", "<script>1", "ana@private.example", "ääääääääää"]
)
def test_any_other_is_replaced(app: Flask, given: str) -> None:
    answers = [app.test_client().get("/gone", headers={"X-Request-ID": given}) for _ in range(2)]
    first, second = (answer.headers["X-Request-ID"] for answer in answers)
    assert len(first) == 16
    assert first != second
    assert given == "" or given not in answers[0].text


def test_a_traceback_says_where_and_not_what(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    before = structlog.get_config()
    try:
        monkeypatch.setattr("sys.stderr", written)
        logs.configure("info")
        structlog.configure(cache_logger_on_first_use=False)
        answer = app.test_client().get("/broken")
    finally:
        structlog.configure(**before)
    assert answer.status_code == 500
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    unexpected, request = lines
    assert unexpected["reference"] == request["request_id"] == answer.headers["X-Request-ID"]
    assert unexpected["request_id"] in answer.text
    assert "RuntimeError" in unexpected["exception"]
    assert "ValueError" in unexpected["exception"], "and what caused it"
    assert "test_logs.py" in unexpected["exception"]
    assert TYPED not in unexpected["exception"]
    assert ABOUT not in unexpected["exception"]


def test_readers_of_records_get_a_fault_of_ours_as_json(app: Flask) -> None:
    answer = app.test_client().get("/xapi/broken")
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["path"]) == (500, "unexpected", "$")
    assert answer.headers["X-Request-ID"] in error["message"]
    assert TYPED not in answer.text
