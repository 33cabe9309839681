"""Posting one score. Serves AGS 2.0, section 3.4 (the score service).

Always Completed with FullyGraded and always with a score: anything less erases the grade that
stands. Compact JSON with the exact media type: Moodle ignores the rest in silence.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from foundation import clock
from lti_tool.ags.calls import Gradebook, below
from lti_tool.ags.vocabulary import SCORE
from lti_tool.lms.answers import LmsRefused
from lti_tool.platforms.quirks.answers import Quirks

IGNORED = "ags.ignored"
"""The code of an answer that says, as far as is known, that nothing was kept."""


@dataclass(frozen=True, slots=True)
class Score:
    """A score to post; `comment` None sends none, which clears it where comments are not kept."""

    user_id: str
    points: Decimal
    maximum: Decimal
    comment: str | None
    timestamp: datetime
    submitted_at: datetime | None = None
    """When the learner handed the work in; None where there is none."""
    started_at: datetime | None = None


def payload(score: Score, quirks: Quirks) -> bytes:
    """The body of the post. Raises ValueError for a score that is none."""
    if not all(
        type(each) is Decimal and each.is_finite() for each in (score.points, score.maximum)
    ):
        raise ValueError("a score is a finite number")
    if not 0 <= score.points <= score.maximum or score.maximum <= 0:
        raise ValueError("a score lies between 0 and its maximum, which is above 0")
    if score.timestamp.tzinfo is None:
        raise ValueError("a timestamp has a time zone")
    body: dict[str, Any] = {
        "userId": score.user_id,
        "scoreGiven": number(score.points),
        "scoreMaximum": number(score.maximum),
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": _moment(score.timestamp),
    }
    if score.comment is not None:
        body["comment"] = score.comment.replace("\n", quirks.line_break)
    if submission := _submission(score):
        body["submission"] = submission
    return orjson.dumps(body | dict(quirks.score_extras))


def post(gradebook: Gradebook, line_item_url: str, score: Score) -> None:
    """Post it. Raises LmsConflict where the gradebook has one as new, else as Gradebook.call."""
    answer = gradebook.call(
        "POST",
        below(line_item_url, "/scores"),
        content_type=SCORE,
        body=payload(score, gradebook.quirks),
    )
    if answer.body.strip() == b"[]":
        # So Moodle answers what it refuses, also where it cannot say so in its status line.
        raise LmsRefused(IGNORED, "the LMS answered, and kept nothing")


def number(value: Decimal) -> int | float:
    """A decimal as a JSON number: whole where it is whole."""
    return int(value) if value == value.to_integral_value() else float(value)


def _submission(score: Score) -> dict[str, str]:
    if score.submitted_at is None:
        return {}
    # A clock that was put back since, or a moment that somebody else wrote: LMSs refuse the future.
    submitted = min(score.submitted_at, clock.now())
    found = {"submittedAt": _moment(submitted)}
    if score.started_at is not None and score.started_at <= submitted:
        found["startedAt"] = _moment(score.started_at)
    return found


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
