"""How values become words: paragraphs and links of plain text, moments, sizes, shades."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import Babel

from lti_tool import display


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """A request of somebody who reads this language."""
    app = Flask(__name__)
    Babel(app, locale_selector=lambda: language)
    with app.test_request_context():
        yield


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """A request in which values can be shown."""
    with speaking("en"):
        yield


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("one\ntwo\n\n\nthree", "<p>one<br>two</p>\n<p>three</p>"),
        ("a\r\n\r\nb", "<p>a</p>\n<p>b</p>"),
        ("<b>&", "<p>&lt;b&gt;&amp;</p>"),
    ],
)
def test_paragraphs(text: str, shown: str) -> None:
    assert display.paragraphs(text) == shown


def test_addresses_become_links_without_what_ends_the_sentence() -> None:
    shown = display.linked("See (https://example.org/a?b=1&c=2).")
    assert 'href="https://example.org/a?b=1&amp;c=2"' in shown
    assert shown.endswith("</a>).")
    assert 'rel="noopener noreferrer nofollow"' in shown


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "https://a b", '"onmouseover="x', "//e.org", ""],
)
def test_only_http_addresses_become_links(address: str) -> None:
    assert "<a" not in display.outside(address)


def test_quotes_end_an_address() -> None:
    assert display.linked('https://e.org/"onclick="x').count('"onclick') == 0


def test_a_moment_is_exact_for_machines_and_in_utc_for_people() -> None:
    at = datetime(2030, 3, 1, 10, 42, 7, tzinfo=timezone(timedelta(hours=2)))
    shown = display.moment(at)
    assert 'datetime="2030-03-01T08:42:07Z"' in shown
    assert ">1 Mar 2030, 08:42 UTC<" in shown
    assert display.moment(None) == ""
    assert display.moment(at.astimezone(UTC)) == shown


def test_points_have_at_most_two_decimals_in_the_readers_notation() -> None:
    assert display.points(Decimal("83.33")) == "83.33"
    assert display.points(Decimal("100.00")) == "100"
    assert display.points(None) == ""
    with speaking("de"):
        assert display.points(Decimal("83.33")) == "83,33"


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (20_000_000, "20 MB")]
)
def test_sizes(size: int, shown: str) -> None:
    assert display.file_size(size) == shown


def test_the_highest_level_has_the_strongest_shade() -> None:
    assert [display.shade(position, 4) for position in range(1, 5)] == [
        "shade-1",
        "shade-2",
        "shade-3",
        "shade-4",
    ]
    assert display.shade(1, 1) == "shade-1"
    assert display.shade(2, 2) == "shade-4"


def test_languages() -> None:
    assert display.closest_language(["de-CH"]) == "de"
    assert display.closest_language(["fr", "DE_at"]) == "de"
    assert display.closest_language(["xx", ""]) == "en"
