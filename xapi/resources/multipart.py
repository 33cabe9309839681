"""multipart/mixed, read strictly and byte for byte, and written (RFC 2046, 5.1).

Statements with attached bytes: xAPI 1.0.3 Communication 1.5.2, IEEE 9274.1.1 4.1.3. Our own, as
werkzeug's reader is for forms and Python's for mail: both change bytes. A line counts as a
delimiter only where it is one from end to end, so bytes that merely look like one are kept.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import uuid4

from werkzeug.http import parse_options_header

from xapi.resources.faults import Refused

MAX_PARTS = 1_000
_LINE = b"\r\n"
_MAX_HEAD = 8_192
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]", re.ASCII)
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its headers, with names in lower case, and its bytes."""

    headers: Mapping[str, str]
    data: bytes


def boundary_of(content_type: str) -> str:
    """The boundary that a Content-Type names. Raises Refused."""
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise _refused("boundary", "Content-Type must name a boundary of at most 70 characters")
    return boundary


def read(data: bytes, boundary: str) -> list[Part]:
    """The parts of a body, at least one. Raises Refused (400)."""
    mark = rb"\r\n--" + re.escape(boundary.encode())
    delimiter = re.compile(mark + rb"(--)?[ \t]*(?=\r\n|\Z)")
    data = b"\r\n" + data
    found: list[Part] = []
    start: int | None = None
    for match in delimiter.finditer(data):
        if start is None:
            if data[: match.start()].strip():
                raise _refused("preamble", "there is text before the first boundary")
        else:
            found.append(_part(data[start : match.start()], len(found)))
        if match[1]:
            if start is None:
                break
            return found
        if len(found) >= MAX_PARTS:
            raise _refused("parts", f"there are more than {MAX_PARTS} parts")
        start = match.end()
    if start is None:
        raise _refused("boundary", "the body has no boundary like the one that Content-Type names")
    raise _refused("end", "the body ends without its last boundary, the one that ends in --")


Outgoing = tuple[Mapping[str, str], bytes]
"""The headers and the bytes of a part that is sent."""


class Written:
    """A body of these parts, made while it is sent; of how many bytes, nobody knows before."""

    def __init__(self, parts: Iterable[Outgoing]) -> None:
        self._parts = parts
        self._boundary = uuid4().hex

    @property
    def content_type(self) -> str:
        """The body's media type."""
        return f"multipart/mixed; boundary={self._boundary}"

    def __iter__(self) -> Iterator[bytes]:
        line = b""
        for headers, data in self._parts:
            lines = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
            yield line + f"--{self._boundary}\r\n{lines}\r\n".encode()
            yield data
            line = _LINE
        yield f"\r\n--{self._boundary}--\r\n".encode()


def _part(data: bytes, number: int) -> Part:
    """What stands between two delimiters: an end of line, header lines, an empty line, bytes."""
    end = data.find(b"\r\n\r\n", 0, _MAX_HEAD)
    if end < 0:
        raise _refused("headers", f"part {number} has no empty line after its headers", number)
    headers: dict[str, str] = {}
    for line in data[2:end].split(b"\r\n") if end > 0 else []:
        match = _HEADER.fullmatch(line.decode("latin-1"))
        if match is None or match[1].lower() in headers:
            raise _refused("headers", f"part {number} has a malformed or repeated header", number)
        headers[match[1].lower()] = match[2].strip(" \t")
    return Part(headers, data[end + 4 :])


def _refused(code: str, message: str, number: int | None = None) -> Refused:
    path = "$" if number is None else f"part {number}"
    return Refused(400, f"multipart.{code}", message, path)
