"""Many who change one document at once, in several processes: one wins, and nothing is lost."""

from functools import partial

import pytest

from tests.xapi.at_once import at_once
from tests.xapi.processes.serving import Line
from tests.xapi.resources.test_documents import at, resources

pytestmark = pytest.mark.xdist_group("processes")
ROUNDS = 3


@resources
def test_of_eight_that_make_a_document_one_wins(lines: list[Line], path: str) -> None:
    for _ in range(ROUNDS):
        calls = [
            partial(line, "PUT", at(path), data=number, If_None_Match="*")
            for number, line in enumerate(lines)
        ]
        answers = [answer.status for answer in at_once(*calls)]
        assert sorted(answers) == [204] + [412] * 7
        found = lines[0]("GET", at(path))
        assert found.json() == answers.index(204)
        assert lines[0]("DELETE", at(path), If_Match=found.headers["etag"]).status == 204


@resources
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_of_eight_that_replace_the_same_one_wins(lines: list[Line], path: str, method: str) -> None:
    first = lines[0]
    for start in range(ROUNDS):
        there = first("GET", at(path))
        same = (
            {"If_Match": there.headers["etag"]} if there.status == 200 else {"If_None_Match": "*"}
        )
        assert first("PUT", at(path), data=1000 + start, **same).status == 204
        etag = first("GET", at(path)).headers["etag"]
        calls = [
            partial(line, method, at(path), data=number if method == "PUT" else None, If_Match=etag)
            for number, line in enumerate(lines)
        ]
        answers = [answer.status for answer in at_once(*calls)]
        assert sorted(answers) == [204] + [412] * 7
        after = first("GET", at(path))
        assert after.status == 404 if method == "DELETE" else after.json() == answers.index(204)


@resources
def test_merges_lose_nothing(lines: list[Line], path: str) -> None:
    def post(line: Line, number: int) -> None:
        for step in range(4):
            assert line("POST", at(path), data={f"{number}.{step}": number}).status == 204

    at_once(*(partial(post, line, number) for number, line in enumerate(lines)))
    found = lines[0]("GET", at(path)).json()
    assert found == {f"{number}.{step}": number for number in range(8) for step in range(4)}
