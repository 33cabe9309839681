"""`twofold platform check` and the other commands, against a gradebook that answers or does not."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from foundation.secrets import Seal
from lti_tool import upkeep
from lti_tool.ags.vocabulary import SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ
from lti_tool.cli import main
from lti_tool.onboarding import onboard
from lti_tool.platforms.deployments import admit
from lti_tool.platforms.key_rotation import SIGNS_FOR
from lti_tool.platforms.registrations import RegistrationInfo
from lti_tool.platforms.tables import (
    Deployment,
    DeploymentPolicy,
    LtiContext,
    Registration,
    WaitingDeployment,
)
from lti_tool.platforms.tool_keys import ToolKeys
from lti_tool.registration import links, waiting
from lti_tool.registration.check import check_platform
from lti_tool.registration.request import SCOPES
from lti_tool.services import build
from rubrics.tables.people import Course
from tests.lti_tool.ags.fake_lms import FakeLms, Planned, fake_lms
from tests.lti_tool.delivery.house import services_for
from tests.lti_tool.launch_app import SECRET, settings
from tests.lti_tool.platform import public_jwk, rsa_key


@pytest.fixture
def lms() -> Iterator[FakeLms]:
    with fake_lms() as running:
        yield running


class Commands:
    """The command line of an installation."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._environment = {
            "TWOFOLD_SECRET_KEY": SECRET,
            "TWOFOLD_DATABASE_URL": db.url,
            "TWOFOLD_FILES": str(folder),
            "TWOFOLD_BASE_URL": "https://skills.example.org",
        }

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=self._environment)


@pytest.fixture
def twofold(db: Database, tmp_path: Path) -> Commands:
    return Commands(db, tmp_path)


def connect(db: Database, lms: FakeLms, *, course: bool) -> RegistrationInfo:
    registration = onboard(
        db,
        issuer=lms.address,
        client_id="client-1",
        auth_login_url=f"{lms.address}/auth",
        auth_token_url=f"{lms.address}/token",
        key_set_url=f"{lms.address}/jwks",
        deployment_ids=["1"] if course else [],
        name="North",
        product_family="moodle",
        private=True,
    )
    if course:
        with db.writing(registration.home_tenant_id) as session:
            row = Course(title="Skills 101")
            session.add(row)
            session.flush()
            session.add(
                LtiContext(
                    deployment_id=session.scalars(select(Deployment.id)).one(),
                    context_id="2",
                    course_id=row.id,
                    memberships_url=f"{lms.address}/members",
                    lineitems_url=lms.line_items_url,
                )
            )
    return registration


def shows_keys(lms: FakeLms) -> None:
    lms.plan("jwks", Planned(200, json.dumps({"keys": [public_jwk(rsa_key("one"), "one")]})))


def shows_members(lms: FakeLms, *names: str) -> None:
    members = [
        {"user_id": str(number), "roles": ["Learner"], **({"name": name} if name else {})}
        for number, name in enumerate(names)
    ]
    lms.plan(
        "members", Planned(200, json.dumps({"id": "x", "context": {"id": "2"}, "members": members}))
    )


def test_all_is_well(db: Database, lms: FakeLms, twofold: Commands) -> None:
    connect(db, lms, course=True)
    shows_keys(lms)
    shows_members(lms, "Ana", "Wei")
    checked = twofold.run("platform", "check")
    assert checked.exit_code == 0, checked.output
    assert "✗" not in checked.output
    assert checked.output.count("✓") == 8
    assert "2 people, 2 with a name" in checked.output
    assert "A gradebook is read: 0 columns" in checked.output


def test_before_the_first_launch(db: Database, lms: FakeLms, twofold: Commands) -> None:
    connect(db, lms, course=False)
    shows_keys(lms)
    checked = twofold.run("platform", "check", lms.address)
    assert checked.exit_code == 0, checked.output
    assert "Open the tool from a course once" in checked.output
    assert "No deployment is known yet" in checked.output


def test_what_is_missing_is_said_in_the_lmss_words(
    db: Database, lms: FakeLms, twofold: Commands
) -> None:
    registration = connect(db, lms, course=True)
    lms.plan("jwks", Planned(404, "gone"))
    refused = Planned(400, '{"error": "invalid_scope"}')
    for _ in SCOPES:
        lms.plan("token", refused)
    with db.writing(EVERY_TENANT) as session:
        session.add(WaitingDeployment(registration_id=registration.id, deployment_id="a b"))
    checked = twofold.run("platform", "check", str(registration.id))
    assert checked.exit_code == 1
    assert checked.output.count("✗") == 7
    assert "http.status" in checked.output
    assert "token.refused" in checked.output
    assert "invalid_scope" in checked.output
    assert "In Moodle, Manage tools" in checked.output
    assert "https://skills.example.org/lti/jwks" in checked.output
    assert f"twofold platform approve {registration.id} --deployment 'a b'" in checked.output


