"""Requests hidden in a form: what they say is done or refused, never a 5xx."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import given
from hypothesis import strategies as st

from tests.xapi.conftest import Client
from tests.xapi.fuzz.conftest import explained, tried
from tests.xapi.samples import statement

FORM = "application/x-www-form-urlencoded"
PLACE = {
    "activityId": "https://e.org/a", "agent": '{"mbox":"mailto:ada@example.org"}', "stateId": "s"
}  # fmt: skip
contents = st.one_of(
    st.builds(lambda: json.dumps(statement())),
    st.sampled_from(["", "{}", "[]", "{", "\x00", "\ud800", '{"id":1}', "x" * 3000]),
    st.text(max_size=20),
)
fields = st.dictionaries(
    st.sampled_from(
        ["content", "statementId", "limit", "since", "format", "If-Match", "If-None-Match",
         "if-match", "Content-Type", "content-type", "Content-Length", "Accept-Language",
         "X-Experience-API-Version", "method", "registration", "x", ""]
    ),
    contents | st.sampled_from(["*", '"x"', "2", "1.0.1", "text/plain", "multipart/mixed", "PUT"]),
    max_size=5,
)  # fmt: skip
spoilt = st.sampled_from([b"", b"&", b"=", b"&&a=%", b"&content=%ff", b"\xff", b";", b"&content=x"])


def test_whatever_hides_in_a_form(clients: Callable[[str], Client]) -> None:
    client = clients("1.0.3")

    @tried(80)
    @given(
        method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "put", "", "POST&x=1"]),
        path=st.sampled_from(["/statements", "/activities/state", "/agents/profile", "/export"]),
        placed=st.booleans(),
        named=fields,
        content=st.none() | contents,
        tail=spoilt,
        kind=st.sampled_from([FORM] * 4 + [f"{FORM}; charset=utf-16", "text/plain"]),
    )
    def run(
        method: str, path: str, placed: bool, named: dict[str, str], content: str | None,
        tail: bytes, kind: str,
    ) -> None:  # fmt: skip
        form: dict[str, Any] = {**(PLACE if placed else {}), **named}
        if content is not None:
            form["content"] = content
        data = urlencode(form, quote_via=quote, errors="surrogatepass").encode() + tail
        answer = client("POST", f"{path}?method={method}", data=data, content_type=kind)
        explained(answer)

    run()
