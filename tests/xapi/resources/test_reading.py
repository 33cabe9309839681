"""GET /statements through HTTP: parameters, pages, formats, and a credential's own statements."""

import json
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

import pytest

from tests.xapi.conftest import Client, Site
from tests.xapi.samples import statement

ID = str(uuid4())


def get(client: Client, **parameters: str) -> Any:
    response = client("GET", "/statements?" + urlencode(parameters))
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def ids(client: Client, **parameters: str) -> list[str]:
    return [one["id"] for one in get(client, **parameters)["statements"]]


BAD = [
    "limit=-1", "limit=abc", "limit=1.5", "limit=", "limit=%C2%B2", "limit=" + "9" * 30,
    "ascending=yes", "ascending=True", "related_agents=1", "attachments=", "format=xml",
    "since=yesterday", "since=2026-02-30T00:00:00Z", "until=2026-11-23T10:00:00-00:00",
    "since=2026-11-23T10:00:00+01:00", "verb=no", "activity=a%20b", "registration=1",
    "registration={" + ID + "}", "agent=a", "agent={}", "agent=[]", "agent=null",
    "agent=" + quote('{"mbox":"mailto:a@b.c","mbox":"mailto:a@b.c"}'),
    "agent=" + quote('{"mbox":"no"}'), "agent=" + quote('{"mbox":"mailto:a@b.c","x":1}'),
    "agent=" + quote('{"objectType":"Group","member":[{"mbox":"mailto:a@b.c"}]}'),
    "agent=" + quote("[" * 5000), "unknown=1", "Verb=https://e.org/v", "statementid=" + ID,
    "statementId=1", f"statementId={ID}&voidedStatementId={ID}", f"statementId={ID}&limit=1",
    f"voidedStatementId={ID}&verb=https://e.org/v", "limit=1&limit=2", "cursor=x", "cursor=-1",
    f"statementId={ID}&cursor=1",
]  # fmt: skip


def test_parameters_are_strict(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    for query in BAD:
        response = client("GET", "/statements?" + query)
        assert response.status_code == 400, query
        error = response.get_json()["error"]
        assert error["code"].startswith("parameter."), query
        assert error["path"].startswith("?")


def test_good_parameters(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = statement(actor={"mbox": "mailto:a@example.org"}, context={"registration": ID})
    client("POST", json=[sent, statement()])
    kept = get(client, statementId=sent["id"].upper())
    for parameters in (
        {"agent": '{"mbox":"mailto:a@example.org"}'},
        {"agent": '{"objectType":"Agent","name":"A","mbox":"mailto:a@example.org"}'},
        {"agent": '{"mbox":"mailto:a@example.org"}', "related_agents": "true"},
        {"registration": ID.upper()},
        {"registration": ID, "verb": sent["verb"]["id"], "activity": sent["object"]["id"]},
        {"registration": ID, "since": "2026-01-01T00:00:00Z", "until": kept["stored"]},
        {"registration": ID, "limit": "0", "ascending": "true", "related_activities": "false"},
    ):
        assert ids(client, **parameters) == [sent["id"]], parameters
    assert ids(client, since=kept["stored"]) != []
    assert sent["id"] not in ids(client, since=kept["stored"])
    assert client("GET", f"/statements?statementId={uuid4()}").status_code == 404


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_more_walks_through_everything(site: Site, tenant: UUID, ascending: str) -> None:
    client = site.client(tenant)
    agent = '{"mbox":"mailto:ä+b@example.org"}'
    sent = [statement(actor=json.loads(agent)) for _ in range(7)]
    client("POST", json=[*sent, statement()])
    page = get(client, agent=agent, limit="3", ascending=ascending)
    seen = [one["id"] for one in page["statements"]]
    while page["more"]:
        assert page["more"].startswith("/xapi/statements?")
        client("POST", json=statement())
        page = client("GET", page["more"].removeprefix("/xapi")).get_json()
        assert len(page["statements"]) <= 3
        seen += [one["id"] for one in page["statements"]]
    expected = [one["id"] for one in sent]
    assert seen == (expected if ascending == "true" else expected[::-1])


def test_more_of_one_tenant_shows_another_nothing(site: Site, tenant: UUID, stranger: UUID) -> None:
    ours, theirs = site.client(tenant), site.client(stranger)
    ours("POST", json=[statement() for _ in range(3)])
    more = get(ours, limit="1")["more"].removeprefix("/xapi")
    assert len(ours("GET", more).get_json()["statements"]) == 1
    assert theirs("GET", more).get_json()["statements"] == []


def test_formats(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = statement(
        actor={"name": "A", "mbox": "mailto:a@example.org"},
        verb={"id": "https://e.org/v", "display": {"en": "did", "de-CH": "tat"}},
    )
    client("POST", json=sent)
    exact = get(client, format="exact")["statements"][0]
    assert exact["actor"] == sent["actor"]
    bare = get(client, format="ids")["statements"][0]
    assert (bare["actor"], bare["verb"]) == (
        {"mbox": "mailto:a@example.org"},
        {"id": "https://e.org/v"},
    )
    for header, display in (("de", {"de-CH": "tat"}), ("de;q=0.1,en", {"en": "did"})):
        response = client(
            "GET",
            f"/statements?statementId={sent['id']}&format=canonical",
            headers={"Accept-Language": header},
        )
        assert response.get_json()["verb"]["display"] == display
        assert response.headers["Vary"] == "Accept-Language"
        plain = client("GET", headers={"Accept-Language": header}).get_json()["statements"][0]
        assert plain["verb"] == sent["verb"]


def test_asking_for_attachments_is_answered_in_parts(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = statement()
    client("POST", json=sent)
    response = client("GET", "/statements?attachments=true")
    kind, _, boundary = response.headers["Content-Type"].partition("; boundary=")
    assert kind == "multipart/mixed"
    head, _, rest = response.data.partition(b"\r\n\r\n")
    assert head == f"--{boundary}\r\nContent-Type: application/json".encode()
    body, end = rest.split(f"\r\n--{boundary}--".encode())
    assert [one["id"] for one in json.loads(body)["statements"]] == [sent["id"]]
    assert end == b"\r\n"


def test_a_credential_that_reads_only_its_own(site: Site, tenant: UUID) -> None:
    mine = site.client(tenant, "statements/write", "statements/read/mine")
    other = site.client(tenant, "all")
    own, foreign = statement(), statement()
    mine("POST", json=own)
    other("POST", json=foreign)
    assert ids(mine) == ids(mine, verb=own["verb"]["id"]) == [own["id"]]
    assert mine("GET", f"/statements?statementId={foreign['id']}").status_code == 404
    assert mine("GET", f"/statements?statementId={own['id']}").status_code == 200
    assert set(ids(other)) == {own["id"], foreign["id"]}
