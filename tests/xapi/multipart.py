"""Bodies of multipart/mixed for tests: written by hand, and read by Python's own mail parser."""

import hashlib
import json
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

BOUNDARY = "xyz"
KIND = f"multipart/mixed; boundary={BOUNDARY}"
JSON = {"Content-Type": "application/json"}

Part = tuple[dict[str, str], bytes]


def attached(data: bytes, algorithm: str = "sha256", **changes: Any) -> dict[str, Any]:
    """What a statement says of an attachment with these bytes; None removes a member."""
    said = {
        "usageType": "https://example.org/usage",
        "display": {"en": "File"},
        "contentType": "application/octet-stream",
        "length": len(data),
        "sha2": hashlib.new(algorithm, data).hexdigest(),
        **changes,
    }
    return {key: value for key, value in said.items() if value is not None}


def part(data: bytes, algorithm: str = "sha256", **changes: str | None) -> Part:
    """A part with attached bytes; `changes` replace headers (_ stands for -), None removes one."""
    headers: dict[str, str | None] = {
        "Content-Type": "application/octet-stream",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": hashlib.new(algorithm, data).hexdigest(),
        **{name.replace("_", "-"): text for name, text in changes.items()},
    }
    return {name: text for name, text in headers.items() if text is not None}, data


def body(statements: Any, *parts: Part) -> bytes:
    """A whole body, the statements first."""
    return raw((JSON, json.dumps(statements).encode()), *parts)


def raw(*parts: Part) -> bytes:
    """A body of any parts."""
    lines = b""
    for headers, data in parts:
        head = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
        lines += f"--{BOUNDARY}\r\n{head}\r\n".encode() + data + b"\r\n"
    return lines + f"--{BOUNDARY}--\r\n".encode()


def split(content_type: str, data: bytes) -> list[Part]:
    """The parts of an answer, cut at the boundary that its header names."""
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode())
    boundary = f"--{message.get_boundary()}".encode()
    pieces = (b"\r\n" + data).split(b"\r\n" + boundary)
    assert pieces[0] == b""
    assert pieces[-1] == b"--\r\n"
    found = []
    for piece in pieces[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        lines = (line.split(": ", 1) for line in head.decode().split("\r\n"))
        found.append((dict(lines), content))
    return found
