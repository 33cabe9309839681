"""Timestamps and durations: what is one, which moment it is, and how it is written."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.statements import times


@pytest.mark.parametrize(
    ("text", "in_utc"),
    [
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00.5Z", "2026-11-23T10:00:00.5Z"),
        ("2026-11-23T10:00:00.123456789+01:00", "2026-11-23T09:00:00.123456789Z"),
        ("2026-01-01T00:30:00.10+05:30", "2025-12-31T19:00:00.10Z"),
        ("2024-02-29T12:00:00-11:00", "2024-02-29T23:00:00Z"),
        ("2026-11-23t10:00:00z", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00+00:00", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00,5+0100", "2026-11-23T09:00:00.5Z"),
    ],
)
def test_a_timestamp_is_written_in_utc_with_its_digits(text: str, in_utc: str) -> None:
    assert times.is_timestamp(text)
    assert times.in_utc(text) == in_utc
    assert times.moment(in_utc) == times.moment(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-11-23", "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z", "2026-11-23T10:00:61Z",
        "2026-11-23T10:00:00-00:00", "2026-11-23T10:00:00-00", "2026-11-23T10:00:00-0000",
        "2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00+01:60", "2026-11-23T10:00:60Z",
        "2026-11-23 10:00:00Z", "0000-01-01T00:00:00Z", "2026-11-23T10:00:00Z\n",
        "２026-11-23T10:00:00Z", "2026-11-23T10:00Z", "2026-11-23T10:00:00.Z", "yesterday",
        "9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00", "2016-12-31T23:59:60Z",
    ],
)  # fmt: skip
def test_what_is_no_timestamp(text: str) -> None:
    assert not times.is_timestamp(text)


@given(
    st.integers(-62_135_000_000_000_000, 253_402_000_000_000_000),
    st.integers(min_value=-23 * 60, max_value=23 * 60).filter(bool),
)
def test_every_moment_survives_any_zone(micros: int, minutes: int) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    text = at.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    assert times.since_1970(at) == micros
    assert times.moment(text) == micros
    assert times.moment(times.written(micros)) == micros
    assert times.moment(times.in_utc(text)) == micros


@pytest.mark.parametrize(
    "text",
    ["P1Y", "P1Y2M3DT4H5M6.789S", "PT0S", "PT1.5S", "PT0,5S", "P4W", "P3Y1M29DT4H35M59.14S",
     "PT16559.14S", "PT36H", "P0.5D"],
)  # fmt: skip
def test_durations(text: str) -> None:
    assert times.is_duration(text)


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "-PT1S", "P-1D", "PT1", "1H", "P4W1D", "PA1H0M0S", "P1H", "PT1D",
     "P1.5DT1H", "PT1.S", "PT1S\n", "P1Y2Y", "12345", "PT1s"],
)  # fmt: skip
def test_what_is_no_duration(text: str) -> None:
    assert not times.is_duration(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("PT1.239S", "PT1.231S", True),
        ("PT1.2S", "PT1.20S", True),
        ("PT1S", "PT1.004S", True),
        ("PT1,5S", "PT1.5S", True),
        ("PT1.23S", "PT1.24S", False),
        ("P1DT1S", "PT1S", False),
    ],
)
def test_durations_are_compared_at_a_hundredth(one: str, other: str, same: bool) -> None:
    assert (times.comparable_duration(one) == times.comparable_duration(other)) is same
