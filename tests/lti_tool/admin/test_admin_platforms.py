"""The pages of platforms: links, registration by hand, and what waits."""

import re
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.onboarding import PlatformValues
from lti_tool.platforms.deployments import admit
from lti_tool.platforms.registrations import registration_by_id
from lti_tool.platforms.tables import Deployment, DeploymentPolicy, Registration
from lti_tool.registration import links, waiting
from lti_tool.registration.audited import register_by_hand
from rubrics.queries.tenants import tenants
from tests.lti_tool.admin.conftest import ACTOR, Browser, last_entry, text

LMS = "https://lms.example.org"
TYPED = {
    "name": "North's LMS",
    "issuer": LMS,
    "client_id": "client-1",
    "auth_login_url": f"{LMS}/auth",
    "auth_token_url": f"{LMS}/token",
    "key_set_url": f"{LMS}/jwks",
    "deployments": "1\r\n2\r\n",
    "tenant": "North",
    "policy": "each",
}


@pytest.fixture
def db(sqlite_url: str) -> Database:
    """One engine: what the pages call is tested on both."""
    return Database(sqlite_url)


def registered(
    db: Database,
    deployment_ids: tuple[str, ...] = (),
    policy: DeploymentPolicy = DeploymentPolicy.FIRST,
) -> UUID:
    return register_by_hand(
        db,
        actor="command line",
        issuer=LMS,
        client_id="client-1",
        auth_login_url=f"{LMS}/auth",
        auth_token_url=f"{LMS}/token",
        key_set_url=f"{LMS}/jwks",
        name="North's LMS",
        deployment_ids=deployment_ids,
        policy=policy,
    ).id


def test_an_empty_list_says_what_to_do(browser: Browser) -> None:
    assert "No LMS yet" in text(browser, "/admin/platforms")


def test_a_link_is_made_and_shown_once(browser: Browser, db: Database) -> None:
    typed = {"tenant": "North", "policy": "each", "private": "1", "days": "3"}
    answer = browser.send("/admin/platforms/link", typed)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    token = page.partition("http://localhost:8000/lti/register/")[2].partition('"')[0]
    with db.reading(EVERY_TENANT) as session:
        made = links.look(session, token, clock.now())
    assert (made.tenant_name, made.policy, made.private) == ("North", DeploymentPolicy.EACH, True)
    listed = text(browser, "/admin/platforms")
    assert "Open links" in listed
    assert token not in listed
    entry = last_entry(db)
    assert (entry.actor, entry.action, entry.subject) == (ACTOR, "platform.link.made", "North")
    assert entry.detail == {"policy": "each", "private": True, "days": 3}
    assert token not in str(entry)


@pytest.mark.parametrize("days", ["", "0", "91", "x", "-1", "1.5", "٣"])
def test_a_link_needs_a_number_of_days(browser: Browser, db: Database, days: str) -> None:
    answer = browser.send("/admin/platforms/link", {"tenant": "North", "days": days})
    assert answer.status_code == 400
    assert 'id="days-error"' in answer.get_data(as_text=True)
    assert 'value="North"' in answer.get_data(as_text=True)
    assert last_entry(db).action == "admin.login"


def test_a_link_is_withdrawn(browser: Browser, db: Database) -> None:
    browser.send("/admin/platforms/link", {"tenant": "North", "days": "3"})
    with db.reading(EVERY_TENANT) as session:
        (link,) = links.open_links(session, clock.now())
    path = f"/admin/platforms/link/{link.digest}/withdraw"
    assert "Withdraw the link for North?" in text(browser, path)
    assert browser.send(path).status_code == 303
    with db.reading(EVERY_TENANT) as session:
        assert links.open_links(session, clock.now()) == []
    assert last_entry(db).action == "platform.link.withdrawn"
    assert browser.get(path).status_code == 404


