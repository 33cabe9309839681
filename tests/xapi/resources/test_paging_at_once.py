"""Walking through pages while others store, on both engines."""

import threading
from functools import partial
from uuid import UUID

import pytest

from tests.xapi.at_once import at_once
from tests.xapi.conftest import Client, Site
from tests.xapi.samples import statement

THERE = 40


def walk(client: Client, query: str, limit: int) -> list[str]:
    page = client("GET", f"/statements?limit={limit}{query}").get_json()
    seen = [one["id"] for one in page["statements"]]
    while page["more"]:
        page = client("GET", page["more"].removeprefix("/xapi")).get_json()
        seen += [one["id"] for one in page["statements"]]
    return seen


@pytest.mark.parametrize("query", ["", "&verb=http://adlnet.gov/expapi/verbs/scored"])
def test_more_is_stable_while_others_store(site: Site, tenant: UUID, query: str) -> None:
    client = site.client(tenant)
    there = client("POST", json=[statement() for _ in range(THERE)]).get_json()
    done = threading.Event()

    def store() -> None:
        own = site.client(tenant)
        while not done.is_set():
            assert own("POST", json=statement()).status_code == 200

    def read() -> list[list[str]]:
        try:
            own = site.client(tenant)
            return [walk(own, query, limit) for limit in (7, 11)]
        finally:
            done.set()

    walks, *_ = at_once(read, *[store] * 3)
    for seen in walks:
        assert len(seen) == len(set(seen))
        assert seen[-THERE:] == there[::-1]


def test_ascending_meets_everything_once_in_the_order_of_stored(site: Site, tenant: UUID) -> None:
    clients = [site.client(tenant) for _ in range(4)]

    def store(client: Client) -> list[str]:
        return [client("POST", json=statement()).get_json()[0] for _ in range(15)]

    sent = at_once(*(partial(store, client) for client in clients))
    seen = walk(clients[0], "&ascending=true", 8)
    assert sorted(seen) == sorted(one for several in sent for one in several)
    for several in sent:
        assert [one for one in seen if one in several] == several
    listed = clients[0]("GET", "/statements?ascending=true").get_json()["statements"]
    stored = [one["stored"] for one in listed]
    assert stored == sorted(set(stored))