def test_a_token_for_less_than_was_asked_is_no_grant(
    db: Database, lms: FakeLms, twofold: Commands
) -> None:
    connect(db, lms, course=True)
    shows_keys(lms)
    less = {"access_token": "abc", "token_type": "Bearer", "scope": "openid"}
    lms.plan("token", *[Planned(200, json.dumps(less))] * len(SCOPES))
    checked = twofold.run("platform", "check")
    assert checked.exit_code == 1
    assert checked.output.count("✗") == len(SCOPES)
    assert checked.output.count("token.scope") == len(SCOPES)
    for scope in SCOPES:
        assert f"without the scope {scope} (" in checked.output
    assert checked.output.count("In Moodle, Manage tools") == len(SCOPES)
    assert lms.of("members") == []


def test_every_check_asks_for_tokens_anew(db: Database, lms: FakeLms) -> None:
    registration = connect(db, lms, course=True)
    services = services_for(db)
    for _ in range(2):
        shows_keys(lms)
        shows_members(lms, "Ana")
        assert all(each.good for each in check_platform(services, registration))
    asked = [parse_qs(each.body.decode())["scope"][0].split() for each in lms.of("token")]
    once = [[scope] for scope in SCOPES]
    both = sorted([SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ])
    assert asked == [*once, both] * 2
    shows_keys(lms)
    lms.plan("token", Planned(400, '{"error": "invalid_scope"}'))
    findings = list(check_platform(services, registration))
    assert [each.good for each in findings].count(False) == 2, "the scope, and the class list"


@pytest.mark.parametrize(
    ("kind", "answer", "said"),
    [
        ("members", Planned(403, '{"message": "not allowed"}'), "nrps.forbidden"),
        ("members", Planned(200, "<html>"), "nrps.answer"),
        ("lineitems", Planned(403, '{"message": "not allowed"}'), "ags.forbidden"),
        ("lineitems", Planned(409, "[]"), "(409)"),
        ("lineitems", Planned(200, "{}"), "ags.list"),
    ],
)
def test_a_service_that_does_not_answer(
    kind: str, answer: Planned, said: str, db: Database, lms: FakeLms, twofold: Commands
) -> None:
    connect(db, lms, course=True)
    shows_keys(lms)
    if kind != "members":
        shows_members(lms, "Ana")
    lms.plan(kind, answer)
    checked = twofold.run("platform", "check")
    assert checked.exit_code == 1, checked.output
    assert said in checked.output
    assert checked.output.count("✗") == 1


def test_a_wrong_address_is_shown_where_the_lms_has_it(
    db: Database, lms: FakeLms, twofold: Commands
) -> None:
    connect(db, lms, course=False)
    lms.plan("jwks", Planned(404, "gone"))
    checked = twofold.run("platform", "check")
    assert "Its keys cannot be fetched" in checked.output
    assert "View configuration details" in checked.output


def test_a_class_list_without_names(db: Database, lms: FakeLms, twofold: Commands) -> None:
    connect(db, lms, course=True)
    shows_keys(lms)
    shows_members(lms, "", "")
    checked = twofold.run("platform", "check")
    assert checked.exit_code == 1
    assert "without names" in checked.output


def test_an_lms_that_is_not_there(twofold: Commands, db: Database, lms: FakeLms) -> None:
    connect(db, lms, course=False)
    assert twofold.run("platform", "check", "https://other.example").exit_code == 1


def test_a_link_from_the_command_line(db: Database, twofold: Commands) -> None:
    made = twofold.run("platform", "link", "--tenant", "North", "--policy", "each", "--days", "2")
    assert made.exit_code == 0, made.output
    address = made.stdout.splitlines()[-1]
    assert address.startswith("https://skills.example.org/lti/register/")
    token = address.rpartition("/")[2]
    with db.reading(EVERY_TENANT) as session:
        found = links.look(session, token, clock.now())
    assert (found.tenant_name, found.policy, found.private) == (
        "North",
        DeploymentPolicy.EACH,
        False,
    )
    listed = twofold.run("platform", "list")
    assert "a registration link for North is open until" in listed.output
    assert token not in listed.output


