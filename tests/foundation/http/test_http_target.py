"""Whom the guard lets us call."""

import pytest

from foundation.http_target import HttpRefused, check_address, host_port, target_of


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://lms.example.org/x", "http.scheme"),
        ("file:///etc/passwd", "http.scheme"),
        ("gopher://lms.example.org/", "http.scheme"),
        ("ftp://lms.example.org/", "http.scheme"),
        ("javascript:alert(1)", "http.scheme"),
        ("//lms.example.org/", "http.scheme"),
        ("", "http.url"),
        ("https://user:word@lms.example.org/", "http.userinfo"),
        ("https://lms.example.org@evil.example/", "http.userinfo"),
        ("https://lms.example.org\\@evil.example/", "http.url"),
        ("https://lms.example.org/\r\nX: y", "http.url"),
        ("https://lms.example.org/a b", "http.url"),
        ("https://lms.exämple.org/", "http.url"),
        ("https://" + "a" * 5000 + "/", "http.url"),
        ("https:///path", "http.host"),
        ("https://2130706433/", "http.host"),
        ("https://0x7f.1/", "http.host"),
        ("https://0177.0.0.1/", "http.host"),
        ("https://127.1/", "http.host"),
        ("https://lms%2eexample.org/", "http.host"),
        ("https://[::1/", "http.url"),
        ("https://lms.example.org:22/", "http.port"),
        ("https://lms.example.org:0/", "http.port"),
        ("https://lms.example.org:99999/", "http.url"),
        ("https://lms.example.org:80x/", "http.url"),
    ],
)
def test_odd_addresses_are_refused(url: str, code: str) -> None:
    with pytest.raises(HttpRefused) as refused:
        target_of(url)
    assert refused.value.code == code


def test_a_target_keeps_path_and_query_verbatim_and_drops_the_fragment() -> None:
    target = target_of("HTTPS://LMS.Example.org:8443/a%20b/c?type_id=1&x=%2F#top")
    assert (target.host, target.port, target.path) == (
        "lms.example.org",
        8443,
        "/a%20b/c?type_id=1&x=%2F",
    )
    assert target.authority == "lms.example.org:8443"
    assert target_of("https://lms.example.org.").authority == "lms.example.org"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.5",
        "172.16.3.4",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::127.0.0.1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_on_the_public_internet_are_refused(address: str) -> None:
    with pytest.raises(HttpRefused) as refused:
        check_address(target_of("https://lms.example.org/"), address)
    assert refused.value.code == "http.address"


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f::1", "64:ff9b::5db8:d70e"])
def test_public_addresses_are_allowed(address: str) -> None:
    check_address(target_of("https://lms.example.org/"), address)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fd12::1", "::ffff:10.0.0.1"])
def test_a_private_host_of_the_registration_may_be_private_and_speak_http(address: str) -> None:
    url = "http://lms.campus.example:8080/token"
    check_address(target_of(url, ["lms.campus.example:8080"]), address)
    with pytest.raises(HttpRefused):
        target_of(url, ["lms.campus.example:8081", "lms.campus.example"])


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "fe80::1", "0.0.0.0"])
def test_no_registration_opens_the_way_to_metadata_services(address: str) -> None:
    with pytest.raises(HttpRefused):
        check_address(target_of("https://lms.campus.example/", ["lms.campus.example:443"]), address)


def test_host_port_says_how_a_private_host_is_written() -> None:
    assert host_port("http://127.0.0.1:8001/token") == "127.0.0.1:8001"
    assert host_port("https://LMS.campus.example/token") == "lms.campus.example:443"
