"""Preparing: what is kept of a statement, what two equal ones share, what it is found by."""

import json
from typing import Any
from uuid import UUID

import orjson
import pytest

from tests.xapi.samples import AUTHORITY, pointing_at, statement, voiding
from xapi.statements.errors import V1, V2, VERSIONS, Invalid
from xapi.statements.prepare import Prepared, prepare, prepare_all
from xapi.statements.references import Kind
from xapi.statements.splice import as_returned

ID = "6ee4ccd1-b2c4-4b7c-8c6d-0b4a4b9f0c11"
STORED = 1_795_428_000_000_000


def made(source: Any, version: str = V1, **options: Any) -> Prepared:
    data = source if isinstance(source, bytes) else json.dumps(source).encode()
    return prepare(data, authority=AUTHORITY, version=version, **options)


def test_the_received_text_stays_as_it_was() -> None:
    extensions = (
        '{"https://e.org/x" : [1.0, 1e2, 18446744073709551616,'
        ' 0.1000000000000000055511151231257827, null, "\\u00e9", {"k" :-0.0}]}'
    )
    text = json.dumps(statement(id=ID))[:-1] + f', "result": {{"extensions" : {extensions} }} }}'
    body = made(text.encode()).body
    assert extensions in body
    assert body.startswith("{")
    assert json.loads(body)["result"]["extensions"]["https://e.org/x"][2] == 2**64


def test_what_the_store_sets_replaces_what_was_sent() -> None:
    sent = statement(
        id=ID.upper(),
        authority={"mbox": "mailto:liar@example.org"},
        stored="2001-01-01T00:00:00Z",
        timestamp="2026-11-23T10:00:00.50+01:00",
    )
    kept = json.loads(made(sent).body)
    assert kept["id"] == ID
    assert kept["authority"] == AUTHORITY
    assert kept["timestamp"] == "2026-11-23T09:00:00.50Z"
    assert kept["version"] == "1.0.0"
    assert "stored" not in kept
    assert {key: kept[key] for key in ("actor", "verb", "object")} == {
        key: sent[key] for key in ("actor", "verb", "object")
    }


def test_the_version_is_the_statements_own_or_the_first_of_its_family() -> None:
    assert json.loads(made(statement(), V2).body)["version"] == "2.0.0"
    assert json.loads(made(statement(version="1.0.7"), V2).body)["version"] == "1.0.7"


def test_a_stored_statement_is_returned_with_its_times() -> None:
    without = json.loads(as_returned(made(statement()).body, STORED, None))
    assert without["stored"] == without["timestamp"] == "2026-11-23T10:00:00.000000Z"
    given = made(statement(timestamp="2026-11-23T09:00:00Z"))
    returned = json.loads(as_returned(given.body, STORED, given.moment))
    assert (returned["stored"], returned["timestamp"]) == (
        "2026-11-23T10:00:00.000000Z",
        "2026-11-23T09:00:00Z",
    )


def test_a_lone_context_activity_becomes_a_list() -> None:
    activity = {"id": "https://e.org/a", "definition": {"extensions": {"https://e.org/x": None}}}
    context = {
        "contextActivities": {"parent": activity, "other": [activity]},
        "extensions": {"https://e.org/y": 1.0},
    }
    sub = {"objectType": "SubStatement", "actor": AUTHORITY, "verb": {"id": "https://e.org/v"},
           "object": activity, "context": context}  # fmt: skip
    kept = json.loads(made(statement(object=sub, context=context)).body)
    for found in (kept["context"], kept["object"]["context"]):
        assert found["contextActivities"] == {"parent": [activity], "other": [activity]}
        assert found["extensions"] == {"https://e.org/y": 1.0}


def test_ids() -> None:
    assert made(statement(id=None), statement_id=UUID(ID)).id == UUID(ID)
    assert made(statement(id=ID), statement_id=UUID(ID)).id == UUID(ID)
    assert made(statement(id=None)).id != made(statement(id=None)).id
    with pytest.raises(Invalid, match=r"statement\.id\.mismatch"):
        made(statement(), statement_id=UUID(ID))
    with pytest.raises(Invalid, match=r"statement\.type"):
        made(b"[]")


def test_a_dict_is_prepared_like_its_text() -> None:
    sent = statement(id=ID)
    assert prepare(sent, authority=AUTHORITY) == made(orjson.dumps(sent))