def test_adding_an_lms_again_changes_only_what_is_typed(db: Database, twofold: Commands) -> None:
    def add(*more: str) -> Registration:
        added = twofold.run(
            "platform", "add", "--issuer", "https://lms.example", "--client-id", "client-1",
            "--auth-login-url", "http://10.0.0.1/auth", "--auth-token-url", "http://10.0.0.1/token",
            "--key-set-url", "http://10.0.0.1/jwks", *more,
        )  # fmt: skip
        assert added.exit_code == 0, added.output
        with db.reading(EVERY_TENANT) as session:
            row = session.scalars(select(Registration)).one()
            session.expunge(row)
        return row

    add(
        "--private", "--policy", "all", "--name", "North", "--auth-audience", "https://a.example/",
        "--host", "canvas.school.example", "--host", "b.example:8443",
    )  # fmt: skip
    row = add()
    assert (row.policy, row.name) == (DeploymentPolicy.ALL, "North")
    assert row.auth_audience == "https://a.example/"
    own, listed = ["lms.example:443", "10.0.0.1:80"], ["canvas.school.example:443"]
    assert row.private_hosts == [*own, *listed, "b.example:8443"]
    row = add("--host", "canvas.school.example", "--policy", "each")
    assert (row.private_hosts, row.policy) == ([*own, *listed], DeploymentPolicy.EACH)


def test_a_waiting_deployment_is_approved_into_a_tenant(
    db: Database, lms: FakeLms, twofold: Commands
) -> None:
    registration = connect(db, lms, course=False)
    assert admit(db, registration, "7", clock.now()) is not None
    assert admit(db, registration, "8", clock.now()) is None
    arguments = ("platform", "approve", str(registration.id), "--deployment", "8")
    approved = twofold.run(*arguments, "--tenant", "South")
    assert approved.exit_code == 0, approved.output
    admitted = admit(db, registration, "8", clock.now())
    assert admitted is not None
    assert admitted.tenant_id != registration.home_tenant_id
    with db.reading(EVERY_TENANT) as session:
        row = session.scalars(select(Registration)).one()
        assert row.private_hosts == [lms.host]
        assert row.product_family == "moodle"
        assert session.scalars(select(WaitingDeployment)).all() == []
    again = twofold.run(*arguments, "--tenant", "North")
    assert again.exit_code == 1
    assert "platform.deployment.taken" in again.output


@pytest.mark.parametrize("command", ["approve", "refuse"])
def test_nothing_waits_under_this_id(command: str, twofold: Commands) -> None:
    said = twofold.run("platform", command, str(uuid4()))
    assert said.exit_code == 1
    assert "twofold platform list" in said.output


def test_a_waiting_registration_is_refused(db: Database, twofold: Commands) -> None:
    with db.writing(EVERY_TENANT) as session:
        waiting_id = waiting.keep(
            session,
            {
                "issuer": "https://lms.example.org",
                "client_id": "1",
                "auth_login_url": "https://lms.example.org/a",
                "auth_token_url": "https://lms.example.org/t",
                "auth_audience": None,
                "key_set_url": "https://lms.example.org/k",
                "name": "LMS",
                "product_family": None,
                "deployment_ids": [],
            },
        )
    assert str(waiting_id) in twofold.run("platform", "list").output
    assert twofold.run("platform", "refuse", str(waiting_id)).exit_code == 0
    assert "waits" not in twofold.run("platform", "list").output


def test_keys_from_the_command_line(db: Database, twofold: Commands) -> None:
    keys = ToolKeys(db, Seal(SECRET))
    first = keys.signing().kid
    made = twofold.run("keys", "rotate")
    assert made.exit_code == 0, made.output
    listed = twofold.run("keys", "list").output.splitlines()
    assert listed[0].split()[0] == first
    assert len(listed) == 2
    leaked = twofold.run("keys", "rotate", "--leaked")
    assert leaked.exit_code == 0
    assert len(keys.jwks()["keys"]) == 1


def test_the_worker_turns_the_keys(db: Database, lms: FakeLms) -> None:
    services = build(settings(db))
    services.tool_keys.signing()
    assert upkeep.step(services)
    assert len(services.tool_keys.jwks()["keys"]) == 1
    with time_machine.travel(clock.now() + SIGNS_FOR):
        assert upkeep.step(services)
        assert len(services.tool_keys.jwks()["keys"]) == 2
