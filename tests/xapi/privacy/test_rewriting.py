"""Replacing agents in texts: everywhere, and nothing else by a single byte."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xapi.privacy import pseudonym, rewriting
from xapi.privacy.pseudonym import Pseudonym
from xapi.privacy.subject import Subject
from xapi.statements.attachments import SIGNATURE

MARIA = {"account": {"homePage": "https://lms.example", "name": "maria-1"}}
ALSO_MARIA = {"mbox": "mailto:maria@school.example"}
SUBJECT = Subject.of([MARIA, ALSO_MARIA], ["Maria Muster", "maria.muster@home.example"])
NEW = Pseudonym("https://twofold.example", UUID(int=5))
STANDS = json.dumps(NEW.agent["account"], separators=(",", ":"))


def out(text: str) -> str:
    return pseudonym.of_text(text, SUBJECT, NEW)


def never(_: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '{"actor": {"name":"Maria", "account":{"name":"maria-1","homePage":'
            '"https:\\/\\/lms.example"}},  "n": 1.0}',
            f'{{"actor": {{"account":{STANDS}}},  "n": 1.0}}',
        ),
        (
            '{"object":{"objectType":"Agent","mbox":"mailto:maria@school.example"}}',
            f'{{"object":{{"account":{STANDS},"objectType":"Agent"}}}}',
        ),
        (
            '{"team":{"objectType":"Group","name":"Team 7","member":[{"mbox":"mailto:x@y.example"},'
            '{"mbox":"mailto:maria@school.example","name":"M"}]}}',
            '{"team":{"objectType":"Group","name":"Team 7","member":[{"mbox":"mailto:x@y.example"},'
            f'{{"account":{STANDS}}}]}}}}',
        ),
        (
            '{"extensions":{"https://x.example/who":{"account":{"homePage":"https://lms.example",'
            '"name":"maria-1"},"seat":9007199254740993.0}}}',
            f'{{"extensions":{{"https://x.example/who":{{"account":{STANDS},'
            '"seat":9007199254740993.0}}}',
        ),
        (
            '{"extensions":{"https://x.example/mail":"maria@school.example"}}',
            f'{{"extensions":{{"https://x.example/mail":"{NEW.iri}"}}}}',
        ),
        (
            '{"actor":{"mbox":"mailto:maria@school.example"},'
            '"context":{"extensions":{"https://x.example/n":["Maria Muster",1e3]}}}',
            f'{{"actor":{{"account":{STANDS}}},'
            f'"context":{{"extensions":{{"https://x.example/n":["{NEW.name}",1e3]}}}}}}',
        ),
        (
            '{"actor":{"mbox":"mailto:maria@school.example"},"object":{"id":"https://x.example/'
            'Maria Muster","definition":{"name":{"en":"Portfolio of maria muster"}}},'
            '"result":{"response":"Musterian \\u00e9 maria.muster@home.example."}}',
            f'{{"actor":{{"account":{STANDS}}},"object":{{"id":"https://x.example/'
            f'Maria Muster","definition":{{"name":{{"en":"Portfolio of {NEW.name}"}}}}}},'
            f'"result":{{"response":"Musterian é {NEW.name}."}}}}',
        ),
    ],
    ids=["escaped", "object", "member", "extension", "string", "name", "prose"],
)
def test_only_the_person_is_replaced(before: str, after: str) -> None:
    assert out(before) == after
    assert out(after) == after


@pytest.mark.parametrize(
    "text",
    [
        '{"actor":{"account":{"homePage":"https://other.example","name":"maria-1"}}}',
        '{"actor":{"account":{"homePage":"https://lms.example","name":"maria-2"},'
        '"name":"Maria Muster"}}',
        '{"extensions":{"https://x.example/n":"Maria Muster"}}',
        '{"result":{"response":"maria@school.example"}}',
        '{"extensions":{"https://x.example/account":{"account":7,"mbox":[]}}}',
    ],
    ids=["issuer", "namesake", "same-name", "answer", "odd"],
)
def test_what_is_not_the_person_stays(text: str) -> None:
    assert out(text) == text


@pytest.mark.parametrize("escaped", [True, False])
def test_escapes_hide_nobody(escaped: bool) -> None:
    who = Subject.of([{"account": {"homePage": "https://lms.example/", "name": 'größe/"1\n'}}])
    text = json.dumps({"extensions": {"https://x.example/y": who.agents[0]}}, ensure_ascii=escaped)
    assert who.may_be_in(text)
    assert who.may_be_in(text.replace("/", "\\/"))
    assert "pseudonyms" in pseudonym.of_text(text, who, NEW)
    assert not who.may_be_in(json.dumps({"größe/": "\n"}))


def test_an_mbox_stands_for_its_digest() -> None:
    digest = next(one["mbox_sha1sum"] for one in SUBJECT.agents if "mbox_sha1sum" in one)
    assert out(json.dumps({"actor": {"mbox_sha1sum": digest.upper()}})).count("pseudonyms") == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["actor", "account", "mbox", "name", "homePage", "member", "extensions"]
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(document=_JSON, indent=st.sampled_from([None, 0, 2]), escaped=st.booleans())
def test_a_text_without_the_person_comes_back_as_it_is(
    document: Any, indent: int | None, escaped: bool
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=escaped)
    assert out(text) == text
    assert json.loads(rewriting.replaced(text, lambda _: None)) == document


def test_own_attachments_and_signatures_go() -> None:
    def body(actor: dict[str, Any]) -> str:
        files = [
            {"usageType": "https://x.example/essay", "sha2": "AA", "length": 1},
            {"usageType": SIGNATURE, "sha2": "bb", "length": 2},
        ]
        return json.dumps(
            {
                "actor": actor,
                "verb": {"id": "https://x.example/v"},
                "object": {"id": "https://x.example/o"},
                "context": {"instructor": MARIA},
                "authority": {"mbox": "mailto:lrs@x.example"},
                "attachments": files,
            }
        )

    own = pseudonym.of_statement(body(MARIA), SUBJECT, NEW, never)
    assert own is not None
    assert own.dropped == {"aa", "bb"}
    assert "attachments" not in own.body
    other = pseudonym.of_statement(body({"mbox": "mailto:x@y.example"}), SUBJECT, NEW, never)
    assert other is not None
    assert other.dropped == {"bb"}
    assert json.loads(other.body)["attachments"] == [
        {"usageType": "https://x.example/essay", "sha2": "AA", "length": 1}
    ]
    assert other.authority == "mbox mailto:lrs@x.example"
    vouched = body(MARIA).replace('{"mbox": "mailto:lrs@x.example"}', json.dumps(ALSO_MARIA))
    mine = pseudonym.of_statement(vouched, SUBJECT, NEW, never)
    assert mine is not None
    assert mine.authority == NEW.identifier
