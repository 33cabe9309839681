"""docs/hostile-inputs.md names, for each hostile input, the answer and the tests that expect it.

What a test expects is read from its source: its own strings, those of its table, of the functions
and values of its module that it uses. A row of a table is read alone.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lti_tool.access.refusals import AccessRefused
from lti_tool.launch.codes import LaunchRefused
from lti_tool.registration.codes import RegistrationRefused

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "docs" / name for name in ("hostile-inputs.md", "security.md", "connect/README.md")
]
PACKAGES = ("foundation", "rubrics", "xapi", "lti_tool")
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(test_\w+)::(test_\w+)(?:\[([^`]+)\])?`|`\[([^`]+)\]`")
CODE = re.compile(
    r"`((?:login|launch|access|deep-linking|http|ags|nrps|token|registration|person)\.[a-z._-]+)`"
)
_MOST = 7
"""Codes that a test may expect without its row being named."""
LITERAL = re.compile(r"`([^`]+)`")
WITH_STATUS = re.compile(r"\b(\d{3}) (`[^`]+`(?:, `[^`]+`)*)")
STATUSES = {
    code: explained.status
    for table in (LaunchRefused.table, AccessRefused.table, RegistrationRefused.table)
    for code, explained in table.items()
}
"""Of the codes that have a page of their own; all others are answered with 400, or never sent."""


@cache
def _tree(stem: str) -> ast.Module:
    (path,) = (ROOT / "tests").rglob(f"{stem}.py")
    return ast.parse(path.read_text())


@cache
def _named(stem: str) -> dict[str, ast.AST]:
    """The functions and values of a module by name."""
    found: dict[str, ast.AST] = {}
    for node in _tree(stem).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            found |= _assigned(node.target, node.value)
        elif isinstance(node, ast.Assign):
            found |= _assigned(node.targets[0], node.value)
    return found


def _assigned(target: ast.expr, value: ast.expr) -> dict[str, ast.AST]:
    if isinstance(target, ast.Name):
        return {target.id: value}
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = zip(target.elts, value.elts, strict=True)
        return {name: each for pair in pairs for name, each in _assigned(*pair).items()}
    return {}


def _used(stem: str, node: ast.AST) -> Iterator[ast.AST]:
    """A node and whatever of its module it uses."""
    named, waiting, seen = _named(stem), [node], set()
    while waiting:
        for each in ast.walk(waiting.pop()):
            yield each
            if isinstance(each, ast.Name) and each.id in named and each.id not in seen:
                seen.add(each.id)
                waiting.append(named[each.id])


@cache
def _strings(stem: str, function: str, row: str = "") -> frozenset[str]:
    """The strings that a test compares with, or those of one row of its table."""
    used = list(_used(stem, _named(stem)[function]))
    if row:
        used = [each for found in _row(used, row) for each in _used(stem, found)]
    return frozenset(
        each.value for each in used if isinstance(each, ast.Constant) and type(each.value) is str
    )


def _row(used: list[ast.AST], row: str) -> list[ast.AST]:
    """What stands beside a name: the value of a dict, the tuple or the call that it is in."""

    def is_name(node: ast.AST | None) -> bool:
        return isinstance(node, ast.Constant) and node.value == row

    found: list[ast.AST] = []
    for each in used:
        if isinstance(each, ast.Dict):
            pairs = zip(each.keys, each.values, strict=True)
            found += [value for key, value in pairs if is_name(key)]
        elif isinstance(each, ast.Tuple | ast.Call) and any(map(is_name, _inside(each))):
            found.append(each)
    return found


def _inside(node: ast.Tuple | ast.Call) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [word.value for word in node.keywords]


@cache
def _codes() -> frozenset[str]:
    """Every string of the packages, and what an f-string of a code begins with."""
    return frozenset(
        node.value
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall(DOCUMENTS[0].read_text())


def _tests(text: str) -> Iterator[tuple[str, str, str]]:
    """Module, function and row ("" for the whole test) of each test that a text names."""
    stem = function = ""
    for module, name, row, more in TEST.findall(text):
        stem, function = module or stem, name or function
        yield stem, function, row or more


def _missing(text: str) -> list[str]:
    """The tests and rows of tests that a text names and that are not there."""
    missing = []
    for stem, function, row in _tests(text):
        if function not in _named(stem):
            missing.append(f"{stem}::{function}")
        elif row and row not in _strings(stem, function):
            missing.append(f"{stem}::{function}[{row}]")
    return missing


def _expected(stem: str, function: str, row: str) -> frozenset[str]:
    """The strings that a test expects: those of its row, where that says a code of its own."""
    of_row = _strings(stem, function, row) if row else frozenset()
    return of_row if _said(of_row) else _strings(stem, function)


def _said(strings: frozenset[str]) -> set[str]:
    return {each for each in strings if CODE.fullmatch(f"`{each}`") and each in _codes()}


def _not_expected(answer: str, tests: str) -> set[str]:
    """What an answer names and none of the tests expects, and rows that expect something else."""
    named = set(LITERAL.findall(answer))
    expected = [(each, _expected(*each)) for each in _tests(tests)]
    texts = [text for _, strings in expected for text in strings]
    unmet = {each for each in named if not any(_is(each, text) for text in texts)}
    for (stem, function, row), strings in expected:
        said = _said(_strings(stem, function, row) if row else frozenset())
        if said and not said & named:
            unmet.add(f"{stem}::{function}[{row}] expects {sorted(said)}")
        if not row and len(_said(strings)) > _MOST:
            unmet.add(f"{stem}::{function} is a table: name its rows")
    return unmet


def _is(named: str, text: str) -> bool:
    return named == text if CODE.fullmatch(f"`{named}`") else named in text


def test_every_input_of_the_list_is_there_once() -> None:
    assert [int(row[0]) for row in _rows()] == list(range(1, 87))


@pytest.mark.parametrize("number", range(1, 87))
def test_its_tests_expect_its_answer(number: int) -> None:
    _, _, answer, tests = _rows()[number - 1]
    assert "::" in tests
    assert _missing(tests) == []
    assert _not_expected(answer, tests) == set()
    for status, codes in WITH_STATUS.findall(answer):
        assert {STATUSES.get(code, 400) for code in LITERAL.findall(codes)} == {int(status)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_codes_and_tests_that_are_named_exist(document: Path) -> None:
    text = document.read_text()
    assert {code for code in CODE.findall(text) if code not in _codes()} == set()
    assert _missing(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "`test_keys::test_no_such_test`",
        "`test_forged_tokens::test_a_forged_token_is_refused[no such row]`",
        "`test_forged_tokens::test_a_forged_token_is_refused[jku]` `[no such row]`",
    ],
)
def test_a_name_of_nothing_is_noticed(text: str) -> None:
    assert len(_missing(text)) == 1


@pytest.mark.parametrize(
    ("answer", "unmet"),
    [
        ("400 `launch.signature`", 0),
        ("400 `launch.signature`, `launch.expired`", 1),
        ("400 `launch.expired`", 2),
        ("said in words", 1),
    ],
)
def test_an_answer_that_nothing_expects_is_noticed(answer: str, unmet: int) -> None:
    tests = "`test_forged_tokens::test_a_forged_token_is_refused[jku]`"
    assert len(_not_expected(answer, tests)) == unmet
