"""A load generator: so many keep-alive connections, each sending the next request at once.

Speaks just enough HTTP/1.1 for our own servers (Content-Length answers), so that it costs little
beside what it measures. Times are seconds.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Request = Callable[[], bytes]
"""Makes the bytes of the next request."""


@dataclass
class Load:
    """What was measured."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    bytes_read: int = 0

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """The time within which this share of the requests was answered."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request(
    method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(port: int, make: Request, *, connections: int, seconds: float = 0, times: int = 0) -> Load:
    """Send requests for so many seconds, or so many; RuntimeError where one is not answered 2xx."""
    load = asyncio.run(_run(port, make, connections, seconds, times))
    wrong = {status: count for status, count in load.statuses.items() if status >= 400}
    if wrong:
        raise RuntimeError(f"answers other than success: {wrong}")
    return load


async def _run(port: int, make: Request, connections: int, seconds: float, times: int) -> Load:
    load = Load()
    begun = time.perf_counter()
    until = begun + seconds if seconds else float("inf")
    left = [times if times else 1 << 60]

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        while left[0] > 0 and time.perf_counter() < until:
            left[0] -= 1
            data = make()
            sent = time.perf_counter()
            writer.write(data)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _length(head)
            if length:
                await reader.readexactly(length)
            load.times.append(time.perf_counter() - sent)
            status = int(head[9:12])
            load.statuses[status] = load.statuses.get(status, 0) + 1
            load.bytes_read += len(head) + length
            if b"\r\nconnection: close\r\n" in head.lower():
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    load.seconds = time.perf_counter() - begun
    return load


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
