"""Hostile inputs G: what an LMS, or somebody who says to be one, must not get by registering."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from foundation.db import EVERY_TENANT, Database
from lti_tool.platforms.tables import Deployment, Registration
from lti_tool.registration import audited
from lti_tool.registration.configuration import judged
from lti_tool.registration.register import NotStored
from lti_tool.registration.tables import WaitingRegistration
from rubrics.errors import Refused
from rubrics.tables.people import Tenant
from tests.lti_tool.registration.conftest import MakeLink, code_of, register
from tests.lti_tool.registration.fake_platform import (
    PLATFORM,
    TOOL,
    Answer,
    FakePlatform,
    canvas,
    moodle,
)

Change = Callable[[FakePlatform], None]


@pytest.mark.parametrize("endpoint", ["jwks_uri", "token_endpoint", "authorization_endpoint"])
@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://10.0.0.5:9200/",
        "https://[fd00::7]/",
        "https://localhost:8443/",
        "https://2130706433/",
    ],
)
def test_a_private_link_opens_no_other_private_host(
    endpoint: str,
    elsewhere: str,
    client: FlaskClient,
    db: Database,
    platform: FakePlatform,
    link: MakeLink,
) -> None:
    moodle(platform)
    platform.configuration[endpoint] = elsewhere
    page = register(client, link(), platform)
    assert code_of(page) == "registration.address"
    assert nothing_written(db)
    assert platform.registered == []


def test_the_refusal_of_another_private_host_says_what_to_do(
    client: FlaskClient, platform: FakePlatform, link: MakeLink
) -> None:
    moodle(platform)
    platform.configuration["token_endpoint"] = "https://10.0.0.5:9200/"
    page = register(client, link(), platform).get_data(as_text=True)
    assert "twofold platform add --private" in page


def test_a_name_that_may_become_private_later_is_stored_as_public(
    client: FlaskClient, db: Database, platform: FakePlatform, link: MakeLink
) -> None:
    """Whoever owns the name decides where it leads: only the guard at each call can judge it."""
    moodle(platform)
    platform.configuration["jwks_uri"] = "https://keys.evil.example:8443/keys"
    assert register(client, link(), platform).status_code == 200
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Registration)).one().private_hosts == [platform.host]
        session.rollback()
    platform.token = "second-token-of-the-lms-0123456789"
    assert register(client, link(), platform).status_code == 200, "an update widens nothing either"
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Registration)).one().private_hosts == [platform.host]


def nothing_written(db: Database) -> bool:
    with db.reading(EVERY_TENANT) as session:
        return not any(
            session.scalar(select(func.count()).select_from(table))
            for table in (Registration, Deployment, Tenant, WaitingRegistration)
        )


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://127.0.0.1/openid", "registration.address"),
        ("https://169.254.169.254/latest/meta-data", "registration.address"),
        ("https://[::1]/openid", "registration.address"),
        ("https://[::ffff:10.0.0.1]/openid", "registration.address"),
        ("https://2130706433/openid", "registration.address"),
        ("https://localhost/openid", "registration.address"),
        ("http://lms.example.org/openid", "registration.address"),
        ("https://lms.example.org:22/openid", "registration.address"),
        ("https://admin@lms.example.org/openid", "registration.parameter"),
        ("file:///etc/passwd", "registration.parameter"),
        ("gopher://lms.example.org/", "registration.parameter"),
        ("javascript:alert(1)", "registration.parameter"),
        ("//lms.example.org/openid", "registration.parameter"),
        ("https://lms.example.org\\@evil.example/", "registration.parameter"),
        ("https://lms.example.org/\r\nX: y", "registration.parameter"),
        ("https://lms.example.org/" + "x" * 2000, "registration.parameter"),
        ("", "registration.parameter"),
    ],
)
def test_addresses_that_are_never_called(
    address: str, code: str, client: FlaskClient, db: Database, link: MakeLink
) -> None:
    page = client.post(link(private=False), data={"openid_configuration": address})
    assert code_of(page) == code, page.get_data(as_text=True)
    assert nothing_written(db)


@pytest.mark.parametrize(
    "address", ["http://169.254.169.254/latest/meta-data", "https://[fe80::1]/", "http://0.0.0.0/"]
)
def test_a_private_link_never_reaches_metadata(
    address: str, client: FlaskClient, link: MakeLink
) -> None:
    page = client.post(link(), data={"openid_configuration": address})
    assert code_of(page) == "registration.address"


def _set(name: str, value: Any) -> Change:
    def change(platform: FakePlatform) -> None:
        platform.configuration[name] = value

    return change


def _drop(name: str) -> Change:
    return lambda platform: platform.configuration.pop(name)


def _shows(answer: Answer) -> Change:
    def change(platform: FakePlatform) -> None:
        platform.planned["/openid-configuration"] = answer

    return change


def _messages(*types: str) -> Change:
    def change(platform: FakePlatform) -> None:
        platform.configuration[PLATFORM]["messages_supported"] = [{"type": each} for each in types]

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_set("issuer", "https://bank.example.org"), "registration.issuer"),
        (_set("issuer", "http://bank.example.org"), "registration.address"),
        (_set("issuer", "https://127.0.0.1.evil.example"), "registration.issuer"),
        (_set("issuer", "not a URL"), "registration.address"),
        (_set("issuer", ["https://lms.example.org"]), "registration.configuration"),
        (_set("issuer", "https://x.example/" + "i" * 500), "registration.configuration"),
        (_drop("issuer"), "registration.configuration"),
        (_set("registration_endpoint", "https://evil.example/register"), "registration.endpoint"),
        (_set("registration_endpoint", "http://evil.example/register"), "registration.address"),
        (_set("registration_endpoint", "http://169.254.169.254/"), "registration.address"),
        (_set("token_endpoint", "http://10.0.0.1/token"), "registration.address"),
        (_set("token_endpoint", "javascript:alert(1)"), "registration.address"),
        (_set("token_endpoint", "https://user:secret@lms.example.org/"), "registration.address"),
        (_set("jwks_uri", "file:///etc/passwd"), "registration.address"),
        (_set("jwks_uri", 7), "registration.configuration"),
        (_drop("jwks_uri"), "registration.configuration"),
        (_set("authorization_endpoint", "https://lms.example.org:0/"), "registration.address"),
        (_set("authorization_server", "gopher://lms.example.org/"), "registration.address"),
        (_set(PLATFORM, "moodle"), "registration.configuration"),
        (_drop(PLATFORM), "registration.configuration"),
        (_set("id_token_signing_alg_values_supported", ["HS256"]), "registration.unsupported"),
        (
            _set("token_endpoint_auth_methods_supported", ["client_secret_basic"]),
            "registration.unsupported",
        ),
        (_messages("LtiDeepLinkingRequest"), "registration.unsupported"),
        (_shows(Answer(200, "<html>no JSON</html>")), "registration.configuration"),
        (_shows(Answer(200, [])), "registration.configuration"),
        (_shows(Answer(200, "{" + " " * 300_000)), "registration.configuration"),
        (_shows(Answer(200, "[" * 100_000)), "registration.configuration"),
        (_shows(Answer(401, {"error": "no"})), "registration.configuration.status"),
        (_shows(Answer(404, "gone")), "registration.configuration.status"),
        (
            _shows(Answer(302, "", {"Location": "https://evil.example/openid"})),
            "registration.configuration.status",
        ),
        (_shows(Answer(500, "")), "registration.configuration.status"),
    ],
)
def test_configurations_that_are_not_believed(
    change: Change,
    code: str,
    client: FlaskClient,
    db: Database,
    platform: FakePlatform,
    link: MakeLink,
) -> None:
    change(moodle(platform))
    page = register(client, link(), platform)
    assert code_of(page) == code, page.get_data(as_text=True)
    assert nothing_written(db)
    assert platform.registered == [], "the registration token is never sent elsewhere, or at all"
    assert {path for _, path, _, _ in platform.seen} == {"/openid-configuration"}


ISSUERS = [
    ("https://lms.example.org/openid", "https://lms.example.org", True),
    ("https://lms.example.org/openid", "https://lms.example.org/", True),
    ("https://lms.example.org:8443/openid", "https://lms.example.org", True),
    ("https://school.lms.example.org/openid", "https://lms.example.org", True),
    ("https://school.instructure.com/openid", "https://canvas.instructure.com", True),
    ("https://sso.canvaslms.com/openid", "https://canvas.instructure.com", True),
    ("https://lms.example.org/openid", "https://school.lms.example.org", False),
    ("https://notlms.example.org/openid", "https://lms.example.org", False),
    ("https://lms.example.org.evil.example/openid", "https://lms.example.org", False),
    ("https://evil.example/openid", "https://canvas.instructure.com", False),
    ("https://evilinstructure.com/openid", "https://canvas.instructure.com", False),
    ("https://lms.example.org/openid", "https://lms.example.org?tenant=2", False),
    ("https://lms.example.org/openid", "https://lms.example.org#x", False),
    ("https://anything.com/openid", "https://com", False),
]


@pytest.mark.parametrize(("address", "issuer", "is_believed"), ISSUERS)
def test_who_may_speak_for_an_issuer(address: str, issuer: str, is_believed: bool) -> None:
    from lti_tool.registration.codes import RegistrationRefused

    endpoints = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
    document = {"issuer": issuer, PLATFORM: {}, **dict.fromkeys(endpoints, address)}
    if is_believed:
        assert judged(document, address, private=False).issuer == issuer
        return
    with pytest.raises(RegistrationRefused) as refused:
        judged(document, address, private=False)
    assert refused.value.code == "registration.issuer"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(401, "token_already_used"), "registration.lms.token"),
        (Answer(403, {"message": "no"}), "registration.lms.token"),
        (Answer(400, {"error": "invalid_redirect_uri"}), "registration.lms.refused"),
        (Answer(404, "<html>nothing</html>"), "registration.lms.refused"),
        (Answer(422, {"errors": [{"message": "domain"}]}), "registration.lms.refused"),
        (Answer(302, "", {"Location": "https://evil.example/"}), "registration.lms.failed"),
        (Answer(500, "<html>"), "registration.lms.failed"),
        (Answer(200, "<html>registered</html>"), "registration.answer"),
        (Answer(200, []), "registration.answer"),
        (Answer(200, {}), "registration.answer"),
        (Answer(200, {"client_id": None}), "registration.answer"),
        (Answer(200, {"client_id": {"id": 1}}), "registration.answer"),
        (Answer(200, {"client_id": ""}), "registration.answer"),
        (Answer(200, {"client_id": "x" * 256}), "registration.answer"),
        (Answer(200, {"client_id": "a\nb"}), "registration.answer"),
        (Answer(200, {"client_id": " a"}), "registration.answer"),
    ],
)
def test_answers_that_register_nothing(
    answer: Answer,
    code: str,
    client: FlaskClient,
    db: Database,
    platform: FakePlatform,
    link: MakeLink,
) -> None:
    moodle(platform)
    platform.planned["/mod/lti/openid-registration.php"] = answer
    path = link()
    page = register(client, path, platform)
    assert code_of(page) == code, page.get_data(as_text=True)
    assert nothing_written(db)
    del platform.planned["/mod/lti/openid-registration.php"]
    assert register(client, path, platform).status_code == 200, "the link is still good"


def test_canvas_shows_nothing_without_its_token(
    client: FlaskClient, platform: FakePlatform, link: MakeLink
) -> None:
    canvas(platform)
    page = client.post(link(), data={"openid_configuration": platform.configuration_address})
    assert code_of(page) == "registration.configuration.status"


def test_a_used_token_of_the_lms(
    client: FlaskClient, platform: FakePlatform, link: MakeLink
) -> None:
    """Moodle 4.5's own answer."""
    moodle(platform).used.add(platform.token)
    page = register(client, link(), platform)
    assert code_of(page) == "registration.lms.token"
    assert "token_already_used" in page.get_data(as_text=True)


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e'


