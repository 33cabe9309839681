"""Timestamps (RFC 3339) and durations (ISO 8601), read strictly; pure.

xAPI 1.0.3 Data 4.5 and 4.6, IEEE 9274.1.1 4.2.7. A time without a zone, which 1.0.3 tolerates, is
taken as UTC, never as the server's. Moments are integers: microseconds since 1970.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WITHOUT_ZONE = _EPOCH.replace(tzinfo=None)
_FIRST = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
_LAST = (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
"""The seconds that have a date."""
_TIMESTAMP = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:[.,](\d+))?([Zz]|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_DURATION = re.compile(
    r"P(?=.)(?:(\d+(?:[.,]\d+)?)Y)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)D)?"
    r"(?:T(?=.)(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?"
    r"|P(\d+(?:[.,]\d+)?)W",
    re.ASCII,
)


@lru_cache(maxsize=4096)
def moment(text: str) -> int:
    """Microseconds since 1970 of a timestamp; digits beyond them are dropped. Raises ValueError."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError("not a timestamp of RFC 3339, such as 2026-11-23T10:00:00Z")
    whole, fraction, zone = match.groups()
    past = datetime.fromisoformat(whole) - _WITHOUT_ZONE
    seconds = past.days * 86_400 + past.seconds - _offset(zone)
    if not _FIRST <= seconds <= _LAST:
        raise ValueError("outside the years 1 to 9999")
    return seconds * 1_000_000 + int((fraction or "").ljust(6, "0")[:6])


def is_timestamp(text: str) -> bool:
    """Whether `moment` accepts it."""
    try:
        moment(text)
    except ValueError:
        return False
    return True


def has_zone(text: str) -> bool:
    """Whether a valid timestamp says its zone, which 2.0 demands."""
    match = _TIMESTAMP.fullmatch(text)
    return match is not None and match[3] is not None


def in_utc(text: str) -> str:
    """A valid timestamp as UTC with `Z`; its fraction keeps its digits."""
    if text[10] == "T" and "," not in text:
        if text.endswith("Z"):
            return text
        if text.endswith("+00:00"):
            return text[:-6] + "Z"
    fraction = re.search(r"[.,](\d+)", text)
    whole = written(moment(text))[:19]
    return whole + (f".{fraction[1]}" if fraction else "") + "Z"


def written(micros: int) -> str:
    """A moment as RFC 3339 in UTC, always with six digits."""
    seconds, rest = divmod(micros, 1_000_000)
    return f"{_second(seconds)}.{rest:06d}Z"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def since_1970(at: datetime) -> int:
    """An aware datetime in microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def is_duration(text: str) -> bool:
    """Whether it is a duration of ISO 8601: weeks alone, or years down to seconds."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return False
    parts = [part for part in match.groups() if part is not None]
    return all(part.isdigit() for part in parts[:-1])


def comparable_duration(text: str) -> str:
    """A valid duration without what lies beyond 0.01 s: 1.0.3 Data 4.6, IEEE 9274.1.1 4.2.7."""
    whole, point, fraction = text.replace(",", ".").rpartition(".")
    if not point or not text.endswith("S"):
        return text
    digits = fraction[:-1][:2].ljust(2, "0")
    return f"{whole}.{digits}S" if digits != "00" else f"{whole}S"


def _offset(zone: str | None) -> int:
    """In seconds."""
    if zone is None or zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:]) if len(zone) > 3 else 0
    if hours > 23 or minutes > 59:
        raise ValueError("no such zone")
    if zone[0] == "-" and not hours and not minutes:
        raise ValueError("-00:00 says that the zone is unknown: write Z or +00:00")
    return (hours * 60 + minutes) * (-60 if zone[0] == "-" else 60)
