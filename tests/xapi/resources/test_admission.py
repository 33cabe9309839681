"""Which store a credential works in, from which pages, and how often."""

from uuid import UUID, uuid4

import pytest

from tests.xapi.conftest import Client, Site
from tests.xapi.samples import statement
from xapi.access import credentials
from xapi.access.credentials import INSTALLATION


def made(site: Site, owner: UUID, **limits: object) -> Client:
    with site.database.writing(owner) as session:
        key, secret = credentials.create(session, owner, "n", ["all"], **limits)  # type: ignore[arg-type]
    return Client(site.app.test_client(), key, secret, "2.0.0")


def listed(client: Client, path: str = "/statements") -> list[str]:
    answer = client("GET", path)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.get_json()["statements"]]


def test_the_installation_works_in_each_store_by_its_address(
    site: Site, tenant: UUID, stranger: UUID
) -> None:
    site.tenants |= {tenant, stranger}
    owner = made(site, INSTALLATION)
    for path in ("", f"/tenants/{tenant}", f"/tenants/{stranger}"):
        answer = owner("POST", f"{path}/statements", json=statement())
        assert answer.status_code == 200
        assert listed(owner, f"{path}/statements") == answer.get_json()
    assert len(listed(site.client(tenant))) == 1
    own = listed(owner)
    assert listed(owner, f"/tenants/{INSTALLATION}/statements") == own
    assert own != listed(owner, f"/tenants/{tenant}/statements")


def test_more_stays_in_the_store(site: Site, tenant: UUID) -> None:
    site.tenants.add(tenant)
    owner = made(site, INSTALLATION)
    for _ in range(3):
        owner("POST", f"/tenants/{tenant}/statements", json=statement())
    more = owner("GET", f"/tenants/{tenant}/statements?limit=2").get_json()["more"]
    assert more.startswith(f"/xapi/tenants/{tenant}/statements?")
    assert len(listed(owner, more.removeprefix("/xapi"))) == 1


def test_a_tenants_credential_works_in_its_own_store_alone(
    site: Site, tenant: UUID, stranger: UUID
) -> None:
    site.tenants.add(stranger)
    client = site.client(tenant)
    assert listed(client, f"/tenants/{tenant}/statements") == []
    answers = [
        client("GET", f"/tenants/{store}/statements") for store in (stranger, uuid4(), INSTALLATION)
    ]
    assert {answer.status_code for answer in answers} == {403}
    # What there is and what there is not look the same.
    assert len({answer.get_data() for answer in answers}) == 1


def test_the_installation_makes_no_store_of_a_wrong_id(site: Site) -> None:
    answer = made(site, INSTALLATION)("POST", f"/tenants/{uuid4()}/statements", json=statement())
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "store.unknown"


def test_a_limit_says_when_to_go_on(site: Site, tenant: UUID) -> None:
    client = made(site, tenant, rate=2)
    assert [client("GET").status_code for _ in range(2)] == [200, 200]
    answer = client("GET")
    assert answer.status_code == 429
    assert answer.get_json()["error"]["code"] == "credential.rate"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://app.example", 200), ("https://APP.example", 200), ("", 200),
     ("https://evil.example", 403), ("http://app.example", 403), ("null", 403)],
)  # fmt: skip
def test_origins_of_a_credential(site: Site, tenant: UUID, origin: str, status: int) -> None:
    client = made(site, tenant, origins=["https://app.example/"])
    answer = client("GET", headers={"Origin": origin} if origin else {})
    assert answer.status_code == status
    if origin and status == 200:
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert "Origin" in answer.headers["Vary"]


def test_without_origins_any_page_may_use_it(site: Site, tenant: UUID) -> None:
    answer = site.client(tenant)("GET", headers={"Origin": "https://any.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