def test_hostile_names_stay_text(
    client: FlaskClient, db: Database, platform: FakePlatform, link: MakeLink
) -> None:
    canvas(platform).configuration[PLATFORM] |= {
        "product_family_code": HOSTILE,
        "https://canvas.instructure.com/lti/account_name": HOSTILE * 50,
    }
    platform.response = {"client_id": HOSTILE[:-1], "client_name": HOSTILE}
    done = register(client, link(), platform)
    assert done.status_code == 200, done.get_data(as_text=True)
    assert "<script>alert" not in done.get_data(as_text=True)
    with db.reading(EVERY_TENANT) as session:
        name = session.scalars(select(Registration.name)).one()
    assert len(name) <= 200
    assert name.isprintable()


def test_hostile_words_in_an_error_stay_text(
    client: FlaskClient, platform: FakePlatform, link: MakeLink
) -> None:
    moodle(platform)
    bearer = "eyJhbGciOiJSUzI1NiJ9aaaaaaa.eyJzdWIiOiIxIn0aaaaaaaaa.c2lnbmF0dXJlaGVyZQ"
    said = {"error_description": f"{HOSTILE} {bearer}"}
    platform.planned["/mod/lti/openid-registration.php"] = Answer(400, said)
    page = register(client, link(), platform).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "onerror" not in page
    assert bearer not in page


