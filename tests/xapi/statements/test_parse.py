"""Strict parsing: nothing that strangers send is guessed at, and nothing of it is lost."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xapi.statements import parse
from xapi.statements.errors import Invalid
from xapi.statements.parse import Parsed

DEEP = b'{"a":' * 200 + b"1" + b"}" * 200


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a": "\xff"}', "json.utf8"),
        (b'{"a": "\xed\xa0\x80"}', "json.utf8"),
        (b"\xef\xbb\xbf{}", "json.syntax"),
        (b"", "json.syntax"),
        (b"{", "json.syntax"),
        (b"[", "json.syntax"),
        (b"[{},]", "json.syntax"),
        (b'{"a":1,}', "json.syntax"),
        (b'{"a" 1}', "json.syntax"),
        (b'{"a":}', "json.syntax"),
        (b'{"a', "json.syntax"),
        (b"{a:1}", "json.syntax"),
        (b"{} {}", "json.syntax"),
        (b'{"a":"\x01"}', "json.syntax"),
        (b"nonsense", "json.syntax"),
        (b"1", "statement.type"),
        (b"null", "statement.type"),
        (b'"text"', "statement.type"),
        (b"[[]]", "statement.type"),
        (b"[1]", "statement.type"),
        (b'{"a":1,"a":2}', "json.duplicate-key"),
        (b'{"a":1,"\\u0061":2}', "json.duplicate-key"),
        (b'{"a":[{"b":1,"b":1}]}', "json.duplicate-key"),
        (b'{"a":NaN}', "json.number"),
        (b'{"a":-Infinity}', "json.number"),
        (b'{"a":1e400}', "json.number"),
        (b'{"a":' + b"9" * 5000 + b"}", "json.number"),
        (b'{"a":[-1' + b"0" * 309 + b"]}", "json.number"),
        (b'{"a":"\\u0000"}', "json.nul"),
        (b'{"\\u0000":1}', "json.nul"),
        (b'{"a":["x\\uD800y"]}', "json.surrogate"),
        (b'[{},{"a":"\\udfff"}]', "json.surrogate"),
        (DEEP, "json.depth"),
        (b"[" + DEEP + b"]", "json.depth"),
        (b'{"a":' + b"[" * 100_000, "json.depth"),
    ],
)
def test_what_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse.document(data)
    assert caught.value.code == code
    assert caught.value.path.startswith("$")


def test_what_only_looks_suspect_passes() -> None:
    data = rb'{"a": "\\u0000", "b": "\\ud800", "c": "\ud83d\ude00", "d": "{[{[{["}'
    found = parse.document(data)
    assert isinstance(found, Parsed)
    assert found.value == {"a": r"\u0000", "b": r"\ud800", "c": "\U0001f600", "d": "{[{[{["}


def test_depth_is_counted_not_guessed() -> None:
    wide = json.dumps({str(number): [{}] for number in range(500)}).encode()
    assert isinstance(parse.document(wide), Parsed)


def test_the_text_of_each_member_is_kept() -> None:
    found = parse.document(b' [ {"n" : 1.0 , "big":18446744073709551616123,"o": { "x":null } } ] ')
    assert isinstance(found, list)
    assert found[0].texts == {"n": "1.0", "big": "18446744073709551616123", "o": '{ "x":null }'}
    assert found[0].value["big"] == 18446744073709551616123


def test_an_error_names_the_place_in_the_batch() -> None:
    with pytest.raises(Invalid) as caught:
        parse.document(b"[{}, 3]")
    assert caught.value.path == "$[1]"


def test_a_value_is_checked_by_the_same_rules() -> None:
    assert parse.value("[1, 2]") == [1, 2]
    for text in ('"\\u0000"', '{"a":1,"a":1}', "NaN", "[" * 5000, "1 2", '"\ud800"'):
        with pytest.raises(Invalid):
            parse.value(text)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.text(), values, max_size=5), st.integers(0, 2))
def test_what_the_standard_library_writes_is_read_back(value: dict[str, Any], indent: int) -> None:
    data = json.dumps(value, ensure_ascii=False, indent=indent or None).encode()
    assume(rb"\u0000" not in data)
    found = parse.document(data)
    assert isinstance(found, Parsed)
    assert found.value == value
    assert {key: json.loads(text) for key, text in found.texts.items()} == value


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\u0dD8a1e.- \n', max_size=60))
def test_anything_else_is_refused_by_our_own_exception(data: bytes | str) -> None:
    with suppress(Invalid):
        parse.document(data.encode() if isinstance(data, str) else data)


def both_ways(data: bytes) -> list[object]:
    """What the quick way and the slow one make of it: a space before it is enough for the slow."""
    found: list[object] = []
    for each in (data, b" " + data):
        try:
            read = parse.document(each)
        except Invalid as error:
            found.append((error.code, error.path))
        else:
            several = read if isinstance(read, list) else [read]
            found.append([(type(read), one.value, one.texts) for one in several])
    return found


@given(
    st.lists(st.dictionaries(st.text(), values, max_size=4), max_size=3)
    | st.dictionaries(st.text(), values, max_size=5)
)
def test_both_ways_of_reading_agree(value: Any) -> None:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    quick, slow = both_ways(data)
    assert quick == slow


@pytest.mark.parametrize("depth", [97, 98, 99, 100, 101, 102, 250, 300])
def test_both_ways_agree_on_depth(depth: int) -> None:
    quick, slow = both_ways(b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}")
    assert quick == slow


@pytest.mark.parametrize(
    "data",
    [b'{"a":1.0}', b'{"a":10000000000000000000000}', b'{"a":1e400}', b'{"a":1,"a":1}',
     b'{"a":0.1000000000000000055511151231257827}', b'{"a":-0}', b'{"a":-0.0}', b'{"a":1E5}',
     b'{"a":"\\u0000"}', b'{"a":"\\ud800"}', b'{"a":"\\/"}', b"[1]", b"[]", b"{}", b"3"],
    ids=repr,
)  # fmt: skip
def test_both_ways_agree_on_what_orjson_would_change(data: bytes) -> None:
    quick, slow = both_ways(data)
    assert repr(quick).replace(" ", "") == repr(slow).replace(" ", "")
