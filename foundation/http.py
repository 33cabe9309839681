"""The guarded HTTP client: the only way in which this tool calls out, to an LMS or another LRS.

It connects to the address that was checked, so that a second DNS answer changes nothing; follows
no redirect; and bounds time and size, of what is decompressed too. http_target.py says whom it may
call. Nothing here logs: headers and bodies carry tokens.
"""

import http.client
import json
import queue
import select
import socket
import ssl
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from requests.adapters import DEFAULT_CA_BUNDLE_PATH
from requests.structures import CaseInsensitiveDict

from foundation.http_target import HttpRefused, Target, check_address, target_of

__all__ = ["HttpClient", "HttpFailed", "HttpRefused", "HttpResponse"]

Resolver = Callable[[str, int], list[str]]

_IDLE_SECONDS = 15.0
_IDLE_PER_ADDRESS = 4
_CHUNK = 65_536


class HttpFailed(Exception):
    """The call was allowed and did not succeed; another try may. `code` is searchable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A whole answer, of any status; header names are case-insensitive."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    url: str

    def json(self) -> Any:
        """The body as JSON, whatever the media type says. Raises HttpFailed (http.json)."""
        try:
            return json.loads(self.body.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise HttpFailed("http.json", "the answer is not JSON") from error


@dataclass(slots=True)
class _Connection:
    line: http.client.HTTPConnection
    sock: socket.socket
    reused: bool = False
    idle_since: float = 0.0

    def close(self) -> None:
        self.line.close()


@dataclass(slots=True)
class _Deadline:
    """Shuts the socket down when the whole call took too long, whatever it is waiting for."""

    at: float
    sock: socket.socket | None = None
    over: bool = False
    timer: threading.Timer = field(init=False)

    def __post_init__(self) -> None:
        self.timer = threading.Timer(max(self.at - time.monotonic(), 0), self._end)
        self.timer.daemon = True
        self.timer.start()

    def remaining(self) -> float:
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _end(self) -> None:
        self.over = True
        if self.sock is not None:
            try:
                # The base class's shutdown: SSLSocket's own would drop the TLS layer mid-read.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                return


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name as the system knows them. Raises OSError and UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@lru_cache(maxsize=8)
def _trusting(ca_bundle: str) -> ssl.SSLContext:
    """Shared by the process: reading the authorities takes longer than many a call."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    if ca_bundle:
        context.load_verify_locations(ca_bundle)
    return context


