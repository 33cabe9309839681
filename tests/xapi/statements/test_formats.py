"""The shapes ids and canonical, and how a reader's languages are read."""

import json
from typing import Any

import pytest

from tests.xapi.samples import statement
from xapi.statements import formats, spelling

NUMBERS = '{"https://e.org/x":[1.0,1e2,18446744073709551616,-0.0,0.1000000000000000055]}'
AGENT = {"objectType": "Agent", "name": "A", "mbox": "mailto:a@example.org"}
ACTIVITY = {"objectType": "Activity", "id": "https://e.org/a", "definition": {"name": {"en": "x"}}}


def canonical(text: str, languages: list[str]) -> str:
    return formats.canonical(spelling.read(text), languages, {})


def rich(**changes: Any) -> str:
    return json.dumps(
        statement(
            actor={"objectType": "Group", "name": "G", "member": [AGENT]},
            authority=AGENT,
            context={
                "instructor": AGENT,
                "contextActivities": {"parent": [ACTIVITY]},
                "contextAgents": [{"objectType": "contextAgent", "agent": AGENT}],
                "language": "en",
            },
            **changes,
        )
    )


def test_ids_keeps_identifiers_alone() -> None:
    bare = {"objectType": "Agent", "mbox": "mailto:a@example.org"}
    found = json.loads(formats.ids(rich(object=ACTIVITY)))
    assert found["actor"] == {"objectType": "Group", "member": [bare]}
    assert found["verb"] == {"id": "http://adlnet.gov/expapi/verbs/scored"}
    assert found["object"] == {"id": "https://e.org/a"}
    assert found["authority"] == bare
    assert found["context"] == {
        "instructor": bare,
        "contextActivities": {"parent": [{"id": "https://e.org/a"}]},
        "contextAgents": [{"objectType": "contextAgent", "agent": bare}],
        "language": "en",
    }


def test_ids_reaches_into_sub_statements_and_spares_references() -> None:
    reference = {"objectType": "StatementRef", "id": "6ee4ccd1-b2c4-4b7c-8c6d-0b4a4b9f0c11"}
    sub = {"objectType": "SubStatement", "actor": AGENT, "verb": {"id": "https://e.org/v",
           "display": {"en": "v"}}, "object": reference}  # fmt: skip
    found = json.loads(formats.ids(rich(object=sub)))["object"]
    assert found["verb"] == {"id": "https://e.org/v"}
    assert found["object"] == reference
    assert found["actor"] == {"objectType": "Agent", "mbox": "mailto:a@example.org"}


@pytest.mark.parametrize("shape", [formats.ids, lambda text: canonical(text, [])])
def test_numbers_keep_their_spelling(shape: Any) -> None:
    text = json.dumps(statement())[:-1] + f',"result":{{"extensions":{NUMBERS}}}}}'
    assert NUMBERS in shape(text)


@pytest.mark.parametrize(
    ("languages", "tag"),
    [
        ([], "en-US"),
        (["de"], "de-CH"),
        (["de-AT"], "en-US"),
        (["fr-CA"], "fr"),
        (["FR"], "fr"),
        (["es", "fr"], "fr"),
        (["es", "*"], "en-US"),
        (["de-AT", "de"], "de-CH"),
    ],
)
def test_canonical_keeps_one_language(languages: list[str], tag: str) -> None:
    words = {"en-US": "a", "de-CH": "b", "fr": "c"}
    activity = {
        "id": "https://e.org/a",
        "definition": {
            "name": words,
            "description": words,
            "interactionType": "choice",
            "choices": [{"id": "1", "description": words}],
        },
    }
    sub = {"objectType": "SubStatement", "actor": AGENT, "verb": {"id": "https://e.org/v",
           "display": words}, "object": activity}  # fmt: skip
    context = {"contextActivities": {"other": [activity]}}
    found = json.loads(canonical(json.dumps(statement(object=sub, context=context)), languages))
    best = {tag: words[tag]}
    assert found["object"]["verb"]["display"] == best
    for one in (found["object"]["object"], found["context"]["contextActivities"]["other"][0]):
        assert one["definition"]["name"] == one["definition"]["description"] == best
        assert one["definition"]["choices"][0]["description"] == best
    assert found["object"]["actor"] == AGENT


def test_canonical_has_what_is_known_of_an_activity() -> None:
    known = {"name": {"de": "y", "en": "z"}, "type": "https://e.org/t"}
    text = json.dumps(
        statement(object=ACTIVITY, context={"contextActivities": {"other": [ACTIVITY]}})
    )
    found = json.loads(formats.canonical(spelling.read(text), ["de"], {"https://e.org/a": known}))
    expected = {"name": {"de": "y"}, "type": "https://e.org/t"}
    assert found["object"]["definition"] == expected
    assert found["context"]["contextActivities"]["other"][0]["definition"] == expected
    assert known["name"] == {"de": "y", "en": "z"}


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("", []),
        ("de", ["de"]),
        ("en;q=0.5, de-CH , *;q=0.1", ["de-CH", "en", "*"]),
        ("en;q=0, de", ["de"]),
        ("de;q=1.000,en;q=1", ["de", "en"]),
        ("en;q=2, ;;, de;q=x, fr", ["fr"]),
    ],
)
def test_accept_language(header: str, languages: list[str]) -> None:
    assert formats.preferred(header) == languages
