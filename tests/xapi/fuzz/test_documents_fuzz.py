"""Documents through any sequence of requests: a model says what must be there, and what not."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.xapi.conftest import Client
from tests.xapi.fuzz.conftest import explained, tried

JSON = "application/json"
names = st.sampled_from(["a", "b"])
bodies = st.sampled_from(
    [(JSON, b'{"x":1}'), (JSON, b'{"y":[1.0,null],"x":{"z":2}}'), (JSON, b"[1]"), (JSON, b"{"),
     (JSON, b'{"x":1,"x":2}'), ("text/plain", b"caf\xc3\xa9"), ("", b""), ("a/b", b"\x00\xff")]
)  # fmt: skip
conditions = st.sampled_from(["none", "right", "old", "exists", "new"])


class Documents(RuleBasedStateMachine):
    """One agent's state documents, and what they should be."""

    clients: Callable[[str], Client]

    @initialize(version=st.sampled_from(["1.0.3", "2.0.0"]))
    def begin(self, version: str) -> None:
        self.version = version
        self.client = self.clients(version)
        self.model: dict[str, tuple[str, bytes, str]] = {}
        self.place = {
            "activityId": f"https://example.org/{uuid4()}",
            "agent": json.dumps({"mbox": "mailto:a@example.org"}),
        }

    @rule(name=names, body=bodies, condition=conditions)
    def put(self, name: str, body: tuple[str, bytes], condition: str) -> None:
        status = self._condition(name, condition)
        if status is None and condition == "none" and name in self.model:
            status = 409 if self.version == "2.0.0" else None
        self._done("PUT", name, body, condition, status, body)

    @rule(name=names, body=bodies, condition=conditions)
    def post(self, name: str, body: tuple[str, bytes], condition: str) -> None:
        kind, data = body
        old = self.model.get(name)
        status, new = self._condition(name, condition), body
        added = _object(data) if kind == JSON else None
        if kind == JSON and added is None:
            status = 400
        elif status is None and old is not None:
            kept = _object(old[1]) if old[0] == JSON else None
            if kept is None or added is None:
                status = 400
            else:
                new = (JSON, json.dumps({**kept, **added}).encode())
        self._done("POST", name, body, condition, status, new)

    @rule(name=names, condition=conditions)
    def delete(self, name: str, condition: str) -> None:
        status = self._condition(name, condition)
        answer = self._ask("DELETE", name, condition)
        assert answer.status_code == (status or 204), answer.get_data(as_text=True)
        if status is None:
            self.model.pop(name, None)

    @rule()
    def delete_all(self) -> None:
        asked = f"/activities/state?{urlencode(self.place)}"
        assert self.client("DELETE", asked).status_code == 204
        self.model.clear()

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        listed = self.client("GET", f"/activities/state?{urlencode(self.place)}")
        assert sorted(listed.get_json()) == sorted(self.model)
        for name, (kind, data, etag) in self.model.items():
            answer = self._ask("GET", name, "none")
            assert answer.headers["ETag"] == etag
            assert answer.content_type == (kind or "application/octet-stream")
            if kind == JSON and (expected := _object(data)) is not None:
                assert json.loads(answer.data) == expected
            else:
                assert answer.data == data

    def _done(
        self, method: str, name: str, body: Any, condition: str, status: Any, new: Any
    ) -> None:
        kind, data = body
        more = {"data": data, **({"content_type": kind} if kind else {})}
        answer = self._ask(method, name, condition, **more)
        assert answer.status_code == (status or 204), answer.get_data(as_text=True)
        if status is None:
            etag = self._ask("GET", name, "none").headers["ETag"]
            self.model[name] = (*new, etag)

    def _condition(self, name: str, condition: str) -> int | None:
        """The status with which a precondition stops a request, if it does."""
        there = name in self.model
        stops = {"right": not there, "old": True, "exists": not there, "new": there}
        return 412 if stops.get(condition) else None

    def _ask(self, method: str, name: str, condition: str, **more: Any) -> Any:
        etag = self.model[name][2] if name in self.model else '"0000"'
        headers = {
            "none": {},
            "right": {"If-Match": etag},
            "old": {"If-Match": '"ffff"'},
            "exists": {"If-Match": "*"},
            "new": {"If-None-Match": "*"},
        }[condition]
        asked = f"/activities/state?{urlencode({**self.place, 'stateId': name})}"
        answer = self.client(method, asked, headers=headers, **more)
        explained(answer)
        return answer


def _object(data: bytes) -> Any:
    """The members of an object in JSON; None: it is none, or a key of it is there twice."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        found = json.loads(data, object_pairs_hook=members)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def test_any_sequence_of_requests(clients: Callable[[str], Client]) -> None:
    class Machine(Documents):
        pass

    Machine.clients = staticmethod(clients)
    run_state_machine_as_test(Machine, settings=settings(tried(20), stateful_step_count=25))
