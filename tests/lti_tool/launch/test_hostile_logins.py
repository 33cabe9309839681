"""Login initiations that no honest platform sends, and the honest ones beside them."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from foundation.db import EVERY_TENANT, Database
from lti_tool.platforms.registrations import add_platform
from tests.lti_tool.launch.refused import assert_refused
from tests.lti_tool.platform import BASE_URL, KeySets, SignedPlatform

FORM = {
    "iss": "https://lms.example",
    "client_id": "client-1",
    "login_hint": "5",
    "target_link_uri": f"{BASE_URL}/lti/launch",
    "lti_message_hint": '{"cmid":2}',
    "lti_deployment_id": "1",
}
MALFORMED, MISSING = "launch.parameter.malformed", "launch.parameter.missing"
UNKNOWN, FOREIGN = "login.platform.unknown", "login.target.foreign"

HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "unknown iss": ({"iss": "https://evil.example"}, UNKNOWN),
    "iss with a slash": ({"iss": "https://lms.example/"}, UNKNOWN),
    "iss in capitals": ({"iss": "https://LMS.example"}, UNKNOWN),
    "iss with a homoglyph": ({"iss": "https://lmѕ.example"}, UNKNOWN),
    "iss missing": ({"iss": None}, MISSING),
    "iss twice": ({"iss": ["https://lms.example", "https://b"]}, "launch.parameter.repeated"),
    "login_hint missing": ({"login_hint": None}, MISSING),
    "login_hint of 10 kB": ({"login_hint": "h" * 10_000}, MALFORMED),
    "message hint of 10 kB": ({"lti_message_hint": "h" * 10_000}, MALFORMED),
    "client of another issuer": ({"client_id": "client-of-another"}, UNKNOWN),
    "client missing, several": (
        {"iss": "https://shared.example", "client_id": None},
        "login.client.missing",
    ),
    "deployment of 256": ({"lti_deployment_id": "d" * 256}, MALFORMED),
    "target missing": ({"target_link_uri": None}, MISSING),
    "target of another host": ({"target_link_uri": "https://evil.example/lti/launch"}, FOREIGN),
    "target by https": ({"target_link_uri": "https://localhost:8000/lti/launch"}, FOREIGN),
    "target at another port": ({"target_link_uri": "http://localhost:8001/lti/launch"}, FOREIGN),
    "target at our name's user": (
        {"target_link_uri": "http://localhost:8000@evil.example/"},
        FOREIGN,
    ),
    "target with a user": ({"target_link_uri": "http://user@localhost:8000/lti/launch"}, FOREIGN),
    "target below our name": (
        {"target_link_uri": "http://localhost:8000.evil.example/"},
        FOREIGN,
    ),
    "target with a backslash": (
        {"target_link_uri": "http://localhost:8000\\@evil.example/"},
        FOREIGN,
    ),
    "target without a scheme": ({"target_link_uri": "//localhost:8000/lti/launch"}, FOREIGN),
    "target at //evil": ({"target_link_uri": "//evil.example/"}, FOREIGN),
    "target a path": ({"target_link_uri": "/lti/launch"}, FOREIGN),
    "target at backslashes": ({"target_link_uri": "\\\\evil.example"}, FOREIGN),
    "target javascript": ({"target_link_uri": "javascript:alert(1)"}, FOREIGN),
    "target with a fragment": (
        {"target_link_uri": "http://localhost:8000/lti/launch#x"},
        FOREIGN,
    ),
    "target broken": ({"target_link_uri": "http://[::1/"}, FOREIGN),
    "line break in iss": ({"iss": "https://lms.example\r\nSet-Cookie: a=b"}, MALFORMED),
    "line break in login_hint": ({"login_hint": "5\r\nX: y"}, MALFORMED),
    "NUL in client_id": ({"client_id": "client-1\0"}, MALFORMED),
    "script in iss": ({"iss": "<script>alert(1)</script>"}, UNKNOWN),
    "script in client_id": ({"client_id": '"><script>alert(1)</script>'}, UNKNOWN),
    "script in target": ({"target_link_uri": '"><script>alert(1)</script>'}, FOREIGN),
}


@pytest.fixture(scope="module")
def platform(shared_db: Database, shared_keys: KeySets) -> SignedPlatform:
    for client_id in ("client-of-another", "client-b"):
        SignedPlatform(
            issuer="https://shared.example", client_id=client_id, host="https://shared.example"
        ).register(shared_db, shared_keys)
    return SignedPlatform().register(shared_db, shared_keys)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_login_is_refused(
    name: str, method: str, browser: FlaskClient, platform: SignedPlatform
) -> None:
    changes, expected = HOSTILE[name]
    form = {key: value for key, value in (FORM | changes).items() if value is not None}
    sent: dict[str, Any] = {"query_string": form} if method == "GET" else {"data": form}
    answer = browser.open("/lti/login", method=method, **sent)
    assert_refused(answer, expected)
    assert answer.headers.getlist("Set-Cookie") == []


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_begin_nothing(
    method: str, browser: FlaskClient, platform: SignedPlatform
) -> None:
    answer = browser.open("/lti/login", method=method, query_string=FORM)
    assert answer.status_code == 405
    assert method == "HEAD" or "launch.method" in answer.text
    assert answer.headers["Allow"] == "GET, POST"
    assert answer.headers.getlist("Set-Cookie") == []


def test_parameters_come_from_one_source(browser: FlaskClient, platform: SignedPlatform) -> None:
    rest = {key: value for key, value in FORM.items() if key != "iss"}
    mixed = browser.post("/lti/login", query_string={"iss": FORM["iss"]}, data=rest)
    assert_refused(mixed, MALFORMED)
    as_json = browser.post("/lti/login", json=FORM)
    assert_refused(as_json, MISSING)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_honest_login_goes_to_the_platform(
    method: str, browser: FlaskClient, platform: SignedPlatform
) -> None:
    sent: dict[str, Any] = {"query_string": FORM} if method == "GET" else {"data": FORM}
    answer = browser.open("/lti/login", method=method, **sent)
    assert answer.status_code == 302
    address = urlsplit(answer.location)
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://lms.example/auth"
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    state, nonce = query.pop("state"), query.pop("nonce")
    assert query == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "client-1",
        "redirect_uri": f"{BASE_URL}/lti/launch",
        "login_hint": "5",
        "lti_message_hint": '{"cmid":2}',
    }
    assert len(state) > 40
    assert len(nonce) > 40
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-tf-")
    assert state not in cookie
    for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=None", "Partitioned"):
        assert f"; {attribute}" in cookie
    assert "Domain" not in cookie


def test_one_registration_needs_no_client_id(
    browser: FlaskClient, platform: SignedPlatform
) -> None:
    form = {key: value for key, value in FORM.items() if key != "client_id"}
    answer = browser.post("/lti/login", data=form)
    assert answer.status_code == 302
    assert "client_id=client-1" in answer.location


def test_an_authorisation_address_may_have_a_query(
    browser: FlaskClient, shared_db: Database, platform: SignedPlatform
) -> None:
    asking = SignedPlatform(issuer="https://asking.example", host="https://asking.example")
    asking.register(shared_db, KeySets())
    with shared_db.writing(EVERY_TENANT) as session:
        add_platform(
            session,
            issuer=asking.issuer,
            client_id=asking.client_id,
            auth_login_url="https://asking.example/auth?site=7",
            auth_token_url="https://asking.example/token",
            key_set_url=asking.key_set_url,
            deployment_ids=(),
            name="asking",
        )
    answer = browser.post("/lti/login", data=FORM | {"iss": asking.issuer})
    query = parse_qs(urlsplit(answer.location).query)
    assert answer.location.count("?") == 1
    assert query["site"] == ["7"]
    assert query["scope"] == ["openid"]
