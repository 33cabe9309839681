"""docs/hostile-inputs.md names, for each input of the list, tests and codes that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "docs" / name for name in ("hostile-inputs.md", "security.md", "connect/README.md")
]
PACKAGES = ("foundation", "rubrics", "xapi", "lti_tool")
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(test_\w+)::(test_\w+)(?:\[([^`]+)\])?`|`\[([^`]+)\]`")
CODE = re.compile(
    r"`((?:login|launch|access|deep-linking|http|ags|registration|person)\.[a-z._-]+)`"
)


@cache
def _tree(stem: str) -> ast.Module:
    (path,) = (ROOT / "tests").rglob(f"{stem}.py")
    return ast.parse(path.read_text())


@cache
def _functions(stem: str) -> frozenset[str]:
    return frozenset(
        node.name for node in ast.walk(_tree(stem)) if isinstance(node, ast.FunctionDef)
    )


@cache
def _texts(stem: str) -> frozenset[str]:
    return frozenset(
        node.value
        for node in ast.walk(_tree(stem))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


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


def _missing(text: str) -> list[str]:
    """The tests and rows of tests that a text names and that are not there."""
    missing, stem = [], ""
    for module, function, row, more in TEST.findall(text):
        stem = module or stem
        if function and function not in _functions(stem):
            missing.append(f"{stem}::{function}")
        name = row or more
        if name and name not in _texts(stem):
            missing.append(f"{stem}[{name}]")
    return missing


def test_every_input_of_the_list_is_there_once() -> None:
    assert [int(row[0]) for row in _rows()] == list(range(1, 87))


@pytest.mark.parametrize("number", range(1, 87))
def test_it_has_tests_that_exist(number: int) -> None:
    tests = _rows()[number - 1][3]
    assert "::" in tests
    assert _missing(tests) == []


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