def test_registering_by_hand(browser: Browser, db: Database) -> None:
    page = text(browser, "/admin/platforms/new")
    for ours in ("/lti/launch", "/lti/login", "/lti/jwks", "/lti/canvas.json"):
        assert f"http://localhost:8000{ours}" in page
    answer = browser.send("/admin/platforms/new", TYPED)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    page = text(browser, answer.location)
    assert "North's LMS" in page
    with db.reading(EVERY_TENANT) as session:
        row = session.scalars(select(Registration)).one()
        deployed = session.scalars(select(Deployment.deployment_id)).all()
        assert tenants(session)[row.home_tenant_id] == "North"
    assert (row.policy, row.private_hosts, sorted(deployed)) == ("each", [], ["1", "2"])
    entry = last_entry(db)
    assert (entry.actor, entry.action, entry.subject) == (ACTOR, "platform.registered", LMS)
    assert entry.tenant_id == row.home_tenant_id


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"issuer": ""}, "issuer"),
        ({"issuer": "x" * 600}, "issuer"),
        ({"client_id": "x" * 300}, "client_id"),
        ({"auth_login_url": "http://lms.example.org/auth"}, "auth_login_url"),
        ({"auth_token_url": "ftp://lms.example.org/token"}, "auth_token_url"),
        ({"key_set_url": "not an address"}, "key_set_url"),
        ({"key_set_url": ""}, "key_set_url"),
        ({"deployments": "x" * 300}, "deployments"),
        ({"auth_audience": "x" * 2001}, "auth_audience"),
        ({"hosts": "https://canvas.school.example/"}, "hosts"),
        ({"frames": "http://apps.school.example"}, "frames"),
    ],
    ids=[
        "no-issuer", "long-issuer", "long-client", "http", "ftp", "no-address", "no-keys",
        "deployment", "audience", "hosts", "frames",
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field(
    browser: Browser, db: Database, changed: dict[str, str], field: str
) -> None:
    answer = browser.send("/admin/platforms/new", {**TYPED, **changed})
    assert answer.status_code == 400
    page = unescape(answer.get_data(as_text=True))
    assert f'id="{field}-error"' in page
    assert page.count('class="field-error"') == 1
    assert "North's LMS" in page, "what was typed is still there"
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Registration)).all() == []


def test_changing_a_registration(browser: Browser, db: Database) -> None:
    registration_id = registered(db, deployment_ids=("1",))
    path = f"/admin/platforms/{registration_id}/change"
    assert f'value="{LMS}/jwks"' in text(browser, path)
    moved = {"key_set_url": f"{LMS}/keys", "name": "South", "deployments": "", "tenant": ""}
    answer = browser.send(path, {**TYPED, **moved, "issuer": "https://other.example"})
    assert answer.status_code == 303
    with db.reading(EVERY_TENANT) as session:
        known = registration_by_id(session, registration_id)
    assert known is not None
    assert (known.issuer, known.key_set_url, known.name) == (LMS, f"{LMS}/keys", "South")
    assert last_entry(db).action == "platform.changed"


def sent_back(page: str) -> dict[str, str]:
    """What a browser sends where nobody changed anything."""
    form = page.partition('<form method="post">')[2]
    sent = dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)<', form))
    for tag in re.findall("<input[^>]*>", form):
        one = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if one["type"] not in ("radio", "checkbox") or " checked" in tag:
            sent[one["name"]] = one["value"]
    return sent


def test_a_form_that_is_sent_back_unchanged_changes_nothing(browser: Browser, db: Database) -> None:
    """Not even an address of a private LMS that is public itself becomes private."""
    known = PlatformValues(
        issuer=LMS,
        client_id="client-1",
        auth_login_url="http://10.0.0.1/auth",
        auth_token_url="http://10.0.0.1/token",
        key_set_url="http://10.0.0.1/jwks",
        auth_audience="https://api.example/",
        name="North",
        policy=DeploymentPolicy.ALL,
        private=True,
    )
    registration_id = register_by_hand(
        db,
        actor="command line",
        hosts=("canvas.school.example",),
        frame_origins=("https://apps.school.example",),
        **known,
    ).id
    del known["private"]
    known["key_set_url"] = "https://keys.example/jwks"
    before = register_by_hand(db, actor="command line", **known)
    path = f"/admin/platforms/{registration_id}/change"
    answer = browser.send(path, sent_back(text(browser, path)))
    assert answer.status_code == 303
    with db.reading(EVERY_TENANT) as session:
        assert registration_by_id(session, registration_id) == before


def test_further_hosts_are_typed_a_line_each(browser: Browser, db: Database) -> None:
    registration_id = registered(db)
    path = f"/admin/platforms/{registration_id}/change"
    hosts = "canvas.school.example\r\n\r\nlms.example:8443\r\n"
    assert browser.send(path, {**TYPED, "deployments": "", "hosts": hosts}).status_code == 303
    with db.reading(EVERY_TENANT) as session:
        known = registration_by_id(session, registration_id)
    assert known is not None
    assert known.private_hosts == ("canvas.school.example:443", "lms.example:8443")
    assert "canvas.school.example:443\nlms.example:8443</textarea>" in text(browser, path)
    emptied = {**TYPED, "deployments": "", "hosts": "", "auth_audience": ""}
    assert browser.send(path, emptied).status_code == 303
    with db.reading(EVERY_TENANT) as session:
        known = registration_by_id(session, registration_id)
    assert known is not None
    assert known.private_hosts == ()


