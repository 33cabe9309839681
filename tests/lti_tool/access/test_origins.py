"""Origins: what may stand in a Content-Security-Policy, and what may not."""

import pytest

from lti_tool.access.origins import origin_of, origins_of


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://lms.example/a?b#c", "https://lms.example"),
        ("https://LMS.Example:443/", "https://lms.example"),
        ("http://127.0.0.1:8001/x", "http://127.0.0.1:8001"),
        ("http://localhost:80", "http://localhost"),
        ("https://[::1]:8443/", "https://[::1]:8443"),
        ("https://a_b.lms.example/", "https://a_b.lms.example"),
    ],
)
def test_an_address_has_an_origin(address: str, origin: str) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    "address",
    [
        "",
        "lms.example",
        "//lms.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://user@lms.example/",
        "https://lms.example;script-src/",
        "https://lms.example,evil/",
        "https://*.example/",
        "https://lms.example\\@evil.example/",
        "https://lms .example/",
        "https://lms.example\n/",
        "https://lmѕ.example/",
        "https://lms.example:99999/",
        "https://lms.example:x/",
        "https:///path",
        "https://[::1/",
        "https://'none'/",
    ],
)
def test_an_unclean_address_has_none(address: str) -> None:
    assert origin_of(address) is None


def test_origins_are_named_once() -> None:
    addresses = ("https://a.example/1", None, "x", "https://a.example/2", "https://b.example")
    assert origins_of(addresses) == ["https://a.example", "https://b.example"]
