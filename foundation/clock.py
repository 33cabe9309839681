"""The one place that asks what time it is, always in UTC, so that tests can travel in time."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment: an aware datetime in UTC, with microseconds."""
    return datetime.now(UTC)
