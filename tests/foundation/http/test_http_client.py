"""The client against servers that answer wrongly, slowly, enormously, or not at all."""

import datetime
import gzip
import ipaddress
import socket
import ssl
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from foundation.http import HttpClient, HttpFailed, HttpRefused
from tests.foundation.http.raw_server import ok, raw_server

CLIENT = HttpClient(connect_seconds=1, read_seconds=1, total_seconds=2)


def private(port: int, host: str = "127.0.0.1") -> list[str]:
    return [f"{host}:{port}"]


def code_of(url: str, port: int, client: HttpClient = CLIENT, max_bytes: int = 1_000_000) -> str:
    with pytest.raises(HttpFailed) as failed:
        client.request("GET", url, private_hosts=private(port), max_bytes=max_bytes)
    return failed.value.code


def test_a_call_sends_what_it_was_given_and_returns_the_whole_answer() -> None:
    answer = ok(b'{"a": 1}', b"Link: <one>; rel=x", b"link: <two>; rel=y")
    with raw_server(answer) as server:
        found = CLIENT.request(
            "POST",
            f"http://127.0.0.1:{server.port}/a?b=1",
            headers={"Content-Type": "text/x", "Authorization": "Bearer t"},
            body=b"hello",
            private_hosts=private(server.port),
        )
    assert (found.status, found.reason, found.json()) == (200, "OK", {"a": 1})
    assert found.headers["LINK"] == "<one>; rel=x, <two>; rel=y"
    request = server.requests[0]
    assert request.startswith(b"POST /a?b=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}\r\n".encode() in request
    assert b"User-Agent: Twofold/0.1\r\n" in request
    assert request.endswith(b"\r\n\r\nhello")


def test_connections_are_kept_and_a_closed_one_is_replaced_unseen() -> None:
    closing = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with raw_server(ok(), ok(), closing, ok()) as server:
        url = f"http://127.0.0.1:{server.port}/"
        for _ in range(4):
            assert CLIENT.request("GET", url, private_hosts=private(server.port)).status == 200
    assert (len(server.requests), server.connections) == (4, 2)


def test_redirects_are_answers_like_any_other() -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    with raw_server(answer) as server:
        found = CLIENT.request(
            "GET", f"http://127.0.0.1:{server.port}/", private_hosts=private(server.port)
        )
    assert found.status == 302
    assert len(server.requests) == 1


def test_a_name_that_changes_its_address_is_called_where_it_was_checked() -> None:
    """DNS rebinding: the resolver is asked once a call, and what it said is what is called."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    client = HttpClient(resolve=resolve, connect_seconds=1)
    with raw_server(ok()) as server:
        url = f"http://lms.campus.example:{server.port}/"
        hosts = private(server.port, "lms.campus.example")
        assert client.request("GET", url, private_hosts=hosts).status == 200
        assert asked == ["lms.campus.example"]
        with pytest.raises(HttpRefused) as refused:
            client.request("GET", url, private_hosts=hosts)
    assert refused.value.code == "http.address"
    assert len(server.requests) == 1


def test_one_private_answer_among_public_ones_refuses_the_host() -> None:
    client = HttpClient(resolve=lambda host, port: ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(HttpRefused) as refused:
        client.request("GET", "https://lms.example.org/")
    assert refused.value.code == "http.address"


def test_localhost_and_every_spelling_of_it_get_no_connection() -> None:
    with raw_server(ok()) as server:
        for host in ("localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433"):
            with pytest.raises(HttpRefused):
                CLIENT.request("GET", f"https://{host}:{server.port}/")
        assert server.connections == 0


def test_the_resolver_is_given_up_on() -> None:
    def resolve(host: str, port: int) -> list[str]:
        time.sleep(3)
        return []

    client = HttpClient(resolve=resolve, connect_seconds=0.1)
    assert code_of("https://lms.example.org/", 1, client) == "http.dns"


def test_an_unknown_name_is_a_failure_of_the_name() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert code_of("https://lms.example.org/", 1, HttpClient(resolve=resolve)) == "http.dns"


def test_nothing_listening_is_a_failure_to_connect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert code_of(f"http://127.0.0.1:{port}/", port) == "http.connect"


def test_a_server_that_says_nothing_is_given_up_on() -> None:
    with raw_server(silent=True) as server:
        started = time.monotonic()
        assert code_of(f"http://127.0.0.1:{server.port}/", server.port) == "http.timeout"
    assert time.monotonic() - started < 1.8


@pytest.mark.parametrize(
    "drip",
    [
        [part for _ in range(200) for part in (b"H", 0.1)],
        [b"HTTP/1.1 200 OK\r\n", *(p for i in range(90) for p in (b"X-%d: y\r\n" % i, 0.1))],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", *[b"x", 0.1] * 200],
        [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x", 0.1] * 200],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n", 0.1] * 200],
    ],
    ids=["status", "headers", "body", "endless", "chunks"],
)
def test_a_slow_loris_is_cut_off_at_the_deadline(drip: list[bytes | float]) -> None:
    with raw_server(drip) as server:
        started = time.monotonic()
        assert code_of(f"http://127.0.0.1:{server.port}/", server.port) == "http.timeout"
    assert time.monotonic() - started < 2.8


def test_a_large_answer_is_cut_off() -> None:
    endless = [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 100_000] * 100]
    with raw_server(endless) as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert code_of(url, server.port, max_bytes=200_000) == "http.too-large"


def test_a_gzip_bomb_is_cut_off_before_it_unfolds() -> None:
    bomb = gzip.compress(bytes(200_000_000), 9)
    assert len(bomb) < 300_000
    with raw_server(ok(bomb, b"Content-Encoding: gzip")) as server:
        started = time.monotonic()
        url = f"http://127.0.0.1:{server.port}/"
        assert code_of(url, server.port, max_bytes=1_000_000) == "http.too-large"
    assert time.monotonic() - started < 1


def test_gzip_is_unfolded() -> None:
    body = b"[" + b"1," * 100_000 + b"1]"
    with raw_server(ok(gzip.compress(body), b"Content-Encoding: gzip")) as server:
        found = CLIENT.request(
            "GET", f"http://127.0.0.1:{server.port}/", private_hosts=private(server.port)
        )
    assert found.body == body


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc", "http.timeout"),
        (ok(gzip.compress(b"abcdef", mtime=0)[:-9], b"Content-Encoding: gzip"), "http.truncated"),
        (ok(b"abc", b"Content-Encoding: gzip"), "http.protocol"),
        (ok(b"abc", b"Content-Encoding: br"), "http.encoding"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "http.protocol"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "http.protocol"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "http.protocol"),
    ],
)
def test_broken_answers_are_failures_with_a_code(answer: bytes, code: str) -> None:
    with raw_server(answer) as server:
        assert code_of(f"http://127.0.0.1:{server.port}/", server.port) == code


def test_html_where_json_was_expected_is_a_failure_with_a_code() -> None:
    with raw_server(ok(b"<html>"), ok(b"[" * 100_000), ok(b"\xff")) as server:
        for _ in range(3):
            found = CLIENT.request(
                "GET", f"http://127.0.0.1:{server.port}/", private_hosts=private(server.port)
            )
            with pytest.raises(HttpFailed) as failed:
                found.json()
            assert failed.value.code == "http.json"


def test_a_header_cannot_carry_a_second_one() -> None:
    with raw_server(ok()) as server, pytest.raises(HttpRefused) as refused:
        CLIENT.request(
            "GET",
            f"http://127.0.0.1:{server.port}/",
            headers={"Authorization": "Bearer t\r\nX-Evil: 1"},
            private_hosts=private(server.port),
        )
    assert refused.value.code == "http.header"


def certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for `name`, and a server's TLS that shows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("10.9.8.7"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    public, secret = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, secret)
    return public, context


def test_tls_is_checked_against_the_name_while_the_checked_address_is_called(
    tmp_path: Path,
) -> None:
    bundle, tls = certificate(tmp_path, "lms.campus.example")
    client = HttpClient(ca_bundle=str(bundle), resolve=lambda host, port: ["127.0.0.1"])
    with raw_server(ok(b'"safe"'), tls=tls) as server:
        url = f"https://lms.campus.example:{server.port}/"
        hosts = [
            f"lms.campus.example:{server.port}",
            f"other.campus.example:{server.port}",
            f"127.0.0.1:{server.port}",
        ]
        for _ in range(2):
            assert client.request("GET", url, private_hosts=hosts).json() == "safe"
        assert server.connections == 1
        for wrong in ("other.campus.example", "127.0.0.1"):
            with pytest.raises(HttpFailed) as failed:
                client.request("GET", f"https://{wrong}:{server.port}/", private_hosts=hosts)
            assert failed.value.code == "http.tls"
        unknown = HttpClient(resolve=lambda host, port: ["127.0.0.1"])
        with pytest.raises(HttpFailed) as failed:
            unknown.request("GET", url, private_hosts=hosts)
        assert failed.value.code == "http.tls"
    assert len(server.requests) == 2


def test_a_tls_handshake_that_never_ends_is_given_up_on() -> None:
    with raw_server(silent=True) as server:
        started = time.monotonic()
        assert code_of(f"https://127.0.0.1:{server.port}/", server.port) == "http.timeout"
    assert time.monotonic() - started < 1.8