@pytest.mark.parametrize("name", ["openid_configuration", "registration_token"])
def test_parameters_in_the_address_are_escaped_and_single(
    name: str, client: FlaskClient, platform: FakePlatform, link: MakeLink
) -> None:
    moodle(platform)
    hostile = f"{platform.configuration_address}?x=%22%3E<script>" if "conf" in name else "<script>"
    path = link()
    page = client.get(path, query_string={**platform.invitation(), name: hostile})
    assert "<script>" not in page.get_data(as_text=True).partition("<main")[2]
    twice = {"openid_configuration": platform.configuration_address, name: ["a", "b"]}
    assert code_of(client.get(path, query_string=twice)) == "registration.parameter"
    assert code_of(client.post(path, data=twice)) == "registration.parameter"


@pytest.mark.parametrize("token", ["a b", "a\r\nX-Injected: 1", "ü", "x" * 8001])
def test_tokens_that_cannot_be_a_header(
    token: str, client: FlaskClient, platform: FakePlatform, link: MakeLink
) -> None:
    moodle(platform)
    data = {**platform.invitation(), "registration_token": token}
    assert code_of(client.post(link(), data=data)) == "registration.parameter"


@pytest.mark.parametrize("endpoint", ["jwks_uri", "token_endpoint", "authorization_endpoint"])
def test_another_host_cannot_take_a_registration_over(
    endpoint: str, client: FlaskClient, db: Database, platform: FakePlatform, link: MakeLink
) -> None:
    moodle(platform)
    register(client, link(), platform)
    platform.token = "second-token-of-the-lms-0123456789"
    platform.configuration[endpoint] = "https://evil.example/keys"
    page = register(client, link(), platform)
    assert code_of(page) == "registration.hosts"
    with db.reading(EVERY_TENANT) as session:
        row = session.scalars(select(Registration)).one()
    assert row.key_set_url == f"{platform.address}/mod/lti/certs.php"
    assert row.auth_token_url == f"{platform.address}/mod/lti/token.php"
    assert row.auth_login_url == f"{platform.address}/mod/lti/auth.php"


