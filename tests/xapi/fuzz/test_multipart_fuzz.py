"""Bodies of multipart/mixed, damaged in every way: stored with their bytes, or refused whole."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.xapi import multipart
from tests.xapi.conftest import Client
from tests.xapi.fuzz.conftest import explained, tried
from tests.xapi.samples import statement

Clients = Callable[[str], Client]
versions = st.sampled_from(["1.0.3", "2.0.0"])
boundaries = st.sampled_from(["xyz", "a", "--", "-", "a b", "=_(x)", "0" * 70])
bits = st.sampled_from(
    [b"", b"\r\n", b"\n", b"--", b"--xyz", b"\r\n--xyz", b"\r\n--xyz--", b"\r\n--xyz\r\n\r\n",
     b"\x00", b"\xff\xfe", b"--xyz--\r\n", b" ", b"x" * 3000]
)  # fmt: skip
contents = st.lists(bits | st.binary(max_size=20), max_size=4).map(b"".join)
names = st.sampled_from(
    ["Content-Type", "content-type", "Content-Transfer-Encoding", "X-Experience-API-Hash",
     "Content-Disposition", "Content-Length", "X", " X", "X Y", "\xe4", ""]
)  # fmt: skip
texts = st.sampled_from(
    ["application/json", "application/octet-stream", "binary", "BINARY", "base64", "0" * 64, "g",
     "text/plain; charset=x", "", "multipart/mixed; boundary=xyz", "x" * 9000, "\xe4", "a\tb"]
)  # fmt: skip


def sent(statements: Any, parts: list[tuple[dict[str, str], bytes]], boundary: str) -> bytes:
    lines = b""
    for headers, data in [({"Content-Type": "application/json"}, statements), *parts]:
        head = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
        lines += f"--{boundary}\r\n{head}\r\n".encode("latin-1") + data + b"\r\n"
    return lines + f"--{boundary}--\r\n".encode()


def test_bytes_come_back_or_nothing_is_stored(clients: Clients) -> None:
    """The parts that belong to a statement, with some left out, added, changed or in disorder."""

    @tried(80)
    @given(st.data(), versions, boundaries)
    def run(data: Any, version: str, boundary: str) -> None:
        client = clients(version)
        wanted = data.draw(st.lists(contents, max_size=3, unique=True))
        algorithm = data.draw(st.sampled_from(["sha224", "sha256", "sha384", "sha512"]))
        one = statement(attachments=[multipart.attached(each, algorithm) for each in wanted])
        parts = data.draw(st.permutations([multipart.part(each, algorithm) for each in wanted]))
        fault = data.draw(st.sampled_from(["none", "missing", "more", "bytes", "header"]))
        match fault:
            case "missing":
                parts = parts[1:]
            case "more":
                parts = [*parts, multipart.part(b"not named by anything")]
            case "bytes" if parts:
                parts = [(parts[0][0], parts[0][1] + b"!"), *parts[1:]]
            case "header" if parts:
                headers = {**parts[0][0], data.draw(names): data.draw(texts)}
                parts = [(headers, parts[0][1]), *parts[1:]]
        body = sent(json.dumps(one).encode(), list(parts), boundary)
        kind = f'multipart/mixed; boundary="{boundary}"'
        answer = client("POST", data=body, content_type=kind)
        error = explained(answer)
        # Bytes that hold the delimiter as a whole line are cut there, by RFC 2046: refused too.
        asked = f"/statements?statementId={one['id']}&attachments=true"
        found = client("GET", asked)
        if error is not None:
            assert found.status_code == 404, error
            return
        assert fault in ("none", "header") or not wanted
        got = multipart.split(found.content_type, found.data)[1:]
        assert {content for _, content in got} == set(wanted)
        for headers, content in got:
            assert headers["X-Experience-API-Hash"] == hashlib.new(algorithm, content).hexdigest()

    run()


def test_any_body_under_any_header(clients: Clients) -> None:
    whole = multipart.body(
        statement(attachments=[multipart.attached(b"bytes")]), multipart.part(b"bytes")
    )
    kinds = st.sampled_from(
        [multipart.KIND, "multipart/mixed", "multipart/mixed; boundary=",
         "multipart/mixed;boundary", 'multipart/mixed; boundary="xyz', "", "multipart/form-data",
         "multipart/mixed; boundary=xyz; boundary=abc", "multipart/mixed; boundary*=UTF-8''xyz",
         "application/json", "multipart/mixed; boundary=" + "x" * 71, "a/b\xe4", ";", "/"]
    )  # fmt: skip

    @tried(100)
    @given(
        kind=kinds,
        at=st.integers(0, len(whole)),
        cut=st.sampled_from([0, 1, 2, 5, 40, 1000]),
        put=contents,
        version=versions,
    )
    def run(kind: str, at: int, cut: int, put: bytes, version: str) -> None:
        data = whole[:at] + put + whole[at + cut :]
        explained(clients(version)("POST", data=data, headers={"Content-Type": kind}))

    run()


def test_more_parts_and_larger_bodies_than_are_allowed(clients: Clients) -> None:
    many = sent(json.dumps(statement()).encode(), [({}, b"")] * 2000, "xyz")
    large = sent(json.dumps(statement()).encode(), [multipart.part(b"x" * 200_000)], "xyz")
    for body, status, code in ((many, 400, "multipart.parts"), (large, 413, "body.size")):
        answer = clients("2.0.0")("POST", data=body, content_type=multipart.KIND)
        error = explained(answer)
        assert error is not None
        assert (answer.status_code, error["code"]) == (status, code)
