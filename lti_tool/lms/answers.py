"""What an LMS's answer means for a grade: done, later, a conflict, or no.

Touches nothing but its arguments. Serves AGS 2.0 as Moodle, Canvas, Blackboard and Brightspace
were measured to speak it; the LMS's own words are kept short and without markup.
"""

import html
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from foundation import clock
from foundation.http import HttpFailed, HttpResponse

LONGEST_WORDS = 300
LONGEST_WAIT = 3600.0
_TAG = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<[^<>]*>", re.DOTALL | re.IGNORECASE)
_SECRET = re.compile(r"(?i)bearer\s+\S+|[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_STALE = b"before last updated timestamp"
"""With a 400, which is how Canvas says it (scores_controller)."""
_WORDED = ("error_description", "message", "reason", "detail", "title", "error", "errors")


class LmsRefused(Exception):
    """The LMS said no, and the same again would be refused again."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class LmsUnavailable(Exception):
    """Not now: the same may succeed later. `wait` is the seconds that the LMS asked for."""

    def __init__(
        self, code: str, reason: str, *, wait: float | None = None, everybody: bool = False
    ) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.wait = wait
        self.everybody = everybody
        """It concerns the whole LMS, not one grade: leave it alone for a moment."""


class LmsConflict(Exception):
    """The gradebook has an entry that is not older than what was posted."""


def require_success(answer: HttpResponse, quota_header: str = "") -> None:
    """Return on a success; else raise LmsRefused, LmsUnavailable or LmsConflict.

    `quota_header` counts down how many calls the LMS still takes, where it has one.
    """
    status = answer.status
    if 200 <= status < 300:
        if _is_page(answer):
            raise LmsUnavailable("ags.page", "the LMS answered with a web page")
        return
    if status == 409 or (status == 400 and _STALE in answer.body):
        raise LmsConflict
    words = _reason(answer)
    if status == 401:
        raise LmsUnavailable("ags.unauthorised", words)
    if status in (408, 425, 429) or status >= 500 or status < 400 or is_limit(answer, quota_header):
        raise LmsUnavailable(
            f"ags.{status}",
            words,
            wait=retry_after(answer),
            everybody=status in (403, 429, 502, 503, 504),
        )
    if status in (404, 410):
        raise LmsRefused("ags.no-line-item", words)
    if status == 403:
        raise LmsRefused("ags.forbidden", words)
    raise LmsRefused("ags.refused", words)


def retry_after(answer: HttpResponse) -> float | None:
    """The seconds that Retry-After asks for, at most an hour; None where it does not."""
    asked = answer.headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(float(asked[:9]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(asked)
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max((moment - clock.now()).total_seconds(), 0.0), LONGEST_WAIT)


def instant(value: object) -> datetime | None:
    """An ISO 8601 time with a zone, from a gradebook; None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None


def words_of(answer: HttpResponse) -> str:
    """What the LMS said, for people: plain, one line, short; "" where it said nothing."""
    return plain(_said(answer))


def plain(text: str) -> str:
    """Any text from outside as one short line without markup, secrets or control characters."""
    text = html.unescape(_TAG.sub(" ", text[:20_000]))
    text = _SECRET.sub("…", _UNSEEN.sub(" ", _TAG.sub(" ", text)))
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_WORDS else text[: LONGEST_WORDS - 1].rstrip() + "…"


def _said(answer: HttpResponse) -> str:
    try:
        found = _first_words(answer.json())
    except HttpFailed:
        # Canvas says some things in plain text; pages of proxies say nothing to a teacher.
        found = "" if _is_page(answer) else answer.body[:4000].decode("utf-8", "replace")
    # Moodle's reason phrase carries the sentence, and then the body that was sent.
    return found.strip() or answer.reason.partition("{")[0]


def _first_words(value: Any, depth: int = 0) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth < 3:
        return "; ".join(filter(None, (_first_words(each, depth + 1) for each in value[:3])))
    if isinstance(value, dict) and depth < 3:
        for name in _WORDED:
            if found := _first_words(value.get(name), depth + 1):
                return found
        # Canvas nests its messages below the names of the fields.
        return _first_words(list(value.values()), depth + 1) if depth else ""
    return ""


def _reason(answer: HttpResponse) -> str:
    return f"{answer.status} {words_of(answer)}".strip()


def is_limit(answer: HttpResponse, quota_header: str) -> bool:
    """Whether a 403 says "too many", and not "you may not"."""
    if answer.status != 403:
        return False
    if b"rate limit" in answer.body[:2000].lower() or "Retry-After" in answer.headers:
        return True
    try:
        return float(answer.headers.get(quota_header, "")) <= 0
    except ValueError:
        return False


def _is_page(answer: HttpResponse) -> bool:
    return answer.body.lstrip()[:1] == b"<"
