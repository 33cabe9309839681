"""How Moodle 4.5 registers a tool and refuses to, and which deep linking answer it took."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.app import create_app
from lti_tool.deep_linking.respond import respond
from lti_tool.platforms.tables import Deployment, DeploymentPolicy, Registration
from lti_tool.registration import links
from lti_tool.services import Services, build
from tests.judges.moodle.recordings import HOME, exchanges, recorded
from tests.judges.moodle.replay import Moodle
from tests.lti_tool.ags.fake_lms import Planned
from tests.lti_tool.deep_linking.test_deep_linking_respond import (
    DL,
    claims_of,
    item,
    present,
    registration_id,  # noqa: F401 - a fixture
    services,  # noqa: F401 - a fixture
)
from tests.lti_tool.launch_app import launch_app, settings
from tests.lti_tool.registration.conftest import code_of, press

FIRST, UPDATE = recorded("dynamic_registration"), recorded("dynamic_registration_update")
ERRORS = exchanges("dynamic_registration_errors")
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
CONFIGURATION = "/mod/lti/openid-configuration.php"
REFUSED = {
    "reused_token": ("registration.lms.token", "token_already_used"),
    "no_token": ("registration.lms.token", "missing_registration_token"),
    "missing_jwks_uri": ("registration.lms.refused", "missing required attribute jwks_uri"),
    "auth_method_basic": ("registration.lms.refused", "invalid_token_endpoint_auth_method"),
    "domain_mismatch": ("registration.lms.refused", "domain_targetlinkuri_mismatch"),
    "no_domain": ("registration.lms.refused", "missing_domain"),
    "domain_without_port": ("registration.lms.refused", "domain_targetlinkuri_mismatch"),
    "garbage_token": ("registration.lms.refused", "404"),
}
"""The words of Moodle's that the administrator is shown."""


@pytest.fixture
def client(db: Database, tmp_path: Path) -> FlaskClient:
    app: Flask = create_app(build(settings(db, files=str(tmp_path / "files")), db))
    return app.test_client(use_cookies=False)


@pytest.fixture
def tool(services: Services) -> Iterator[None]:  # noqa: F811 - the fixture
    with launch_app(services).test_request_context():
        yield


@pytest.fixture
def path(db: Database) -> str:
    """A registration link."""
    return _link(db)


def _link(db: Database) -> str:
    with db.writing(EVERY_TENANT) as session:
        token = links.make(
            session,
            actor="command line",
            tenant_name="North",
            policy=DeploymentPolicy.FIRST,
            private=True,
            days=7,
            at=clock.now(),
        )
    return f"/lti/register/{token}"


def _register(
    client: FlaskClient, path: str, moodle: Moodle, recording: dict[str, Any], answer: Planned
) -> TestResponse:
    """Moodle opens the link as it did, shows its configuration and answers so."""
    shown = json.dumps(recording["openid_configuration"]).replace(HOME, moodle.address)
    moodle.planned.clear()
    moodle.plan("openid-configuration.php", *[Planned(200, shown)] * 2)
    moodle.plan("openid-registration.php", answer)
    begun = recording["initiation"]
    query = {
        name: value.replace(HOME, moodle.address).replace("<jwt>", "one.time.token")
        for name, value in begun["query"].items()
    }
    page = client.open(path, method=begun["method"], query_string=query)
    assert page.status_code == 200, page.text
    return press(client, path, page)


def _given(moodle: Moodle, recording: dict[str, Any]) -> Planned:
    said = recording["registration_response"]
    body = json.dumps(said["body"]).replace(HOME, moodle.address)
    return Planned(said["status"], body, {"Content-Type": said["headers"]["Content-Type"]})


def _registered(db: Database) -> list[tuple[str, str]]:
    with db.reading(EVERY_TENANT) as session:
        found = select(Registration.client_id, Deployment.deployment_id).join(
            Deployment, Deployment.registration_id == Registration.id
        )
        return [(client, deployment) for client, deployment in session.execute(found)]


