"""Whatever is sent as statements: stored whole and readable, or refused whole with the reason."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from tests.xapi.conftest import Client
from tests.xapi.fuzz.conftest import explained, tried
from tests.xapi.samples import statement
from tests.xapi.statements.test_prepare_fuzz import FULL, statements

Clients = Callable[[str], Client]
versions = st.sampled_from(["1.0.3", "2.0.0"])
spellings = st.sampled_from(
    [b"\x00", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"NaN", b"-0", b"1e999", b"[" * 300, b'"',
     b"\\", b"{", b"}", b",", b":", b"\xef\xbb\xbf", b"1" * 5000, b"1" * 400,
     b'"id":1,', b"\r\n", b"/**/", b""]
)  # fmt: skip


def readable(client: Client, identifier: str) -> None:
    for more in ("", "&format=ids", "&format=canonical", "&attachments=true"):
        asked = f"/statements?statementId={identifier}{more}"
        answer = client("GET", asked, headers={"Accept-Language": "de, *;q=0.1"})
        assert answer.status_code in (200, 404), (asked, answer.get_data(as_text=True))
        explained(answer)


def test_a_statement_that_was_changed_somewhere(clients: Clients) -> None:
    @tried(80)
    @given(sent=statements(), version=versions)
    def run(sent: Any, version: str) -> None:
        client = clients(version)
        answer = client("POST", data=json.dumps(sent), content_type="application/json")
        error = explained(answer)
        if error is None:
            for identifier in answer.get_json():
                readable(client, identifier)
        else:
            assert answer.status_code in (400, 409), error
            assert error["path"].startswith("$"), error

    run()


def test_a_changed_one_among_good_ones(clients: Clients) -> None:
    @tried(40)
    @given(changed=statements(), version=versions, place=st.integers(0, 2))
    def run(changed: Any, version: str, place: int) -> None:
        client = clients(version)
        batch = [statement(), statement()]
        batch.insert(place, changed)
        answer = client("POST", data=json.dumps(batch), content_type="application/json")
        error = explained(answer)
        for one in (one for one in batch if one is not changed):
            found = client("GET", f"/statements?statementId={one['id']}")
            assert found.status_code == (404 if error else 200)
        if error is not None and answer.status_code == 400 and error["code"][:5] != "json.":
            assert error["path"].startswith(f"$[{place}]"), error

    run()


def test_a_text_that_was_damaged(clients: Clients) -> None:
    text = json.dumps({**FULL, "attachments": []}).encode()

    @tried(80)
    @given(at=st.integers(0, len(text)), cut=st.integers(0, 5), put=spellings, version=versions)
    def run(at: int, cut: int, put: bytes, version: str) -> None:
        client = clients(version)
        for method, path in (
            ("POST", "/statements"),
            ("PUT", f"/statements?statementId={uuid4()}"),
        ):
            data = text[:at] + put + text[at + cut :]
            answer = client(method, path, data=data, content_type="application/json")
            if explained(answer) is None and method == "POST":
                readable(client, answer.get_json()[0])

    run()
