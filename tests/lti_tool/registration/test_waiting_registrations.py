"""Who registers without a link waits, and cannot keep others from registering."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.onboarding import PlatformValues
from lti_tool.platforms.registrations import registrations_of
from lti_tool.platforms.tables import Deployment, DeploymentPolicy, Registration
from lti_tool.registration import approval, register, waiting
from lti_tool.registration.configuration import Invitation, judged
from lti_tool.registration.exchange import Granted
from lti_tool.registration.tables import WaitingRegistration
from rubrics.errors import Refused
from rubrics.tables.people import Tenant
from tests.lti_tool.registration.conftest import MakeLink, code_of
from tests.lti_tool.registration.conftest import register as by_link
from tests.lti_tool.registration.fake_platform import PLATFORM, FakePlatform, moodle

ADDRESS = "https://lms.example.org/openid"


@pytest.fixture
def public_lms(monkeypatch: pytest.MonkeyPatch) -> None:
    """An LMS on the internet, without the internet: the two calls are answered here."""
    endpoints = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
    document = {
        "issuer": "https://lms.example.org",
        **{name: f"https://lms.example.org/{name}" for name in endpoints},
        PLATFORM: {"product_family_code": "moodle"},
    }

    def fetch(http: object, invitation: Invitation, *, private: bool) -> object:
        assert not private
        return judged(document, invitation.address, private=private)

    monkeypatch.setattr(register, "fetch", fetch)
    monkeypatch.setattr(register, "ask", lambda *_: Granted("client-1", "1"))


def press(client: FlaskClient) -> str:
    page = client.post("/lti/register", data={"openid_configuration": ADDRESS})
    return page.get_data(as_text=True) if page.status_code == 200 else code_of(page)


def waits(db: Database) -> list[UUID]:
    with db.reading(EVERY_TENANT) as session:
        return list(session.scalars(select(WaitingRegistration.id)))


@pytest.mark.usefixtures("public_lms")
def test_it_waits_and_opens_nothing(client: FlaskClient, db: Database) -> None:
    asked = client.get("/lti/register", query_string={"openid_configuration": ADDRESS})
    assert "no link" in asked.get_data(as_text=True)
    page = press(client)
    (waiting_id,) = waits(db)
    assert f"twofold platform approve {waiting_id}" in page
    with db.reading(EVERY_TENANT) as session:
        assert registrations_of(session, "https://lms.example.org", "client-1") == []
        assert session.scalars(select(Tenant)).all() == []
        assert waiting.all_waiting(session)[0].issuer == "https://lms.example.org"
    login = client.post(
        "/lti/login",
        data={
            "iss": "https://lms.example.org",
            "client_id": "client-1",
            "login_hint": "1",
            "target_link_uri": "http://localhost:8000/lti/launch",
        },
    )
    assert code_of(login) == "login.platform.unknown"


@pytest.mark.usefixtures("public_lms")
def test_an_administrator_approves_it(client: FlaskClient, db: Database) -> None:
    press(client)
    (waiting_id,) = waits(db)
    approval.approve(db, waiting_id, "North", DeploymentPolicy.EACH, actor="command line")
    with db.reading(EVERY_TENANT) as session:
        row = session.scalars(select(Registration)).one()
        assert (row.client_id, row.policy) == ("client-1", DeploymentPolicy.EACH)
        assert session.scalars(select(Tenant.name)).one() == "North"
        assert session.scalars(select(Deployment.deployment_id)).one() == "1"
    assert waits(db) == []
    with pytest.raises(Refused) as refused:
        approval.approve(db, waiting_id, None, DeploymentPolicy.ALL, actor="command line")
    assert refused.value.code == "registration.waiting.unknown"


@pytest.mark.parametrize(
    ("issuer", "policy"), [("https://blackboard.com", "each"), ("https://lms.example", "first")]
)
def test_without_a_policy_it_has_the_usual_one(issuer: str, policy: str, db: Database) -> None:
    values = PlatformValues(
        issuer=issuer, client_id="c", auth_login_url=issuer, auth_token_url=issuer,
        auth_audience=None, key_set_url=issuer, deployment_ids=[], name="N", product_family=None,
    )  # fmt: skip
    with db.writing(EVERY_TENANT) as session:
        waiting_id = waiting.keep(session, values)
    approval.approve(db, waiting_id, None, None, actor="command line")
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Registration.policy)).one() == policy


@pytest.mark.usefixtures("public_lms")
def test_it_changes_no_registration(client: FlaskClient, db: Database) -> None:
    press(client)
    assert press(client) == "registration.known"
    (waiting_id,) = waits(db)
    approval.approve(db, waiting_id, None, DeploymentPolicy.FIRST, actor="command line")
    assert press(client) == "registration.known"


@pytest.mark.usefixtures("public_lms")
def test_what_was_registered_meanwhile_is_not_overwritten(
    client: FlaskClient, db: Database
) -> None:
    press(client)
    (waiting_id,) = waits(db)
    with db.writing(EVERY_TENANT) as session:
        values = waiting.take(session, waiting_id)
        assert values is not None
        waiting.keep(session, values)
    (again,) = waits(db)
    from lti_tool.onboarding import onboard

    values["key_set_url"] = "https://lms.example.org/the-right-keys"
    onboard(db, **values)
    with pytest.raises(Refused) as refused:
        approval.approve(db, again, None, DeploymentPolicy.FIRST, actor="command line")
    assert refused.value.code == "registration.known"
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Registration.key_set_url)).one().endswith("right-keys")


def test_attempts_are_counted_for_an_hour(client: FlaskClient, link: MakeLink) -> None:
    private = {"openid_configuration": "https://127.0.0.1/"}
    for _ in range(waiting.MOST_AN_HOUR):
        assert code_of(client.post("/lti/register", data=private)) == "registration.address"
    page = client.post("/lti/register", data=private)
    assert (page.status_code, code_of(page)) == (429, "registration.many")
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1)):
        assert code_of(client.post("/lti/register", data=private)) == "registration.address"


def test_a_full_waiting_room_keeps_no_link_from_working(
    client: FlaskClient, db: Database, platform: FakePlatform, link: MakeLink
) -> None:
    with db.writing(EVERY_TENANT) as session:
        for number in range(waiting.MOST_WAITING):
            session.add(
                WaitingRegistration(
                    issuer=f"https://lms-{number}.example.org",
                    client_id="1",
                    auth_login_url="https://x.example",
                    auth_token_url="https://x.example",
                    key_set_url="https://x.example",
                    name="x",
                )
            )
    assert press(client) == "registration.many"
    assert by_link(client, link(), moodle(platform)).status_code == 200


def test_without_a_link_a_private_platform_is_never_called(
    client: FlaskClient, platform: FakePlatform
) -> None:
    moodle(platform)
    page = client.post("/lti/register", data=platform.invitation())
    assert code_of(page) == "registration.address"
    assert platform.seen == []
