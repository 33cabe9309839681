"""Many clients that change one document at the same moment, on both engines."""

import json
from functools import partial
from uuid import UUID

import pytest

from tests.xapi.at_once import at_once
from tests.xapi.conftest import Client, Site
from tests.xapi.resources.test_documents import at, resources


def put(client: Client, path: str, number: int, **headers: str) -> int:
    return client("PUT", at(path), data=f"{number}", headers=headers).status_code


@resources
def test_of_eight_that_make_a_document_one_wins(site: Site, tenant: UUID, path: str) -> None:
    clients = [site.client(tenant) for _ in range(8)]
    for _ in range(4):
        header = {"If-None-Match": "*"}
        answers = at_once(
            *(partial(put, one, path, number, **header) for number, one in enumerate(clients))
        )
        assert sorted(answers) == [204] + [412] * 7
        assert clients[0]("GET", at(path)).text == str(answers.index(204))
        clients[0]("DELETE", at(path))


@resources
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_of_eight_that_replace_the_same_one_wins(
    site: Site, tenant: UUID, path: str, method: str
) -> None:
    clients = [site.client(tenant) for _ in range(8)]
    for start in range(4):
        there = clients[0]("GET", at(path))
        header = (
            {"If-Match": there.headers["ETag"]} if there.status_code == 200
            else {"If-None-Match": "*"}
        )  # fmt: skip
        assert put(clients[0], path, 1000 + start, **header) == 204
        header = {"If-Match": clients[0]("GET", at(path)).headers["ETag"]}
        if method == "PUT":
            answers = at_once(
                *(partial(put, one, path, number, **header) for number, one in enumerate(clients))
            )
        else:
            calls = [partial(one, "DELETE", at(path), headers=header) for one in clients]
            answers = [response.status_code for response in at_once(*calls)]
        assert sorted(answers) == [204] + [412] * 7


@resources
def test_merges_lose_nothing(site: Site, tenant: UUID, path: str) -> None:
    clients = [site.client(tenant) for _ in range(8)]

    def post(client: Client, number: int) -> None:
        for step in range(5):
            sent = {f"{number}.{step}": number}
            assert client("POST", at(path), json=sent).status_code == 204

    at_once(*(partial(post, one, number) for number, one in enumerate(clients)))
    found = json.loads(clients[0]("GET", at(path)).data)
    assert found == {f"{number}.{step}": number for number in range(8) for step in range(5)}
