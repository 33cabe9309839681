"""A one-time link of the administrator's: used once, ended, guessed, misused, never logged."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from foundation.secrets import digest
from lti_tool.onboarding import PlatformValues
from lti_tool.platforms.tables import DeploymentPolicy, Registration
from lti_tool.registration import configuration, exchange, links
from lti_tool.registration import register as register_module
from lti_tool.registration.links import MOST_TRIES
from lti_tool.registration.register import command
from lti_tool.registration.tables import RegistrationLink
from tests.lti_tool.registration.conftest import MakeLink, code_of, register
from tests.lti_tool.registration.fake_platform import FakePlatform, moodle


def test_a_link_works_once(client: FlaskClient, platform: FakePlatform, link: MakeLink) -> None:
    moodle(platform)
    path = link()
    assert register(client, path, platform).status_code == 200
    again = client.get(path, query_string=platform.invitation())
    assert (again.status_code, code_of(again)) == (410, "registration.link.used")
    posted = client.post(path, data=platform.invitation())
    assert (posted.status_code, code_of(posted)) == (410, "registration.link.used")
    assert len(platform.registered) == 1


def test_a_link_ends(client: FlaskClient, platform: FakePlatform, link: MakeLink) -> None:
    moodle(platform)
    path = link(days=3)
    with time_machine.travel(clock.now() + timedelta(days=3, seconds=1)):
        for page in (
            client.get(path, query_string=platform.invitation()),
            client.post(path, data=platform.invitation()),
        ):
            assert (page.status_code, code_of(page)) == (410, "registration.link.expired")


def test_a_link_that_nobody_made(client: FlaskClient, platform: FakePlatform) -> None:
    for page in (
        client.get("/lti/register/made-up", query_string=platform.invitation()),
        client.post("/lti/register/made-up", data=platform.invitation()),
    ):
        assert (page.status_code, code_of(page)) == (404, "registration.link.unknown")
    assert platform.seen == []


def test_a_link_is_no_scanner(client: FlaskClient, link: MakeLink) -> None:
    path = link()
    for _ in range(MOST_TRIES):
        client.post(path, data={"openid_configuration": "http://127.0.0.1:9/"})
    page = client.post(path, data={"openid_configuration": "http://127.0.0.1:9/"})
    assert code_of(page) == "registration.link.tries"


def test_two_at_once_use_a_link_once(
    client: FlaskClient, db: Database, platform: FakePlatform, link: MakeLink
) -> None:
    moodle(platform)
    path = link()
    with db.writing(EVERY_TENANT) as session:
        session.scalars(select(RegistrationLink)).one().claimed_at = clock.now()
    page = client.post(path, data=platform.invitation())
    assert (page.status_code, code_of(page)) == (409, "registration.link.busy")
    with time_machine.travel(clock.now() + timedelta(minutes=3)):
        assert client.post(path, data=platform.invitation()).status_code == 200


def test_a_link_that_is_withdrawn_meanwhile_registers_nothing(
    client: FlaskClient,
    db: Database,
    platform: FakePlatform,
    link: MakeLink,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moodle(platform)
    path = link()

    def withdrawn_meanwhile(*arguments: Any, **options: Any) -> Any:
        with db.writing(EVERY_TENANT) as session:
            token = path.rpartition("/")[2]
            assert links.withdraw(session, digest(token), clock.now(), actor="ann")
        return exchange.ask(*arguments, **options)

    monkeypatch.setattr(register_module, "ask", withdrawn_meanwhile)
    page = register(client, path, platform)
    assert (page.status_code, code_of(page)) == (410, "registration.link.withdrawn")
    page = client.get(path)
    assert (page.status_code, code_of(page)) == (410, "registration.link.withdrawn")
    assert "has withdrawn it" in page.get_data(as_text=True)
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Registration)).all() == []
        assert session.scalars(select(RegistrationLink)).one().used_at is None


def test_a_link_whose_time_ends_meanwhile_still_registers(db: Database, link: MakeLink) -> None:
    token = link(days=1).rpartition("/")[2]
    end = clock.now() + timedelta(days=1)
    with db.writing(EVERY_TENANT) as session:
        claimed = links.claim(session, token, end - timedelta(seconds=30))
    with db.writing(EVERY_TENANT) as session:
        links.use(session, claimed, end + timedelta(seconds=30))
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(RegistrationLink)).one().used_at is not None


def test_only_the_digest_of_a_link_is_kept(db: Database, link: MakeLink) -> None:
    token = link().rpartition("/")[2]
    with db.reading(EVERY_TENANT) as session:
        row = session.scalars(select(RegistrationLink)).one()
    assert row.digest == digest(token)


def test_no_token_is_logged(
    client: FlaskClient,
    platform: FakePlatform,
    link: MakeLink,
    capfd: pytest.CaptureFixture[str],
) -> None:
    moodle(platform)
    path = link()
    register(client, path, platform)
    register(client, link(), platform)
    client.post(path, data=platform.invitation())
    logged = "".join(capfd.readouterr())
    assert "registration.link.used" in logged
    assert path.rpartition("/")[2] not in logged
    assert platform.token not in logged


def test_the_command_that_mends_opens_no_more_hosts_than_the_link_did() -> None:
    values = PlatformValues(
        issuer="https://moodle.school.example",
        client_id="c",
        auth_login_url="https://moodle.school.example/auth",
        auth_token_url="https://moodle.school.example/token",
        key_set_url="https://keys.example/jwks",
        private=True,
    )
    host = "moodle.school.example:443"
    assert command(values, [host]).endswith(f" --host {host}")
    assert "--private" not in command(values, [host])
    values["key_set_url"] = "https://moodle.school.example/jwks"
    assert command(values, [host]).endswith(" --private")


def test_where_schools_share_the_client_id_each_deployment_waits(
    client: FlaskClient,
    db: Database,
    platform: FakePlatform,
    link: MakeLink,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a registration by hand: only a link that lets in all of them is taken at its word."""
    moodle(platform)

    def of_blackboard(*arguments: Any, **options: Any) -> configuration.Configuration:
        found = configuration.fetch(*arguments, **options)
        return replace(found, issuer="https://blackboard.com")

    monkeypatch.setattr(register_module, "fetch", of_blackboard)
    for asked, kept in (("first", "each"), ("each", "each"), ("all", "all")):
        platform.token = f"{platform.token}-once-more"
        assert register(client, link(policy=DeploymentPolicy(asked)), platform).status_code == 200
        with db.reading(EVERY_TENANT) as session:
            assert session.scalars(select(Registration.policy)).one() == kept
