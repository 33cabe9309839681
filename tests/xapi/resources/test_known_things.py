"""What the store knows of activities and agents: /activities, /agents and format=canonical."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from sqlalchemy import func, select

from tests.xapi.conftest import Client, Site
from tests.xapi.samples import statement
from xapi.store.tables import Description

ACTIVITY = "https://example.org/activity/1"
ADA = {"objectType": "Agent", "mbox": "mailto:ada@example.org"}


def about(definition: dict[str, Any] | None, **changes: Any) -> dict[str, Any]:
    thing = {"id": ACTIVITY} if definition is None else {"id": ACTIVITY, "definition": definition}
    return statement(object=thing, **changes)


def activity(client: Client, iri: str = ACTIVITY) -> Any:
    return client("GET", f"/activities?{urlencode({'activityId': iri})}").get_json()


def person(client: Client, agent: dict[str, Any]) -> Any:
    return client("GET", f"/agents?{urlencode({'agent': json.dumps(agent)})}").get_json()


def test_a_definition_is_what_all_statements_said(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    first = {
        "name": {"en": "A", "de": "B"},
        "type": "https://e.org/old",
        "extensions": {"https://e.org/x": 18446744073709551616, "https://e.org/y": 1},
    }
    second = {
        "name": {"fr": "C", "de": "D"},
        "description": {"en": "E"},
        "type": "https://e.org/new",
        "extensions": {"https://e.org/y": 2},
    }
    for definition in (first, None, second):
        assert client("POST", json=about(definition)).status_code == 200
    assert activity(client) == {
        "objectType": "Activity",
        "id": ACTIVITY,
        "definition": {
            "name": {"en": "A", "de": "D", "fr": "C"},
            "description": {"en": "E"},
            "type": "https://e.org/new",
            "extensions": {"https://e.org/x": 18446744073709551616, "https://e.org/y": 2},
        },
    }


def test_definitions_are_found_wherever_they_stand(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)

    def named(place: str) -> dict[str, Any]:
        return {"id": f"https://e.org/{place}", "definition": {"name": {"en": place}}}

    context = {"contextActivities": {"parent": named("parent"), "other": [named("other")]}}
    sub = {
        "objectType": "SubStatement",
        "actor": {**ADA, "name": "Sub"},
        "verb": {"id": "https://e.org/v"},
        "object": named("sub"),
        "context": {"contextActivities": {"grouping": [named("grouping")]}},
    }
    group = {"objectType": "Group", "name": "Team", "member": [{**ADA, "name": "Member"}]}
    assert (
        client("POST", json=statement(actor=group, object=sub, context=context)).status_code == 200
    )
    for place in ("parent", "other", "sub", "grouping"):
        assert activity(client, f"https://e.org/{place}")["definition"]["name"] == {"en": place}
    assert sorted(person(client, ADA)["name"]) == ["Member", "Sub"]


def test_an_activity_never_seen_is_bare(site: Site, tenant: UUID) -> None:
    for version in ("1.0.3", "2.0.0"):
        client = site.client(tenant, version=version)
        assert activity(client) == {"objectType": "Activity", "id": ACTIVITY}
    client("POST", json=about(None))
    assert activity(client) == {"objectType": "Activity", "id": ACTIVITY}


def test_a_person_has_every_name_of_the_agent(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    for name in ("Ada", "Ada L.", "Ada"):
        client("POST", json=statement(actor={**ADA, "name": name}))
    client("POST", json=statement(context={"instructor": {**ADA, "name": "Lady"}}))
    assert person(client, ADA) == {
        "objectType": "Person",
        "name": ["Ada", "Ada L.", "Lady"],
        "mbox": ["mailto:ada@example.org"],
    }
    account = {"account": {"homePage": "https://e.org", "name": "1"}, "name": "New"}
    assert person(client, account) == {
        "objectType": "Person",
        "name": ["New"],
        "account": [{"homePage": "https://e.org", "name": "1"}],
    }
    assert person(client, {"openid": "https://e.org/me"}) == {
        "objectType": "Person",
        "openid": ["https://e.org/me"],
    }


def test_canonical_uses_what_is_known(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    first = about({"name": {"en": "A"}})
    client("POST", json=first)
    client("POST", json=about({"name": {"de": "B"}, "type": "https://e.org/t"}))
    path = f"/statements?format=canonical&statementId={first['id']}"
    found = client("GET", path, headers={"Accept-Language": "de"}).get_json()
    assert found["object"]["definition"] == {"name": {"de": "B"}, "type": "https://e.org/t"}
    exact = client("GET", f"/statements?statementId={first['id']}").get_json()
    assert exact["object"]["definition"] == {"name": {"en": "A"}}


def test_who_reads_only_its_own_is_told_nothing_of_others(site: Site, tenant: UUID) -> None:
    mine = site.client(tenant, "statements/write", "statements/read/mine")
    site.client(tenant)("POST", json=about({"name": {"en": "A"}, "type": "https://e.org/t"}))
    mine("POST", json=about({"name": {"en": "B"}}))
    (found,) = mine("GET", "/statements?format=canonical").get_json()["statements"]
    assert found["object"]["definition"] == {"name": {"en": "B"}}


def test_only_who_may_define_defines(site: Site, tenant: UUID) -> None:
    reader = site.client(tenant, "all/read")
    writer = site.client(tenant, "statements/write")
    sent = about({"name": {"en": "A"}}, actor={**ADA, "name": "Ada"})
    assert writer("POST", json=sent).status_code == 200
    assert "definition" not in activity(reader)
    assert "name" not in person(reader, ADA)
    definer = site.client(tenant, "statements/write", "define")
    assert definer("POST", json={**sent, "id": str(UUID(int=1))}).status_code == 200
    assert activity(reader)["definition"] == {"name": {"en": "A"}}
    assert person(reader, ADA)["name"] == ["Ada"]
    mine = site.client(tenant, "statements/read/mine")
    for path in (f"/activities?activityId={ACTIVITY}", f"/agents?agent={json.dumps(ADA)}"):
        assert mine("GET", path).status_code == 403


def test_other_tenants_know_other_things(site: Site, tenant: UUID, stranger: UUID) -> None:
    site.client(tenant)("POST", json=about({"name": {"en": "A"}}, actor={**ADA, "name": "Ada"}))
    theirs = site.client(stranger)
    assert activity(theirs) == {"objectType": "Activity", "id": ACTIVITY}
    assert "name" not in person(theirs, ADA)


@pytest.mark.parametrize("path", ["/activities", "/agents"])
def test_parameters(site: Site, tenant: UUID, path: str) -> None:
    client = site.client(tenant)
    name = "activityId" if path == "/activities" else "agent"
    good = ACTIVITY if path == "/activities" else json.dumps(ADA)
    for wrong in ("", "x", "true", "{}", '{"mbox":"no"}', '{"objectType":"Group","member":[]}'):
        assert client("GET", f"{path}?{urlencode({name: wrong})}").status_code == 400
    assert client("GET", path).status_code == 400
    assert client("GET", f"{path}?{urlencode({name: good, 'x': 1})}").status_code == 400
    address = f"{path}?{urlencode({name: good})}"
    got, head = client("GET", address), client("HEAD", address)
    assert (got.status_code, head.status_code, head.data) == (200, 200, b"")
    assert got.headers["ETag"] == head.headers["ETag"]
    for method in ("PUT", "POST", "DELETE"):
        refused = client(method, address)
        assert refused.status_code == 405
        assert refused.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_what_was_said_before_adds_no_row(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    same = [about({"name": {"en": "A"}, "type": "https://e.org/t"}) for _ in range(3)]
    for sent in (*same, same, [about(same[0]["object"]["definition"])]):
        client("POST", json=sent)
    with site.database.reading(tenant) as session:
        assert session.scalar(select(func.count()).select_from(Description)) == 1
