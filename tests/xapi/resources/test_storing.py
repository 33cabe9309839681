"""POST and PUT of statements, through HTTP on both engines."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.xapi.conftest import IRI_BASE, Site
from tests.xapi.samples import statement, voiding


def error(response: Any) -> tuple[int, str, str]:
    body = response.get_json()["error"]
    assert body["message"]
    assert body["spec"]
    return response.status_code, body["code"], body["path"]


def ids(response: Any) -> list[str]:
    return [one["id"] for one in response.get_json()["statements"]]


def test_one_statement(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = statement()
    response = client("POST", json=sent)
    assert (response.status_code, response.get_json()) == (200, [sent["id"]])
    kept = client("GET", f"/statements?statementId={sent['id']}").get_json()
    assert kept["authority"] == {
        "objectType": "Agent",
        "account": {"homePage": IRI_BASE, "name": client.key},
    }
    assert kept["stored"] == kept["timestamp"]
    assert {key: kept[key] for key in sent} == sent


def test_an_id_is_made_where_none_was_given(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    made = client("POST", json=[statement(id=None), statement(id=None)]).get_json()
    assert len({UUID(one) for one in made}) == 2
    assert ids(client("GET", "/statements?ascending=true")) == made


def test_a_batch_is_all_or_nothing(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    good, bad = statement(), statement(verb={"id": "no"})
    response = client("POST", json=[good, bad])
    assert error(response) == (400, "statement.verb.id.value", "$[1].verb.id")
    twice = client("POST", json=[good, good])
    assert error(twice) == (400, "statement.id.duplicate", "$[1].id")
    taken = statement()
    client("POST", json=taken)
    changed = {**taken, "result": {"success": True}}
    rival = client("POST", json=[good, changed])
    assert error(rival) == (409, "statement.id.conflict", "$[1].id")
    assert ids(client("GET")) == [taken["id"]]
    assert client("POST", json=[]).get_json() == []


def test_put_the_identical_statement_twice(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = statement(timestamp="2026-11-23T10:00:00+01:00")
    path = f"/statements?statementId={sent['id']}"
    assert client("PUT", path, json={**sent, "id": sent["id"].upper()}).status_code == 204
    same = {**dict(reversed(sent.items())), "timestamp": "2026-11-23T09:00:00Z"}
    same["verb"] = {"id": sent["verb"]["id"], "display": {"de": "bewertet"}}
    del same["id"]
    assert client("PUT", path, json=same).status_code == 204
    other = client("PUT", path, json={**sent, "result": {"completion": True}})
    assert error(other) == (409, "statement.id.conflict", "$.id")
    assert client("GET", path).get_json()["verb"] == sent["verb"]


def test_put_names_its_statement(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    sent = statement()
    assert error(client("PUT", json=sent))[:2] == (400, "parameter.statementId")
    assert error(client("PUT", "/statements?statementId=x", json=sent))[0] == 400
    other = client("PUT", f"/statements?statementId={uuid4()}", json=sent)
    assert error(other) == (400, "statement.id.mismatch", "$.id")
    several = client("PUT", f"/statements?statementId={sent['id']}", json=[sent])
    assert error(several)[:2] == (400, "statement.type")
    assert client("POST", f"/statements?statementId={sent['id']}", json=sent).status_code == 400


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_what_no_store_should_swallow(site: Site, tenant: UUID, version: str) -> None:
    client = site.client(tenant, version=version)
    whole = json.dumps(statement(result={"response": "HERE"}))
    for text in (
        rb'"\u0000"', rb'"\ud800"', b'"\xff"', b"NaN", b"1e999", b'{"a":1,"a":2}', b"[" * 5000,
        b"{" + b'"a":{' * 500 + b"}" * 501, b'"', b"",
    ):  # fmt: skip
        response = client("POST", data=whole.encode().replace(b'"HERE"', text),
                          content_type="application/json")  # fmt: skip
        assert response.status_code == 400, text
        assert response.get_json()["error"]["code"]
    assert ids(client("GET")) == []


def test_extensions_come_back_exactly(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    extensions = (
        '{"https://e.org/x":[1.0,1e2,-0.0,18446744073709551616,null,"\\u00e9\\ud83d\\ude00"]}'
    )
    sent = statement()
    text = json.dumps(sent)[:-1] + f',"result":{{"extensions":{extensions}}}}}'
    client("POST", data=text, content_type="application/json")
    for form in ("exact", "ids", "canonical"):
        path = f"/statements?statementId={sent['id']}&format={form}"
        got = client("GET", path).get_data(as_text=True)
        if form == "exact":
            assert extensions in got
        else:
            assert '{"https://e.org/x":[1.0,1e2,-0.0,18446744073709551616,null,"é😀"]}' in got


def test_bodies_that_are_not_json(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    data = json.dumps(statement())
    for kind, code in (
        ("multipart/mixed; boundary=x", "multipart.boundary"),
        ("text/plain", "body.type"),
        ("", "body.type"),
        ("application/x-www-form-urlencoded", "body.type"),
    ):
        assert error(client("POST", data=data, content_type=kind))[:2] == (400, code)
    plain = client("POST", data=data, content_type="application/json; charset=utf-8")
    assert plain.status_code == 200


def test_an_attachment_needs_its_bytes_or_an_address(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    file = {"usageType": "https://e.org/u", "display": {"en": "F"}, "contentType": "text/plain",
            "length": 1, "sha2": "ab" * 32}  # fmt: skip
    refused = client("POST", json=statement(attachments=[file]))
    assert error(refused) == (400, "attachment.missing", "$.attachments[0]")
    there = {**file, "fileUrl": "https://e.org/f"}
    assert client("POST", json=statement(attachments=[there])).status_code == 200


def test_a_body_that_is_too_large(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    large = json.dumps(statement(result={"response": "x" * 100_000}))
    response = client("POST", data=large, content_type="application/json")
    assert error(response)[:2] == (413, "body.size")


def test_a_batch_that_is_too_long(
    site: Site, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xapi.store.write.MAX_BATCH", 2)
    client = site.client(tenant)
    response = client("POST", json=[statement() for _ in range(3)])
    assert error(response)[:2] == (413, "batch.size")
    assert client("POST", json=[statement() for _ in range(2)]).status_code == 200


def test_voiding(site: Site, tenant: UUID) -> None:
    client = site.client(tenant)
    target = statement()
    void = voiding(target["id"])
    client("POST", json=[target, void])
    assert client("GET", f"/statements?statementId={target['id']}").status_code == 404
    found = client("GET", f"/statements?voidedStatementId={target['id']}")
    assert found.get_json()["id"] == target["id"]
    assert client("GET", f"/statements?voidedStatementId={void['id']}").status_code == 404
    assert ids(client("GET")) == [void["id"]]


def test_tenants_do_not_meet(site: Site, tenant: UUID, stranger: UUID) -> None:
    ours, theirs = site.client(tenant), site.client(stranger)
    sent = statement()
    ours("POST", json=sent)
    path = f"/statements?statementId={sent['id']}"
    assert ids(theirs("GET")) == []
    assert theirs("GET", path).status_code == 404
    assert theirs("PUT", path, json={**sent, "result": {"success": True}}).status_code == 204
    theirs("POST", json=voiding(sent["id"]))
    assert ours("GET", path).status_code == 200