def test_a_batch_is_all_or_nothing_and_names_the_culprit() -> None:
    def batch(*members: Any) -> bytes:
        return json.dumps(members).encode()

    assert len(prepare_all(batch(statement(), statement()), authority=AUTHORITY)) == 2
    assert prepare_all(batch(), authority=AUTHORITY) == []
    assert len(prepare_all(json.dumps(statement()).encode(), authority=AUTHORITY)) == 1
    with pytest.raises(Invalid) as caught:
        prepare_all(batch(statement(), statement(actor={})), authority=AUTHORITY)
    assert caught.value.path == "$[1].actor"
    with pytest.raises(Invalid) as caught:
        prepare_all(batch(statement(id=ID), statement(id=ID.upper())), authority=AUTHORITY)
    assert (caught.value.code, caught.value.path) == ("statement.id.duplicate", "$[1].id")


AGENT = {"mbox": "mailto:a@example.org"}
OTHER = {"openid": "https://id.example.org/b"}
ACTIVITY = {"id": "https://e.org/a"}
SHA1, SHA2 = "0a" * 20, "0a" * 32
FILE = {"usageType": "https://e.org/u", "display": {"en": "x"}, "contentType": "text/plain",
        "length": 1, "sha2": SHA2, "fileUrl": "https://e.org/f"}  # fmt: skip
SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"verb": {"id": "http://adlnet.gov/expapi/verbs/scored"}}),
    ({}, {"version": "1.0.3", "stored": "2001-01-01T00:00:00Z", "authority": AGENT}),
    ({}, {"object": {"id": "https://example.org/activity/1", "objectType": "Activity",
                     "definition": {"name": {"en": "x"}}}}),
    ({"actor": AGENT}, {"actor": {"objectType": "Agent", **AGENT}}),
    ({"actor": {"objectType": "Group", "member": [AGENT, OTHER]}},
     {"actor": {"objectType": "Group", "member": [OTHER, AGENT]}}),
    ({"context": {"contextActivities": {"parent": ACTIVITY}}},
     {"context": {"contextActivities": {"parent": [ACTIVITY], "other": []}}}),
    ({"context": {"contextActivities": {"other": [ACTIVITY, {"id": "https://e.org/b"}]}}},
     {"context": {"contextActivities": {"other": [{"id": "https://e.org/b"}, ACTIVITY]}}}),
    ({"context": {"registration": ID}}, {"context": {"registration": ID.upper()}}),
    ({"result": {"duration": "PT1.239S"}}, {"result": {"duration": "PT1.23S"}}),
    ({"result": {"score": {"raw": 1}}}, {"result": {"score": {"raw": 1.0}}}),
    ({"result": {"extensions": {"https://e.org/x": 2**80}}},
     {"result": {"extensions": {"https://e.org/x": 2**80}}}),
    ({"object": {"objectType": "StatementRef", "id": ID}},
     {"object": {"objectType": "StatementRef", "id": ID.upper()}}),
    ({"actor": {"mbox_sha1sum": SHA1}}, {"actor": {"mbox_sha1sum": SHA1.upper()}}),
    ({"actor": AGENT}, {"actor": {"mbox": "mailto:a@EXAMPLE.org"}}),
    ({"attachments": [FILE]}, {"attachments": [{**FILE, "sha2": SHA2.upper()}]}),
]  # fmt: skip
DIFFERENT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"actor": AGENT}),
    ({"actor": AGENT}, {"actor": {**AGENT, "name": "A"}}),
    ({}, {"verb": {"id": "https://e.org/other"}}),
    ({}, {"object": ACTIVITY}),
    ({}, {"object": {"objectType": "StatementRef", "id": ID}}),
    ({}, {"result": {"success": True}}),
    ({"result": {"success": True}}, {"result": {"success": False}}),
    ({"result": {"duration": "PT1.23S"}}, {"result": {"duration": "PT1.24S"}}),
    ({"result": {"extensions": {"https://e.org/x": 2**80}}},
     {"result": {"extensions": {"https://e.org/x": 2**80 + 1}}}),
    ({"result": {"extensions": {"https://e.org/x": None}}}, {"result": {"extensions": {}}}),
    ({"context": {"contextActivities": {"parent": ACTIVITY}}},
     {"context": {"contextActivities": {"other": ACTIVITY}}}),
    ({"context": {"language": "en"}}, {"context": {"language": "de"}}),
    ({"actor": AGENT}, {"actor": {"mbox": "mailto:A@example.org"}}),
    ({"actor": {"mbox_sha1sum": SHA1}}, {"actor": {"mbox_sha1sum": "0b" * 20}}),
    ({"attachments": [FILE]}, {"attachments": [{**FILE, "sha2": "0b" * 32}]}),
    ({"attachments": [FILE]}, {"attachments": [{**FILE, "fileUrl": "https://e.org/F"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME, ids=str)
def test_what_makes_no_difference(one: dict[str, Any], other: dict[str, Any]) -> None:
    reordered = dict(reversed(statement(**other).items()))
    assert made(statement(**one)).hash == made(reordered).hash


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=str)
def test_what_makes_a_difference(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert made(statement(**one)).hash != made(statement(**other)).hash


def test_who_is_in_the_context_is_compared_as_anybody_else() -> None:
    def with_context(agent: dict[str, Any], members: list[dict[str, Any]]) -> bytes:
        group = {"objectType": "Group", "member": members}
        agents = [{"objectType": "contextAgent", "agent": agent}]
        groups = [{"objectType": "contextGroup", "group": group}]
        return made(statement(context={"contextAgents": agents, "contextGroups": groups}), V2).hash

    said = {"objectType": "Agent", **AGENT}
    assert with_context(AGENT, [AGENT, OTHER]) == with_context(said, [OTHER, said])
    assert with_context(AGENT, [AGENT]) != with_context(OTHER, [AGENT])
    assert with_context(AGENT, [AGENT]) != with_context(AGENT, [OTHER])


def test_what_a_statement_is_found_by() -> None:
    member = {"mbox_sha1sum": "ABCDEF" + "0" * 34}
    sub = {
        "objectType": "SubStatement",
        "actor": OTHER,
        "verb": {"id": "https://e.org/planned"},
        "object": {"id": "https://e.org/inner"},
        "context": {"contextActivities": {"grouping": [{"id": "https://e.org/inner-group"}]}},
    }
    sent = statement(
        actor={"objectType": "Group", **AGENT, "member": [member]},
        object=sub,
        context={
            "registration": ID.upper(),
            "instructor": {"mbox": "mailto:i@example.org"},
            "team": {"objectType": "Group", "member": [{"mbox": "mailto:t@example.org"}]},
            "contextActivities": {"category": [ACTIVITY]},
            "contextAgents": [
                {"objectType": "contextAgent", "agent": {"mbox": "mailto:ca@example.org"}}
            ],
            "contextGroups": [
                {
                    "objectType": "contextGroup",
                    "group": {"objectType": "Group", "member": [{"mbox": "mailto:cg@example.org"}]},
                }
            ],
        },
    )
    found: dict[Kind, set[str]] = {}
    for kind, text in made(sent, V2).mentions:
        found.setdefault(kind, set()).add(text)
    actors = {"mbox mailto:a@example.org", "mbox_sha1sum abcdef" + "0" * 34}
    assert found == {
        Kind.AGENT: actors,
        Kind.RELATED_AGENT: {
            "openid https://id.example.org/b",
            'account ["https://twofold.example", "key-1"]',
            *(f"mbox mailto:{name}@example.org" for name in ("i", "t", "ca", "cg")),
        },
        Kind.VERB: {"http://adlnet.gov/expapi/verbs/scored"},
        Kind.RELATED_ACTIVITY: {
            "https://e.org/a",
            "https://e.org/inner",
            "https://e.org/inner-group",
        },
        Kind.REGISTRATION: {ID},
    }


def test_pointing_and_voiding() -> None:
    assert made(statement()).target is None
    assert (made(pointing_at(ID)).target, made(pointing_at(ID)).voids) == (UUID(ID), False)
    assert (made(voiding(ID)).target, made(voiding(ID)).voids) == (UUID(ID), True)


@pytest.mark.parametrize("version", VERSIONS)
def test_attachments_without_an_address_await_their_bytes(version: str) -> None:
    file = {"usageType": "https://e.org/u", "display": {}, "contentType": "text/plain",
            "length": 1, "sha2": "AB" * 32}  # fmt: skip
    assert made(statement(attachments=[file]), version).attachments[0].needed
    there = {**file, "fileUrl": "https://e.org/f"}
    assert made(statement(attachments=[there]), version).attachments[0].needed is False
