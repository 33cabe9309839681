"""The file of an activity: what is written is read back, and nothing else is."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from rubrics.errors import Refused
from rubrics.formats import activity_file
from rubrics.formats.activity_file import ActivityContent
from tests.rubrics.formats.contents import EXAMPLE, contents


@given(contents())
def test_what_is_written_is_read_back(content: ActivityContent) -> None:
    assert activity_file.read(activity_file.write(content)) == content


def test_the_rubric_is_written_with_the_names_of_case() -> None:
    file = json.loads(activity_file.write(EXAMPLE))
    (criterion,) = file["CFRubric"]["CFRubricCriteria"]
    assert criterion["CFRubricCriterionLevels"][1]["score"] == 2.25
    assert criterion["extensions"]["alignments"] == [
        {"CFItem": str(EXAMPLE.skills[0]), "weight": 2}
    ]
    assert file["CFItems"][0]["abbreviatedStatement"] == "Listening"


def _changed(change: Callable[[dict[str, Any]], Any]) -> bytes:
    file = json.loads(activity_file.write(EXAMPLE))
    change(file)
    return json.dumps(file).encode()


def _criterion(file: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = file["CFRubric"]["CFRubricCriteria"][0]
    return found


def _put(where: str, value: Any) -> bytes:
    """The example with this value at a place such as "activity.title"."""

    def change(file: dict[str, Any]) -> None:
        *path, last = where.split(".")
        for step in path:
            file = file[int(step)] if isinstance(file, list) else file[step]
        file[last] = value

    return _changed(change)


C = "CFRubric.CFRubricCriteria.0"
L = f"{C}.CFRubricCriterionLevels.1"
A = f"{C}.extensions.alignments.0"
EXAMPLE_BYTES = activity_file.write(EXAMPLE)
OTHER = "00000000-0000-4000-8000-000000000009"

HOSTILE: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "format", ""),
    "not JSON": (b"PK\x03\x04 a zip", "format", ""),
    "not UTF-8": (b'{"format": "\xff"}', "format", ""),
    "a list": (b"[]", "field", "{}"),
    "a number": (b"7", "field", "{}"),
    "nested deep": (b"[" * 100_000 + b"]" * 100_000, "format", ""),
    "nested deep in a field": (
        EXAMPLE_BYTES.replace(b'"Calls"', b"[" * 50_000 + b"]" * 50_000),
        "format",
        "",
    ),
    "too large": (EXAMPLE_BYTES + b" " * activity_file.LARGEST, "size", ""),
    "another format": (_put("format", "case"), "format", ""),
    "a later version": (_put("version", 2), "version", ""),
    "version true": (_put("version", True), "version", ""),
    "version 1.0": (EXAMPLE_BYTES.replace(b'"version": 1', b'"version": 1.0'), "version", ""),
    "NaN": (EXAMPLE_BYTES.replace(b"12.5", b"NaN"), "format", ""),
    "Infinity": (EXAMPLE_BYTES.replace(b"12.5", b"-Infinity"), "format", ""),
    "huge exponent": (EXAMPLE_BYTES.replace(b"12.5", b"1e99999999"), "field", "activity.maximum"),
    "absurd exponent": (EXAMPLE_BYTES.replace(b"12.5", b"1e" + b"9" * 30), "format", ""),
    "digits without end": (EXAMPLE_BYTES.replace(b"12.5", b"9" * 5000), "format", ""),
    "a name twice": (
        EXAMPLE_BYTES.replace(b'"version": 1,', b'"version": 1, "version": 1,'),
        "format",
        "",
    ),
    "unknown field": (_put("activity.settings", {"x": 1}), "unknown", "activity.settings"),
    "unknown at the top": (_put("tenant_id", OTHER), "unknown", "tenant_id"),
    "unknown in an item": (_put("CFItems.0.kind", "hard"), "unknown", "CFItems[0].kind"),
    "unknown weight": (_put("activity.weights.guest", 1), "unknown", "activity.weights.guest"),
    "no title": (_put("activity.title", " \n "), "field", "activity.title"),
    "title null": (_put("activity.title", None), "field", "activity.title"),
    "title a list": (_put("activity.title", ["x"]), "field", "activity.title"),
    "title too long": (_put("activity.title", "x" * 256), "field", "activity.title"),
    "text too long": (_put("activity.text", "x" * 50_001), "field", "activity.text"),
    "NUL": (_put("activity.text", "a\0b"), "field", "activity.text"),
    "half a character": (_put("activity.text", "\ud800"), "field", "activity.text"),
    "method": (_put("activity.method", "exam"), "field", "activity.method"),
    "method a list": (_put("activity.method", []), "field", "activity.method"),
    "counting": (_put("activity.counting", 1), "field", "activity.counting"),
    "maximum zero": (_put("activity.maximum", 0), "field", "activity.maximum"),
    "maximum true": (_put("activity.maximum", True), "field", "activity.maximum"),
    "maximum text": (_put("activity.maximum", "100"), "field", "activity.maximum"),
    "maximum negative": (_put("activity.maximum", -5), "field", "activity.maximum"),
    "maximum in thirds": (_put("activity.maximum", 33.333), "field", "activity.maximum"),
    "attempts half": (_put("activity.attempts", 1.5), "field", "activity.attempts"),
    "attempts without end": (_put("activity.attempts", 10**9), "field", "activity.attempts"),
    "weight of self": (_put("activity.weights.self", 2), "field", "activity.weights.self"),
    "weights a list": (_put("activity.weights", []), "field", "activity.weights"),
    "skill not named": (_put("activity.CFItems", [OTHER]), "field", "activity.CFItems"),
    "skill twice": (
        _put("activity.CFItems", [str(EXAMPLE.skills[0])] * 2),
        "field",
        "activity.CFItems",
    ),
    "skill not a UUID": (_put("activity.CFItems", ["1; DROP"]), "field", "activity.CFItems"),
    "skills without end": (_put("activity.CFItems", [OTHER] * 51), "field", "activity.CFItems"),
    "item twice": (
        _changed(lambda file: file["CFItems"].append(file["CFItems"][0])),
        "field",
        "CFItems",
    ),
    "items without end": (_put("CFItems", [{}] * 501), "field", "CFItems"),
    "uri a number": (_put("CFItems.0.uri", 7), "field", "CFItems[0].uri"),
    "identifier with braces": (
        _put("CFItems.0.identifier", f"{{{OTHER}}}"),
        "field",
        "CFItems[0].identifier",
    ),
    "no rubric": (_put("CFRubric", None), "field", "CFRubric"),
    "no criteria": (_put("CFRubric.CFRubricCriteria", []), "field", "CFRubric.CFRubricCriteria"),
    "criteria without end": (
        _changed(lambda f: f["CFRubric"].update(CFRubricCriteria=[_criterion(f)] * 41)),
        "field",
        "CFRubric.CFRubricCriteria",
    ),
    "criterion twice": (
        _changed(lambda f: f["CFRubric"]["CFRubricCriteria"].append(_criterion(f))),
        "field",
        "CFRubric.CFRubricCriteria",
    ),
    "weight zero": (_put(f"{C}.weight", 0), "field", "CFRubricCriteria[0].weight"),
    "one level": (
        _changed(lambda file: _criterion(file)["CFRubricCriterionLevels"].pop()),
        "field",
        "CFRubricCriteria[0].CFRubricCriterionLevels",
    ),
    "equal levels": (_put(f"{L}.score", 0), "field", "CFRubricCriterionLevels"),
    "falling levels": (_put(f"{L}.score", -1), "field", "CFRubricCriterionLevels[1].score"),
    "level without a word": (_put(f"{L}.quality", ""), "field", "Levels[1].quality"),
    "alignment to nothing": (_put(f"{A}.CFItem", OTHER), "field", "alignments[0].CFItem"),
    "alignment of no weight": (_put(f"{A}.weight", 0), "field", "alignments[0].weight"),
    "no extensions": (_put(f"{C}.extensions", []), "field", "CFRubricCriteria[0].extensions"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_of_the_format_is_refused_and_named(name: str) -> None:
    file, code, where = HOSTILE[name]
    with pytest.raises(Refused) as refused:
        activity_file.read(file)
    assert refused.value.code == f"activity-file.{code}"
    assert where in str(refused.value)
    assert len(str(refused.value)) < 400


def test_an_unknown_name_is_shown_short_and_printable() -> None:
    with pytest.raises(Refused) as refused:
        activity_file.read(_put("\x1b[2J\u202e" + "x" * 5000, 1))
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 300


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    file = EXAMPLE_BYTES.decode().replace("\\n\\n", "\\r\\n\\r\\n")
    assert activity_file.read(b"\xef\xbb\xbf" + file.encode()) == EXAMPLE