class HttpClient:
    """Calls LMSs; one per process, safe between threads.

    Times are seconds: to connect (TLS included), between two bytes, and for a whole call.
    `ca_bundle` is a file of authorities trusted beside the usual ones.
    """

    def __init__(
        self,
        *,
        ca_bundle: str = "",
        user_agent: str = "Twofold/0.1",
        connect_seconds: float = 5,
        read_seconds: float = 10,
        total_seconds: float = 20,
        resolve: Resolver = resolved,
    ) -> None:
        self._tls = _trusting(ca_bundle)
        self._user_agent = user_agent
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._total_seconds = total_seconds
        self._resolve = resolve
        self._idle: dict[tuple[str, str, int, str], list[_Connection]] = defaultdict(list)
        self._lock = threading.Lock()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        private_hosts: Collection[str] = (),
        max_bytes: int = 1_000_000,
    ) -> HttpResponse:
        """One call, redirects not followed; the answer may have any status.

        `private_hosts` are the "host:port" that this registration may have on a private network
        or without TLS. Raises HttpRefused (the guard) or HttpFailed (the network, the limits).
        """
        target = target_of(url, private_hosts)
        sent = {
            "Host": target.authority,
            "User-Agent": self._user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            **(headers or {}),
        }
        deadline = _Deadline(time.monotonic() + self._total_seconds)
        try:
            return self._exchange(method, url, target, sent, body, max_bytes, deadline)
        except ssl.SSLCertVerificationError as error:
            raise HttpFailed("http.tls", f"{target.host}: {error.verify_message}") from error
        except (HttpRefused, HttpFailed):
            raise
        except (OSError, http.client.HTTPException, zlib.error) as error:
            raise _failure(target, error, late=deadline.over) from error
        finally:
            deadline.timer.cancel()

    def _exchange(
        self,
        method: str,
        url: str,
        target: Target,
        headers: Mapping[str, str],
        body: bytes | None,
        max_bytes: int,
        deadline: _Deadline,
    ) -> HttpResponse:
        addresses = self._addresses(target, deadline)
        while True:
            key, connection = self._connection(target, addresses, deadline)
            deadline.sock = connection.sock
            try:
                connection.sock.settimeout(self._read_seconds)
                _send(connection.line, method, target.path, headers, body)
                answer = connection.line.getresponse()
                content = _body(answer, target, max_bytes, deadline)
            except (http.client.RemoteDisconnected, ConnectionError):
                connection.close()
                if connection.reused and method in ("GET", "HEAD"):
                    continue
                raise
            except BaseException:
                connection.close()
                raise
            deadline.sock = None
            self._keep(key, connection, answer)
            found: CaseInsensitiveDict[str] = CaseInsensitiveDict()
            for name, value in answer.getheaders():
                found[name] = f"{found[name]}, {value}" if name in found else value
            return HttpResponse(answer.status, answer.reason, found, content, url)

    def _addresses(self, target: Target, deadline: _Deadline) -> list[str]:
        """The checked addresses of a host: all of them must be allowed."""
        answers: queue.SimpleQueue[list[str] | BaseException] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolve(target.host, target.port))
            except (OSError, UnicodeError) as error:
                answers.put(error)

        # getaddrinfo has no timeout of its own.
        threading.Thread(target=ask, daemon=True).start()
        try:
            found = answers.get(timeout=min(self._connect_seconds, deadline.remaining()))
        except queue.Empty as error:
            raise HttpFailed("http.dns", f"the name {target.host} was not resolved in time") from (
                error
            )
        if isinstance(found, BaseException) or not found:
            raise HttpFailed("http.dns", f"the name {target.host} is not known")
        for address in found:
            check_address(target, address)
        return found

    def _connection(
        self, target: Target, addresses: list[str], deadline: _Deadline
    ) -> tuple[tuple[str, str, int, str], _Connection]:
        failure: OSError | None = None
        for address in addresses:
            key = (target.scheme, target.host, target.port, address)
            idle = self._take(key)
            if idle is not None:
                return key, idle
        for address in addresses:
            try:
                connection = self._connect(target, address, deadline)
            except ssl.SSLError:
                raise
            except OSError as error:
                failure = error
                continue
            return (target.scheme, target.host, target.port, address), connection
        assert failure is not None  # noqa: S101 - there is at least one address
        raise failure

    def _connect(self, target: Target, address: str, deadline: _Deadline) -> _Connection:
        timeout = min(self._connect_seconds, deadline.remaining())
        sock = socket.create_connection((address, target.port), timeout=timeout)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if target.scheme == "https":
                secure = self._tls.wrap_socket(
                    sock, server_hostname=target.host, do_handshake_on_connect=False
                )
                deadline.sock = sock = secure
                deadline.remaining()
                secure.do_handshake()
        except BaseException:
            sock.close()
            raise
        line = http.client.HTTPConnection(target.host, target.port)
        line.auto_open = 0
        line.sock = sock
        return _Connection(line, sock)

    def _take(self, key: tuple[str, str, int, str]) -> _Connection | None:
        while True:
            with self._lock:
                waiting = self._idle.get(key)
                if not waiting:
                    self._idle.pop(key, None)
                    return None
                connection = waiting.pop()
            fresh = time.monotonic() - connection.idle_since < _IDLE_SECONDS
            # A readable idle socket has been closed, or speaks out of turn.
            if fresh and not select.select([connection.sock], [], [], 0)[0]:
                connection.reused = True
                return connection
            connection.close()

    def _keep(
        self,
        key: tuple[str, str, int, str],
        connection: _Connection,
        answer: http.client.HTTPResponse,
    ) -> None:
        if answer.will_close or not answer.isclosed():
            connection.close()
            return
        connection.idle_since = time.monotonic()
        with self._lock:
            if len(self._idle[key]) < _IDLE_PER_ADDRESS:
                self._idle[key].append(connection)
                return
        connection.close()


def _send(
    line: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None,
) -> None:
    try:
        line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            line.putheader(name, value)
        if body is not None:
            line.putheader("Content-Length", str(len(body)))
    except (ValueError, http.client.InvalidURL) as error:
        raise HttpRefused("http.header", "a header or the path cannot be sent") from error
    line.endheaders(body)


def _body(
    answer: http.client.HTTPResponse, target: Target, max_bytes: int, deadline: _Deadline
) -> bytes:
    encoding = (answer.getheader("Content-Encoding") or "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise HttpFailed("http.encoding", f"{target.host} answered in an unknown encoding")
    unzip = None if encoding == "identity" else zlib.decompressobj(wbits=31)
    content = bytearray()
    received = 0
    while chunk := answer.read(_CHUNK):
        deadline.remaining()
        received += len(chunk)
        content += chunk if unzip is None else unzip.decompress(chunk, max_bytes + 1 - len(content))
        if received > max_bytes or len(content) > max_bytes:
            raise HttpFailed("http.too-large", f"{target.host} answered over {max_bytes} bytes")
    if deadline.over:
        raise TimeoutError
    if answer.length or (unzip is not None and received and not unzip.eof):
        raise HttpFailed("http.truncated", f"{target.host} did not send its whole answer")
    return bytes(content)


def _failure(target: Target, error: Exception, *, late: bool) -> HttpFailed:
    if late or isinstance(error, TimeoutError):
        return HttpFailed("http.timeout", f"{target.host} took too long")
    if isinstance(error, ssl.SSLError):
        return HttpFailed("http.tls", f"{target.host}: no secure connection ({error.reason})")
    if isinstance(error, OSError):
        words = error.strerror or type(error).__name__
        return HttpFailed("http.connect", f"{target.host}: {words}")
    return HttpFailed("http.protocol", f"{target.host} does not answer as a web server does")
