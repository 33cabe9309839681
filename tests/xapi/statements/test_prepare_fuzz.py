"""Whatever is put anywhere into a statement: it is prepared, or refused by our own exception."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.xapi.samples import AUTHORITY, statement
from xapi.statements import formats, spelling
from xapi.statements.errors import VERSIONS, Invalid
from xapi.statements.prepare import prepare
from xapi.statements.splice import as_returned

ID = "6ee4ccd1-b2c4-4b7c-8c6d-0b4a4b9f0c11"
AGENT = {"mbox": "mailto:a@example.org"}
ACTIVITY = {
    "id": "https://e.org/a",
    "definition": {
        "name": {"en": "n"},
        "interactionType": "choice",
        "choices": [{"id": "1", "description": {"de": "x"}}],
    },
}
FULL = statement(
    actor={"objectType": "Group", "member": [AGENT]},
    object={
        "objectType": "SubStatement",
        "actor": AGENT,
        "verb": {"id": "https://e.org/v"},
        "object": ACTIVITY,
        "context": {"contextActivities": {"parent": ACTIVITY}},
        "timestamp": "2026-11-23T10:00:00Z",
    },
    result={"score": {"raw": 1, "min": 0}, "duration": "PT1S", "extensions": {"https://e.org": 1}},
    context={
        "registration": ID,
        "instructor": AGENT,
        "statement": {"objectType": "StatementRef", "id": ID},
        "contextActivities": {"other": [ACTIVITY]},
        "contextAgents": [{"objectType": "contextAgent", "agent": AGENT}],
    },
    timestamp="2026-11-23T10:00:00Z",
    attachments=[
        {"usageType": "https://e.org/u", "display": {}, "contentType": "a/b", "length": 1,
         "sha2": "a" * 64}
    ],
)  # fmt: skip

words = st.sampled_from(
    ["", "Agent", "Group", "Activity", "StatementRef", "SubStatement", ID, "https://e.org", "en",
     "mailto:a@b.c", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "PT0,5S", "id",
     "objectType", "member", "mbox", "\x00", "\ud800", "https://e.org/\u202e"]
)  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
) | st.sampled_from([AGENT, ACTIVITY, FULL["object"], FULL["actor"], {}, []])


def changed(draw: Any, value: Any) -> Any:
    """The same with something in it replaced, added or removed."""
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(value)))
        copy = {**value, key: changed(draw, value[key])}
        match draw(st.integers(0, 12)):
            case 0:
                del copy[key]
            case 1:
                copy[draw(words)] = draw(anything)
        return copy
    if isinstance(value, list) and value and draw(st.integers(0, 9)):
        return [changed(draw, value[0]), *value[1:]]
    return draw(anything)


@st.composite
def statements(draw: Any) -> Any:
    return changed(draw, FULL)


@given(statements(), st.sampled_from(VERSIONS))
def test_prepared_or_refused(sent: Any, version: str) -> None:
    with suppress(Invalid):
        prepared = prepare(json.dumps(sent).encode(), authority=AUTHORITY, version=version)
        returned = as_returned(prepared.body, 10**15, prepared.moment)
        json.loads(returned)
        json.loads(formats.ids(returned))
        json.loads(formats.canonical(spelling.read(returned), ["de"], {}))
        prepared.body.encode()


def test_the_full_statement_is_good() -> None:
    assert prepare(json.dumps(FULL).encode(), authority=AUTHORITY, version="2.0.0").attachments


@given(statements(), st.sampled_from(VERSIONS))
def test_both_ways_of_reading_prepare_the_same(sent: Any, version: str) -> None:
    """Written as orjson writes it, or with a space that sends it the other way."""
    quick = json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    found: list[Any] = []
    for data in (quick, b" " + quick):
        try:
            found.append(prepare(data, authority=AUTHORITY, version=version))
        except Invalid as error:
            found.append((error.code, error.path))
    if isinstance(sent, dict) and "id" in sent:
        assert found[0] == found[1]
    else:
        assert type(found[0]) is type(found[1])
