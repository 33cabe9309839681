"""Back to the course: offered in a window of our own and on errors, kept by the browser alone."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select

from foundation.db import EVERY_TENANT, Database
from foundation.secrets import Seal
from lti_tool.access.cookies import WAY_BACK
from lti_tool.access.tables import LaunchHandle
from tests.lti_tool.launch_app import SECRET
from tests.lti_tool.platform import INSTRUCTOR, LTI, Claims, KeySets, SignedPlatform

ADDRESS = "https://lms.example/back?sesskey=s"
IN_A_WINDOW = {"HTTP_SEC_FETCH_DEST": "document"}
PRESENTATION = f"{LTI}launch_presentation"


@pytest.fixture
def client(shared_app: Flask) -> FlaskClient:
    """A fresh browser for the module's application."""
    return shared_app.test_client()


@pytest.fixture(scope="module")
def platform(shared_db: Database, shared_keys: KeySets) -> SignedPlatform:
    """One platform for the module."""
    return SignedPlatform().register(shared_db, shared_keys)


def _link_of(page: str) -> str | None:
    """Where "Back to the course" leads on a page."""
    before, found, _ = page.partition(">Back to the course</a>")
    return before.rpartition('href="')[2].partition('"')[0].replace("&amp;", "&") if found else None


def _back(client: FlaskClient, page: str) -> str | None:
    token = client.get(f"{page}form").text
    return _link_of(client.post(f"{page}window", data={"csrf_token": token}).text)


def test_a_window_offers_the_way_back_and_the_server_keeps_nothing(
    client: FlaskClient, platform: SignedPlatform, shared_db: Database
) -> None:
    client.environ_base.update(IN_A_WINDOW)
    page = platform.launch(client)
    assert _back(client, page) == ADDRESS
    cookie = client.get_cookie(WAY_BACK)
    assert cookie is not None
    assert "sesskey" not in cookie.value
    names = [each.key for each in inspect(LaunchHandle).columns]
    with shared_db.reading(EVERY_TENANT) as session:
        rows = list(session.scalars(select(LaunchHandle)))
        stored = " ".join(str(getattr(row, name)) for row in rows for name in names)
    assert rows
    assert "sesskey" not in stored
    client.set_cookie(WAY_BACK, "gAAAAAinvented")
    assert _back(client, page) is None


def test_of_two_launches_each_page_has_its_own_way_back_or_none(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    client.environ_base.update(IN_A_WINDOW)
    first = platform.launch(client)
    second = platform.launch(client, link="two")
    assert (_back(client, first), _back(client, second)) == (None, ADDRESS)


def test_in_a_frame_the_lms_stands_around_and_a_new_window_takes_the_way_along(
    shared_app: Flask, client: FlaskClient, platform: SignedPlatform
) -> None:
    page = platform.launch(client)
    client.environ_base["HTTP_SEC_FETCH_DEST"] = "iframe"
    assert _back(client, page) is None
    token = client.get(f"{page}form").text
    wanted = {"Accept": "application/json"}
    posted = client.post(f"{page}window", data={"csrf_token": token}, headers=wanted)
    address = posted.get_json()["url"]
    assert "sesskey" not in address
    window = shared_app.test_client()
    window.environ_base.update(IN_A_WINDOW)
    assert window.get(address).status_code == 303
    assert _back(window, page) == ADDRESS


def test_a_window_takes_along_nothing_of_another_launch(
    shared_app: Flask, client: FlaskClient, platform: SignedPlatform
) -> None:
    first = platform.launch(client)
    foreign = client.get_cookie(WAY_BACK)
    assert foreign is not None
    second = platform.launch(client, link="two")
    token = client.get(f"{second}form").text
    wanted = {"Accept": "application/json"}
    for path in (first, second):
        data = {"csrf_token": client.get(f"{path}form").text}
        url = client.post(f"{path}window", data=data, headers=wanted).get_json()["url"]
        assert ("back=" in url) is (path == second)
    data = {"csrf_token": token}
    url = client.post(f"{second}window", data=data, headers=wanted).get_json()["url"]
    window = shared_app.test_client()
    assert window.get(f"{url.partition('?')[0]}?back={foreign.value}").status_code == 303
    assert window.get_cookie(WAY_BACK) is None


def test_an_address_that_nobody_should_be_sent_to(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    client.environ_base.update(IN_A_WINDOW)
    for address in ("javascript:alert(1)", "http://lms.example/", "//lms.example", 5, "", None):

        def change(claims: Claims, address: object = address) -> None:
            claims[PRESENTATION]["return_url"] = address

        answer = platform.post(client, change)
        assert (answer.status_code, client.get_cookie(WAY_BACK)) == (303, None), address


def test_a_refused_launch_leads_back_and_says_why(
    client: FlaskClient, platform: SignedPlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = platform.post(client, roles=["http://purl.imsglobal.org/vocab/none"])
    assert answer.status_code == 403
    back = _link_of(answer.text)
    assert back is not None
    assert back.startswith(f"{ADDRESS}&")
    said = parse_qs(urlsplit(back).query)
    assert said["lti_errormsg"] == ["You have no role in this course that opens anything here"]
    assert said["lti_errorlog"] == ["launch.role.none"]
    assert "sesskey" not in "".join(capsys.readouterr())


def test_a_forged_launch_leads_nowhere(client: FlaskClient, platform: SignedPlatform) -> None:
    sent = platform.login(client)
    forged: Claims = platform.claims(sent["nonce"])
    token = platform.sign(forged, key_name="another")
    answer = client.post("/lti/launch", data={"state": sent["state"], "id_token": token})
    assert "launch.signature" in answer.text
    assert _link_of(answer.text) is None


def test_nobody_chooses_an_activity_that_cannot_be_handed_over(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    for address, status in (("http://lms.example/x", 400), ("http://127.0.0.1:1/x", 303)):
        settings = {"deep_link_return_url": address}
        answer = platform.post(client, roles=[INSTRUCTOR], deep_linking=settings)
        assert answer.status_code == status
        assert ("deep_linking_settings.deep_link_return_url" in answer.text) is (status == 400)


def test_only_the_installation_can_seal_a_way_back(
    client: FlaskClient, platform: SignedPlatform
) -> None:
    page = platform.launch(client)
    client.set_cookie(WAY_BACK, Seal(f"other{SECRET}").seal(f"x {ADDRESS}".encode()))
    assert _back(client, page) is None
