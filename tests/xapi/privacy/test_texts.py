"""JSON and text of others without the person: every way in which they are identified, no more."""

import json

import pytest

from tests.xapi.privacy.test_rewriting import NEW
from xapi.privacy import texts
from xapi.privacy.subject import Subject

ISSUER = "https://lms.example"
LONG = "0123456789abcdef-7"
SUBJECT = Subject.of(
    [
        {"account": {"homePage": ISSUER, "name": "42"}},
        {"account": {"homePage": ISSUER, "name": LONG}},
        {"mbox": "mailto:ana@school.example"},
        {"openid": "https://id.example/ana"},
    ],
    ["Ana Muster"],
)
SHA1 = next(agent["mbox_sha1sum"] for agent in SUBJECT.agents if "mbox_sha1sum" in agent)
WORD = str(NEW.name)


def out(text: str, media_type: str = "text/plain") -> str:
    new = texts.of_bytes(media_type, text.encode(), SUBJECT, NEW)
    return text if new is None else new.decode()


@pytest.mark.parametrize(
    "one",
    ["ana@school.example", "mailto:ana@school.example", "ANA@School.example", SHA1, LONG,
     "https://id.example/ana"],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{}", "({}).", "by={};", "<{}>,", "'{}'?", "a\n{}\nb"])
def test_text_without_what_identifies(one: str, frame: str) -> None:
    assert out(frame.format(one)) == frame.format(WORD)
    for kind in ("text/csv; charset=utf-8", "TEXT/HTML", "text/markdown"):
        assert out(f"x {one} y", kind) == f"x {WORD} y"


@pytest.mark.parametrize(
    "other",
    ["mariana@school.example", "x.ana@school.example", "x-ana@school.example",
     "ana@school.example.org", "ana@school.examples", "ana@school.example-2", "Ana Muster", "42",
     "https://id.example/anabel", f"{SHA1}0", "ana@other.example"],
)  # fmt: skip
def test_text_of_others_stays(other: str) -> None:
    for media_type in ("text/plain", "application/json"):
        text = json.dumps(f"see {other}.")
        assert out(text, media_type) == text


def test_json_has_accounts_keys_and_parts_of_strings() -> None:
    text = (
        '{"who": {"account": {"homePage": "https://lms.example", "name": "42"},"name":"A"},'
        ' "ana@school.example": "ask ana@school.example", "n": [1.0, 42, "42"],'
        ' "e": "ana\\u0040school.example", "by": "Ana Muster"}'
    )
    account = json.dumps(NEW.agent, separators=(",", ":"))
    new = (
        f'{{"who": {account},'
        f' "{WORD}": "ask {WORD}", "n": [1.0, 42, "42"],'
        f' "e": "{NEW.iri}", "by": "{WORD}"}}'
    )
    for kind in ("application/json", "application/problem+json; charset=utf-8"):
        assert out(text, kind) == new


def test_json_that_is_none_is_text_and_a_number_stays_one() -> None:
    assert out('{"a": ana@school.example', "application/json") == f'{{"a": {WORD}'
    number = Subject.of([{"account": {"homePage": ISSUER, "name": "1234567890123456"}}])
    text = b'{"a": 1234567890123456, "b": "1234567890123456"}'
    assert texts.of_bytes("application/json", text, number, NEW) == (
        f'{{"a": 1234567890123456, "b": "{NEW.iri}"}}'.encode()
    )


@pytest.mark.parametrize(
    ("media_type", "encoding"),
    [("text/plain; charset=iso-8859-1", "latin-1"), ("text/plain", "latin-1"),
     ("text/plain; charset=utf-16le", "utf-16le"), ("text/plain", "utf-16"),
     ("text/plain; charset=none-such", "utf-8"), ("text/plain; charset=hex", "utf-8")],
)  # fmt: skip
def test_every_other_byte_stays(media_type: str, encoding: str) -> None:
    content = "für ana@school.example\r\n\tund Jürg".encode(encoding)
    new = texts.of_bytes(media_type, content, SUBJECT, NEW)
    assert new == f"für {WORD}\r\n\tund Jürg".encode(encoding)


@pytest.mark.parametrize("media_type", ["application/pdf", "image/png", "", "application/jsonx"])
def test_what_is_neither_json_nor_text_stays(media_type: str) -> None:
    assert texts.of_bytes(media_type, b"ana@school.example", SUBJECT, NEW) is None


def test_nothing_to_do_is_said() -> None:
    for content in (b"", b"[1]", b"\xff\x00", b'{"a": "\\n"}'):
        for media_type in ("text/plain", "application/json"):
            assert texts.of_bytes(media_type, content, SUBJECT, NEW) is None