def test_sites_that_show_the_tool_are_typed_a_line_each(browser: Browser, db: Database) -> None:
    registration_id = registered(db)
    path = f"/admin/platforms/{registration_id}/change"
    typed = {**TYPED, "deployments": "", "frames": "https://Apps.School.example/learning/\r\n"}
    answer = browser.send(path, typed)
    with db.reading(EVERY_TENANT) as session:
        known = registration_by_id(session, registration_id)
    assert known is not None
    assert known.frame_origins == ("https://apps.school.example",)
    assert last_entry(db).detail["frame_origins"] == ["https://apps.school.example"]
    assert "<code>https://apps.school.example</code>" in text(browser, answer.location)
    browser.send(path, {**typed, "frames": ""})
    with db.reading(EVERY_TENANT) as session:
        known = registration_by_id(session, registration_id)
    assert known is not None
    assert known.frame_origins == ()


@pytest.mark.parametrize(("issuer", "policy"), [(LMS, "first"), ("https://blackboard.com", "each")])
def test_a_policy_that_nobody_chose(
    browser: Browser, db: Database, issuer: str, policy: str
) -> None:
    typed = {name: value for name, value in TYPED.items() if name != "policy"}
    assert browser.send("/admin/platforms/new", {**typed, "issuer": issuer}).status_code == 303
    with db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(Registration.policy)).one() == policy


def test_a_deployment_of_another_tenant_is_said_beside_the_field(
    browser: Browser, db: Database
) -> None:
    registration_id = registered(db, deployment_ids=("1",))
    typed = {**TYPED, "deployments": "1", "tenant": "South"}
    answer = browser.send(f"/admin/platforms/{registration_id}/change", typed)
    assert answer.status_code == 400
    assert 'id="deployments-error"' in answer.get_data(as_text=True)


def waits(db: Database, issuer: str = LMS) -> UUID:
    with db.writing(EVERY_TENANT) as session:
        return waiting.keep(
            session,
            PlatformValues(
                issuer=issuer,
                client_id="client-1",
                auth_login_url=f"{LMS}/auth",
                auth_token_url=f"{LMS}/token",
                auth_audience=None,
                key_set_url=f"{LMS}/jwks",
                deployment_ids=["1"],
                name="North's LMS",
                product_family="moodle",
            ),
        )


@pytest.mark.parametrize(("issuer", "usual"), [(LMS, "first"), ("https://blackboard.com", "each")])
def test_the_usual_policy_of_what_waits_is_chosen(
    browser: Browser, db: Database, issuer: str, usual: str
) -> None:
    page = text(browser, f"/admin/platforms/waiting/{waits(db, issuer)}/approve")
    (chosen,) = re.findall(r"<input[^>]* checked[^>]*>", page)
    assert f'value="{usual}"' in chosen


def test_a_waiting_registration_is_approved(browser: Browser, db: Database) -> None:
    path = f"/admin/platforms/waiting/{waits(db)}/approve"
    assert "North's LMS" in text(browser, "/admin/platforms")
    assert LMS in text(browser, path)
    answer = browser.send(path, {"tenant": "North", "policy": "all"})
    assert answer.location == "/admin/platforms?done=approved"
    with db.reading(EVERY_TENANT) as session:
        row = session.scalars(select(Registration)).one()
        assert tenants(session)[row.home_tenant_id] == "North"
    assert row.policy is DeploymentPolicy.ALL
    entry = last_entry(db)
    assert (entry.actor, entry.action, entry.subject) == (ACTOR, "platform.approved", LMS)
    assert browser.get(path).status_code == 404


def test_a_waiting_registration_is_refused(browser: Browser, db: Database) -> None:
    path = f"/admin/platforms/waiting/{waits(db)}/refuse"
    assert "forgotten here" in text(browser, path)
    assert browser.send(path).status_code == 303
    with db.reading(EVERY_TENANT) as session:
        assert waiting.all_waiting(session) == []
        assert session.scalars(select(Registration)).all() == []
    entry = last_entry(db)
    assert (entry.actor, entry.action, entry.subject) == (ACTOR, "platform.refused", LMS)


def test_a_waiting_deployment_is_approved(browser: Browser, db: Database) -> None:
    registration_id = registered(db, policy=DeploymentPolicy.EACH)
    with db.reading(EVERY_TENANT) as session:
        known = registration_by_id(session, registration_id)
    assert known is not None
    assert admit(db, known, "a&b <c>", clock.now()) is None
    path = f"/admin/platforms/{registration_id}/deployment"
    assert "a&b <c>" in text(browser, "/admin/platforms")
    assert "waits" in text(browser, f"/admin/platforms/{registration_id}")
    answer = browser.send(f"{path}?deployment=a%26b+<c>", {"tenant": "South"}, to=path)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    admitted = admit(db, known, "a&b <c>", clock.now())
    assert admitted is not None
    with db.reading(EVERY_TENANT) as session:
        assert tenants(session)[admitted.tenant_id] == "South"
    entry = last_entry(db)
    assert (entry.actor, entry.action) == (ACTOR, "deployment.approved")
    assert entry.tenant_id == admitted.tenant_id
    assert browser.get(f"{path}?deployment=unknown").status_code == 404
