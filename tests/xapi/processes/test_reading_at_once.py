"""Reading while several processes store: pages stay, the order holds, who polls misses nothing."""

import json
import threading
from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.xapi.at_once import at_once
from tests.xapi.processes.serving import Line
from tests.xapi.samples import statement

pytestmark = pytest.mark.xdist_group("processes")
THERE = 40


def walk(lines: list[Line], query: str, limit: int) -> list[str]:
    """The ids on all pages, each page from another process than the one before."""
    path, seen = f"/statements?limit={limit}{query}", []
    for line in cycle(lines):
        page = line("GET", path).json()
        seen += [one["id"] for one in page["statements"]]
        if not page["more"]:
            return seen
        path = page["more"].removeprefix("/xapi")
    raise AssertionError


@pytest.mark.parametrize("query", ["", "&verb=http://adlnet.gov/expapi/verbs/scored"])
def test_more_is_stable_while_others_store(lines: list[Line], query: str) -> None:
    there = lines[0]("POST", data=[statement() for _ in range(THERE)]).json()
    done = threading.Event()

    def store(line: Line) -> None:
        while not done.is_set():
            assert line("POST", data=statement()).status == 200

    def read() -> list[list[str]]:
        try:
            return [walk(lines[:2], query, limit) for limit in (7, 11)]
        finally:
            done.set()

    walks, *_ = at_once(read, *(partial(store, line) for line in lines[2:6]))
    for seen in walks:
        assert len(seen) == len(set(seen))
        assert seen[-THERE:] == there[::-1]


def test_ascending_meets_everything_once_in_the_order_of_stored(lines: list[Line]) -> None:
    def store(line: Line) -> list[str]:
        return [line("POST", data=statement()).json()[0] for _ in range(12)]

    sent = at_once(*(partial(store, line) for line in lines))
    seen = walk(lines, "&ascending=true", 8)
    assert sorted(seen) == sorted(one for several in sent for one in several)
    for several in sent:
        assert [one for one in seen if one in several] == several
    listed = lines[0]("GET", "/statements?limit=0&ascending=true").json()["statements"]
    stored = [one["stored"] for one in listed]
    assert stored == sorted(set(stored))


def polled(line: Line, since: str) -> list[dict[str, Any]]:
    """What a page of the statements says was stored after this, the oldest first."""
    query = urlencode({"since": since, "ascending": "true", "limit": 50})
    found: list[dict[str, Any]] = line("GET", f"/statements?{query}").json()["statements"]
    return found


def exported(line: Line, since: str) -> list[dict[str, Any]]:
    """What the stream of all statements says of it."""
    answer = line("GET", f"/export?{urlencode({'since': since})}")
    return [json.loads(text) for text in answer.data.splitlines()]


def test_who_polls_since_misses_nothing_that_commits_late(lines: list[Line]) -> None:
    """Large batches take their moments early and commit late; small ones overtake them."""
    writing = threading.Event()
    writing.set()

    def store(line: Line, sizes: list[int]) -> list[str]:
        return [
            one for size in sizes
            for one in line("POST", data=[statement() for _ in range(size)]).json()
        ]  # fmt: skip

    def store_all() -> list[str]:
        sizes = [[120, 200, 160], [1] * 30]
        calls = [partial(store, line, sizes[place // 2 % 2]) for place, line in enumerate(writers)]
        try:
            return [one for several in at_once(*calls) for one in several]
        finally:
            writing.clear()

    def follow(ask: Callable[[Line, str], list[dict[str, Any]]], own: list[Line]) -> list[str]:
        since, seen = "1970-01-01T00:00:00Z", []
        for line in cycle(own):
            last = not writing.is_set()
            found = ask(line, since)
            if found:
                since = found[-1]["stored"]
            seen += [one["id"] for one in found]
            if last and not found:
                return seen
        raise AssertionError

    writers, readers = lines[:4], lines[4:]
    stored, by_page, by_stream = at_once(
        store_all, partial(follow, polled, readers[:2]), partial(follow, exported, readers[2:])
    )
    assert len(by_page) == len(set(by_page))
    assert by_page == by_stream
    assert sorted(by_page) == sorted(stored)
