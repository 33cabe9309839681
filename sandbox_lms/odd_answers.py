"""How an answer goes wrong on its way: cut, slow, endless, or with a header that others write so.

Pure, but for the connection that one of them cuts. Serves no specification; the Link headers are
those of real LMSs (Moodle's has curly quotes and &amp;).
"""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from flask import Response, request

_DRIP_SECONDS = 0.05
_ENDLESS = 12_000_000
_BOMB = 60_000_000


def cut_connection(connection: Any) -> None:
    """Close it, so that the caller sees no answer, or no more of it."""
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)


def _reset(answer: Response) -> Response:
    """Half of the answer, and then nothing."""
    body, connection = answer.get_data(), request.environ.get("werkzeug.socket")

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        cut_connection(connection)

    answer.response = half()
    answer.headers["Content-Length"] = str(len(body) + 1)
    return answer


def slow(answer: Response, seconds: float) -> Response:
    """Byte after byte: something always comes, and it never ends in time."""

    def drip() -> Iterator[bytes]:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            yield b" "
            time.sleep(_DRIP_SECONDS)

    return Response(drip(), answer.status, content_type=answer.content_type)


def _huge(answer: Response) -> Response:
    def more() -> Iterator[bytes]:
        for _ in range(0, _ENDLESS, 500_000):
            yield b" " * 500_000

    return Response(more(), answer.status, content_type=answer.content_type)


def _bomb(answer: Response) -> Response:
    bomb = Response(_bomb_bytes(), answer.status, content_type=answer.content_type)
    bomb.headers["Content-Encoding"] = "gzip"
    return bomb


@cache
def _bomb_bytes() -> bytes:
    return gzip.compress(b" " * _BOMB, 6)


def _nowhere(answer: Response) -> Response:
    """Made, but where? Neither a Location nor an id."""
    answer.headers.pop("Location", None)
    answer.set_data("")
    return answer


def members(answer: Response, value: dict[str, Any]) -> Response:
    """Other members in the JSON object; null takes one away."""
    body = {**json.loads(answer.get_data()), **value}
    answer.set_data(json.dumps({name: each for name, each in body.items() if each is not None}))
    return answer


def _link(write: Callable[[str], str]) -> Callable[[Response], Response]:
    """The link to the next page written another way; the last page stays the last."""

    def written(answer: Response) -> Response:
        target, _, _ = answer.headers.get("Link", "").removeprefix("<").partition(">")
        if target:
            # On the wire a header is Latin-1: what is not, goes as its UTF-8 bytes.
            answer.headers["Link"] = write(target).encode().decode("latin-1")
        return answer

    return written


def _path(target: str) -> str:
    return "/" + target.split("/", 3)[3]


def _around(target: str) -> str:
    """From the first page to itself under another address, and back."""
    first = request.url.replace("?again=1", "").replace("&again=1", "")
    if "again" in request.args:
        return first
    return f"{first}{'&' if '?' in first else '?'}again=1" if target else ""


ODD: dict[str, Callable[[Response], Response]] = {
    "reset": _reset,
    "huge": _huge,
    "gzip-bomb": _bomb,
    "no-location": _nowhere,
    "link-curly": _link(lambda target: f"<{target.replace('&', '&amp;')}>; rel=“next”"),
    "link-relative": _link(lambda target: f"<{_path(target)}>;rel=next"),
    "link-several": _link(
        lambda target: (
            f'<{target.partition("?")[0]}>; rel="first", <{target}>; REL="last Next"; title="a, b"'
        )
    ),
    "link-foreign": _link(lambda target: f'<https://elsewhere.example{_path(target)}>; rel="next"'),
    "link-loop": _link(lambda target: f'<{_around(target)}>; rel="next"'),
}