def test_what_the_lms_has_and_we_could_not_store(
    client: FlaskClient,
    db: Database,
    platform: FakePlatform,
    link: MakeLink,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Refused here, registered there: the page says how to mend it, and nothing is half done."""

    def refused(*_: object, **__: object) -> None:
        raise Refused("platform.deployment.taken", "It belongs to somebody else.")

    moodle(platform)
    monkeypatch.setattr(audited, "register", refused)
    page = register(client, link("South"), platform)
    assert page.status_code == 500
    text = page.get_data(as_text=True)
    assert "registration.store" in text
    assert "platform.deployment.taken" in text
    assert "twofold platform add --issuer" in text
    assert platform.response["client_id"] in text
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Tenant)).all() == []


def test_the_command_that_mends_is_safe_to_paste(
    client: FlaskClient, platform: FakePlatform, link: MakeLink
) -> None:
    import shlex

    from lti_tool.registration.register import command

    hostile = "x'; rm -rf / #"
    words = shlex.split(
        command(
            {
                "issuer": "https://lms.example.org",
                "client_id": hostile,
                "auth_login_url": "https://lms.example.org/$(id)",
                "auth_token_url": "https://lms.example.org/token",
                "key_set_url": "https://lms.example.org/keys",
                "private": True,
            }
        )
    )
    assert words[words.index("--client-id") + 1] == hostile
    assert words[-1] == "--private"
    assert issubclass(NotStored, Exception)


def test_the_deployment_of_an_answer_is_a_plain_value(
    client: FlaskClient, db: Database, platform: FakePlatform, link: MakeLink
) -> None:
    moodle(platform)
    platform.response[TOOL] = {"deployment_id": {"$ne": 1}}
    register(client, link(), platform)
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Deployment)).all() == []
    assert json.dumps(platform.registered)