def test_moodle_registers_the_tool_and_updates_it(
    client: FlaskClient, db: Database, moodle: Moodle, path: str
) -> None:
    done = _register(client, path, moodle, FIRST, _given(moodle, FIRST))
    assert done.status_code == 200, done.text
    body = FIRST["registration_response"]["body"]
    first = (body["client_id"], body[TOOL]["deployment_id"])
    assert _registered(db) == [first]
    (request,) = moodle.of("openid-registration.php")
    assert request.bearer == "one.time.token"
    sent, taken = json.loads(request.body), FIRST["registration_request"]["body"]
    assert set(sent) >= set(taken)
    assert set(sent[TOOL]) >= set(taken[TOOL])
    with db.reading(EVERY_TENANT) as session:
        row = session.scalars(select(Registration)).one()
        assert row.issuer == moodle.address
        assert row.key_set_url == f"{moodle.address}/mod/lti/certs.php"
        assert row.product_family == "moodle"
        again = _link(db)
    done = _register(client, again, moodle, UPDATE, _given(moodle, UPDATE))
    assert done.status_code == 200, done.text
    assert _registered(db) == [first], "an update keeps client id and deployment"


def test_what_moodle_refuses_is_said_and_nothing_is_kept(
    client: FlaskClient, db: Database, moodle: Moodle, path: str
) -> None:
    found = {}
    for name, (_, words) in REFUSED.items():
        page = _register(client, path, moodle, FIRST, moodle.as_said(ERRORS[name]))
        assert page.status_code >= 400, name
        found[name] = (code_of(page), words if words in page.text else page.text)
        assert "<script>" not in page.text
        with db.reading(EVERY_TENANT) as session:
            assert session.scalar(select(func.count()).select_from(Registration)) == 0
    assert found == REFUSED
    for name in ("GET_current_registration_with_update_token", "restore_ok"):
        assert ERRORS[name].status == 200
    done = _register(client, path, moodle, FIRST, moodle.as_said(ERRORS["restore_ok"]))
    assert done.status_code == 200, "the link was not used up"
    assert len(_registered(db)) == 1
    assert set(REFUSED) | {"GET_current_registration_with_update_token", "restore_ok"} == set(
        ERRORS
    )


def test_the_configuration_is_read_as_moodle_shows_it_to_everybody(
    client: FlaskClient, db: Database, moodle: Moodle, path: str
) -> None:
    shown = {**FIRST, "openid_configuration": recorded("openid_configuration")}
    answer = moodle.as_said(ERRORS["GET_current_registration_with_update_token"])
    assert _register(client, path, moodle, shown, answer).status_code == 200
    assert moodle.of("openid-configuration.php")[0].path == CONFIGURATION
    assert len(_registered(db)) == 1


def _kinds(found: dict[str, Any]) -> dict[str, type]:
    return {name: type(value) for name, value in found.items()}


@pytest.mark.usefixtures("tool")
def test_what_is_added_to_a_course_is_written_as_moodle_took_it(
    services: Services,  # noqa: F811 - the fixture
    registration_id: UUID,  # noqa: F811 - the fixture
) -> None:
    taken = recorded("deep_linking_response_sent")
    claims = claims_of(respond(services, present(registration_id), [item()], "Added."))
    expected = _kinds(taken)
    # Moodle took one without the `data` that it had not sent, and an audience in a list.
    expected[f"{DL}data"] = expected["aud"] = str
    assert _kinds(claims) == expected
    (ours,), (theirs,) = (each[f"{DL}content_items"] for each in (claims, taken))
    assert ours["type"] == theirs["type"]
    assert _kinds(ours["lineItem"]).items() >= _kinds(theirs["lineItem"]).items()
    shared = set(ours) & set(theirs)
    assert shared >= {"type", "title", "url", "custom", "lineItem", "text"}
    assert {name: type(ours[name]) for name in shared} == {
        name: type(theirs[name]) for name in shared
    }
