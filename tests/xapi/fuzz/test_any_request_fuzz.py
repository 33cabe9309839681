"""Whatever is sent to whichever resource: never an answer of 500 and above, always one in JSON."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from tests.xapi.conftest import Client
from tests.xapi.fuzz.conftest import explained, tried
from tests.xapi.multipart import BOUNDARY, KIND, attached, body, part
from tests.xapi.samples import statement, voiding

AGENT = '{"mbox":"mailto:ada@example.org"}'
ODD = st.sampled_from(
    ["", "\x00", "true", "-1", "{}", "[]", "null", "\ud800", "x" * 3000, "%", "é"]
)
KEYS = st.sampled_from(["actor", "object", "id", "verb", "a"])
NAMES = (
    "statementId", "voidedStatementId", "agent", "verb", "activity", "registration", "since",
    "until", "limit", "ascending", "format", "attachments", "cursor", "related_agents",
    "activityId", "stateId", "profileId", "method", "other",
)  # fmt: skip
GOOD = {
    "agent": AGENT, "activityId": "https://e.org/a", "stateId": "s", "profileId": "p",
    "since": "2026-11-23T10:00:00Z", "limit": "2", "format": "canonical", "attachments": "true",
    "method": "PUT",
}  # fmt: skip
VALUES = st.one_of(ODD, st.sampled_from(sorted(GOOD.values())), st.text(max_size=20))
PARAMETERS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)
CONTEXT = st.lists(st.sampled_from(sorted(GOOD)), max_size=5).map(
    lambda names: {name: GOOD[name] for name in names}
)
PATHS = st.sampled_from([
    "/statements", "/activities", "/agents", "/activities/state", "/activities/profile",
    "/agents/profile", "/export", "/about", "/openapi.json", "/other",
])  # fmt: skip
FILE = statement(attachments=[attached(b"x")])
BODIES = st.one_of(
    st.binary(max_size=40),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
    st.sampled_from([
        json.dumps(statement()).encode(), json.dumps(voiding(str(uuid4()))).encode(),
        body(FILE, part(b"x")), body(FILE), body([FILE, FILE], part(b"x")),
        b"content=%7B%7D&stateId=s", b"limit=1", f"--{BOUNDARY}--".encode(),
    ]),
)  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from(
        ["If-Match", "If-None-Match", "Accept-Language", "X-Experience-API-Version", "Origin"]
    ),
    st.sampled_from(["*", '"x"', 'W/"x"', "x", "", "1.0.3", "2.0.0", "de;q=0.5, *", '"']),
    max_size=3,
)
KINDS = st.sampled_from(
    ["application/json", "text/plain", KIND, "multipart/mixed", "application/x-www-form-urlencoded",
     "", "x", "application/json; charset=utf-16"]
)  # fmt: skip


@tried(60)
@given(
    method=st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"]),
    path=PATHS, context=CONTEXT, parameters=PARAMETERS, sent=BODIES, kind=KINDS, headers=HEADERS,
    version=st.sampled_from(["1.0.3", "2.0.0"]),
)  # fmt: skip
def test_no_input_breaks_it(
    clients: Callable[[str], Client],
    method: str,
    path: str,
    context: dict[str, str],
    parameters: dict[str, str],
    sent: bytes,
    kind: str,
    headers: dict[str, str],
    version: str,
) -> None:
    given = {**context, **parameters}
    query: Any = {name: text.encode("utf-8", "surrogatepass") for name, text in given.items()}
    answer = clients(version)(
        method, path, query_string=query, data=sent, content_type=kind, headers=headers
    )
    if method == "HEAD":
        assert answer.status_code < 500
    else:
        explained(answer)
