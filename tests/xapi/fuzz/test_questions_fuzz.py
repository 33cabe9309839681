"""Whatever is asked of a store that holds something, in whatever headers: never a 5xx.

And whoever is answered can go on: `more` leads to a page, HEAD says what GET says.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import given
from hypothesis import strategies as st

from tests.xapi import multipart
from tests.xapi.conftest import Client
from tests.xapi.fuzz.conftest import explained, tried
from tests.xapi.samples import pointing_at, statement, voiding

AGENT = {"account": {"homePage": "https://lms.example", "name": "42"}}
TEAM = {"objectType": "Group", "mbox": "mailto:team@example.org", "member": [AGENT]}
FILE = b"attached"
ONE = statement(attachments=[multipart.attached(FILE)], timestamp="2026-11-23T10:00:00Z")
GONE = statement(actor=TEAM, object={"objectType": "Agent", "mbox": "mailto:a@example.org"})
ALL = [ONE, GONE, voiding(GONE["id"]), pointing_at(ONE["id"]), *(statement() for _ in range(6))]

moments = st.one_of(
    st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    st.sampled_from(["2026-11-23", "2026-11-23T10:00:00+14:00", "0001-01-01T00:00:00+23:59",
                     "9999-12-31T23:59:59.999999999-23:59", "24:00", "2026-02-30T00:00:00Z"]),
)  # fmt: skip
iris = st.sampled_from([ONE["verb"]["id"], ONE["object"]["id"], "https://e.org/\u202e", "x", "é:"])
ids = st.sampled_from([ONE["id"], GONE["id"], ALL[2]["id"], ONE["id"].upper(), "0" * 36, "x"])
agents = st.sampled_from(
    [json.dumps(each) for each in (AGENT, TEAM, {"mbox": "x"}, [AGENT], {}, None, {"a": "\x00"})]
)
truths = st.sampled_from(["true", "false", "1", "TRUE"])
whole = st.integers(-(10**20), 10**20).map(str) | st.integers(0, 3).map(str)
kinds = {
    "statementId": ids, "voidedStatementId": ids, "registration": ids, "agent": agents,
    "verb": iris, "activity": iris, "activityId": iris, "since": moments, "until": moments,
    "limit": whole, "cursor": whole | st.text(max_size=9), "ascending": truths, "voided": truths,
    "related_agents": truths, "related_activities": truths, "attachments": truths,
    "format": st.sampled_from(["ids", "exact", "canonical", "csv", "jsonl", "parquet", "x"]),
    "stateId": st.text(max_size=9), "profileId": st.text(max_size=9),
}  # fmt: skip
asked: dict[str, list[str]] = {
    "/statements": ["agent", "verb", "activity", "registration", "since", "until", "limit",
                    "ascending", "related_agents", "related_activities", "attachments", "format",
                    "cursor"],
    "/export": ["format", "since", "until", "voided"],
    "/agents": ["agent"],
    "/activities": ["activityId"],
    "/activities/state": ["activityId", "agent", "registration", "stateId", "since"],
    "/activities/profile": ["activityId", "profileId", "since"],
    "/agents/profile": ["agent", "profileId", "since"],
}  # fmt: skip
written = st.text(
    st.characters(min_codepoint=9, max_codepoint=255, exclude_characters="\n\r\x0b\x0c")
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "Accept-Language": st.sampled_from(["de, *;q=0.1", "en;q=2", "x" * 999, ";q=", "*;q=-1"])
        | written,
        "If-None-Match": st.sampled_from(["*", '"x"', 'W/"x", "y"', '"']) | written,
        "If-Match": st.sampled_from(["*", '"x"', "x"]) | written,
        "If-Modified-Since": written,
        "Range": st.sampled_from(["bytes=0-1", "bytes=9-", "x"]) | written,
        "Accept": st.sampled_from(["multipart/mixed", "text/html", "*/*;q=x"]) | written,
        "Accept-Encoding": written,
        "Origin": st.sampled_from(["null", "https://app.example"]) | written,
        "X-Experience-API-Version": st.sampled_from(["1.0", "2.0.99", "1.0.3, 2.0.0"]) | written,
        "Authorization": st.sampled_from(["Basic", "Basic Og==", "Basic /w==", "Bearer x"])
        | written,
    },
)


@st.composite
def questions(draw: Any) -> tuple[str, str]:
    """A resource and a query: mostly its own parameters, mostly of the right kind."""
    path = draw(st.sampled_from([*asked, *["/statements"] * 4]))
    names = draw(st.lists(st.sampled_from(asked[path]), max_size=5, unique=True))
    if not draw(st.integers(0, 3)):
        names.append(draw(st.sampled_from(sorted(kinds))))
    pairs = [(name, draw(kinds[name])) for name in names]
    if not draw(st.integers(0, 9)):
        pairs.append((draw(st.text(max_size=5)), draw(st.text(max_size=9))))
    return path, urlencode(pairs, quote_via=quote, errors="surrogatepass")


def test_whatever_is_asked_is_answered(clients: Callable[[str], Client]) -> None:
    data = multipart.body(ALL, multipart.part(FILE))
    stored = clients("1.0.3")("POST", data=data, content_type=multipart.KIND)
    assert stored.status_code == 200, stored.data

    @tried(100)
    @given(
        question=questions(),
        given=headers | st.just({}),
        version=st.sampled_from(["1.0.3", "2.0.0"]),
    )
    def run(question: tuple[str, str], given: dict[str, str], version: str) -> None:
        path, query = question
        client = clients(version)
        answer = client("GET", f"{path}?{query}", headers=given)
        error = explained(answer)
        head = client("HEAD", f"{path}?{query}", headers=given)
        assert (head.status_code, head.data) == (answer.status_code, b"")
        assert head.headers.get("ETag") == answer.headers.get("ETag")
        if error is None and path == "/statements" and answer.is_json:
            found = answer.get_json()
            if found.get("more"):
                more = client("GET", found["more"].removeprefix("/xapi"))
                assert explained(more) is None

    run()
