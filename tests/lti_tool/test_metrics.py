"""The figures: who may read them, what is counted, and that no label says who or where."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import generate_latest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from foundation import clock
from foundation.db import EVERY_TENANT, Database, ForeignTenant, tenant_of
from foundation.http import HttpRefused
from lti_tool import metrics
from lti_tool.app import create_app
from lti_tool.delivery.tables import DeliveryState, GradeDelivery
from lti_tool.metrics_page import KEPT_SECONDS, Backlog
from lti_tool.outgoing import Outgoing
from lti_tool.services import build
from tests.lti_tool.ags.fake_lms import fake_lms
from tests.lti_tool.delivery.house import house
from tests.lti_tool.launch_app import settings
from tests.xapi.samples import AUTHORITY, statement
from xapi.statements.prepare import Prepared, prepare
from xapi.store.write import append

TOKEN = "metrics-token-0123456789"


@pytest.fixture
def app(db: Database, tmp_path: Path) -> Flask:
    return create_app(build(settings(db, metrics_token=TOKEN, files=str(tmp_path / "files"))))


def _figures(client: FlaskClient) -> dict[str, float]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", "Bearer ä"])
def test_strangers_find_no_figures(app: Flask, sent: str) -> None:
    client = app.test_client()
    answer = client.get("/metrics", headers={"Authorization": sent} if sent else {})
    nowhere = client.get("/nowhere")
    assert answer.status_code == nowhere.status_code == 404
    shown = [re.sub(r"<code>[0-9a-f]{16}</code>", "", each.text) for each in (answer, nowhere)]
    assert shown[0] == shown[1], "nothing says that there is such a page"


def test_without_a_token_nobody_reads_them(db: Database, tmp_path: Path) -> None:
    client = create_app(build(settings(db, files=str(tmp_path)))).test_client()
    for sent in ("Bearer ", "Bearer", ""):
        assert client.get("/metrics", headers={"Authorization": sent}).status_code == 404


def test_requests_are_counted_by_pattern_and_never_by_path(app: Flask) -> None:
    client = app.test_client()
    before = _figures(client)
    for path in ("/l/a-secret-handle/", "/l/another-handle/", "/nowhere/at/all", "/l/x/help?q=me"):
        client.get(path)
    client.open("/nowhere", method="BREW")
    after = _figures(client)
    grown = {name for name in after if after[name] != before.get(name, 0)}
    counted = {name for name in grown if name.startswith("twofold_http_requests_total")}
    assert counted == {
        'twofold_http_requests_total{method="GET",route="/l/<handle>/",status="404"}',
        'twofold_http_requests_total{method="GET",route="/l/<handle>/help",status="404"}',
        'twofold_http_requests_total{method="GET",route="/metrics",status="200"}',
        'twofold_http_requests_total{method="GET",route="none",status="404"}',
        'twofold_http_requests_total{method="other",route="none",status="404"}',
    }
    assert not [name for name in after if "handle" in name.replace("<handle>", "")]


def test_refused_launches_are_counted_by_their_code(app: Flask) -> None:
    client = app.test_client()
    name = 'twofold_launches_total{outcome="launch.parameter.missing"}'
    before = _figures(client).get(name, 0)
    client.get("/lti/login")
    assert _figures(client)[name] == before + 1


def _new() -> Prepared:
    return prepare(statement(), authority=AUTHORITY)


def _stored() -> float:
    found = re.search(
        rb"^twofold_statements_stored_total (\S+)", generate_latest(metrics._own), re.MULTILINE
    )
    assert found is not None
    return float(found[1])


def _store_and_fail(database: Database, tenant: UUID) -> None:
    with database.writing(uuid4()) as session:
        append(session, tenant_of(session), [_new()])
        append(session, tenant, [_new()])


def test_statements_count_once_they_are_committed(db: Database) -> None:
    watched = Database(db.url)
    metrics.watch(watched)
    before = _stored()
    one, tenant = _new(), uuid4()
    with watched.writing(EVERY_TENANT) as session:
        append(session, tenant, [one, _new()])
        assert _stored() == before
    assert _stored() == before + 2
    with watched.writing(EVERY_TENANT) as session:
        append(session, tenant, [one])
    with pytest.raises(ForeignTenant):
        _store_and_fail(watched, tenant)
    with watched.writing(EVERY_TENANT) as session:
        session.execute(text("SELECT 1"))
    assert _stored() == before + 2
    watched.dispose()


def test_the_backlog_is_the_database_s(db: Database) -> None:
    moments = iter([0.0, 0.0, 1.0, KEPT_SECONDS + 1, KEPT_SECONDS + 1])
    with fake_lms() as lms:
        one = house(db, lms, learners=2)
        one.release(4, 2)
        one.release(4, 2, learner=one.made.learner_ids[1])
        with db.writing(EVERY_TENANT) as session:
            for row in session.scalars(select(GradeDelivery)):
                row.next_try_at = clock.now() - timedelta(seconds=90)
            row.state = DeliveryState.RETRYING
        backlog = Backlog(db, lambda: next(moments))
        for expected in (1.0, 1.0, 0.0):
            found = {
                (sample.name, *sample.labels.values()): sample.value
                for gauge in backlog.collect()
                for sample in gauge.samples
            }
            assert found["twofold_database_reachable",] == 1
            assert found["twofold_grade_backlog", "waiting"] == expected
            assert found["twofold_grade_backlog", "retrying"] == expected
            late = found["twofold_grade_backlog_oldest_seconds",]
            assert 89 < late < 120 if expected else late == 0
            with db.writing(EVERY_TENANT) as session:
                for row in session.scalars(select(GradeDelivery)):
                    row.state = DeliveryState.DELIVERED


def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path}/nothing.db")
    gauges = {gauge.name: gauge.samples[0].value for gauge in Backlog(away).collect()}
    assert gauges == {"twofold_database_reachable": 0}


def test_calls_are_counted_by_network_and_outcome() -> None:
    client = Outgoing()
    with fake_lms() as lms:
        address = f"{lms.address}/lineitems?name=Ana"
        client.request("GET", address, private_hosts=(lms.host,))
    for address in ("https://127.0.0.1/", "https://ana:secret@lms.example/", "file:///etc/passwd"):
        with pytest.raises(HttpRefused):
            client.request("GET", address)
    shown = generate_latest(metrics._own).decode()
    assert 'outgoing_requests_total{network="private",outcome="4xx"}' in shown
    for code in ("http.address", "http.userinfo", "http.scheme"):
        assert f'outgoing_requests_total{{network="public",outcome="{code}"}}' in shown
    calls = [line for line in shown.splitlines() if "outgoing" in line]
    assert not {"Ana", "secret", "lms.example"} & set(re.findall(r"[\w.]+", " ".join(calls)))


def test_a_lost_connection_says_what_was_lost(postgres_url: str) -> None:
    """And not that the figures could not be kept."""
    db = Database(postgres_url)
    metrics.watch(db)
    with pytest.raises(OperationalError), db.writing(EVERY_TENANT) as session:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    db.dispose()
