"""The score service: the rules for one score, and what it does to the gradebook.

Touches grade and score_log. Serves LTI AGS 2.0, section 3.4; where the specification leaves
a choice it does what Moodle 4.5 was measured to do.
"""

import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response

from sandbox_lms.ags import instant, line_item
from sandbox_lms.judge import Refused, note
from sandbox_lms.services import SCORE_TYPE, amount, json_body, refuse
from sandbox_lms.store import one, store
from sandbox_lms.tokens import SCORE, authorise

ACTIVITY_PROGRESS = ("Initialized", "Started", "InProgress", "Submitted", "Completed")
GRADING_PROGRESS = ("FullyGraded", "Pending", "PendingManual", "Failed", "NotReady")
_AHEAD = timedelta(seconds=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

blueprint = Blueprint("scores", __name__)
blueprint.register_error_handler(Refused, refuse)


@dataclass(frozen=True)
class Score:
    """One score as it was sent, with every value checked."""

    user_id: str
    given: float | None
    maximum: float | None
    comment: str | None
    timestamp: str
    instant_us: int
    activity_progress: str
    grading_progress: str

    @property
    def counts(self) -> bool:
        return self.given is not None and self.grading_progress == "FullyGraded"

    def rescaled(self, column_maximum: float) -> float | None:
        """In the column's points, at five decimals; None where it erases the grade."""
        if not self.counts or self.given is None or self.maximum is None:
            return None
        return round(self.given / self.maximum * column_maximum, 5)


@blueprint.post("/ags/<course_id>/lineitems/<int(max=999999999):number>/lineitem/scores")
def post_score(course_id: str, number: int) -> Response:
    client_id = authorise(SCORE)
    score = checked(json_body(SCORE_TYPE))
    with store().writing() as connection:
        column = line_item(connection, client_id, course_id, number)
        erased = _keep(connection, client_id, column, score)
    if erased:
        note(
            "score-erases",
            f"A score with gradingProgress {score.grading_progress}"
            f"{'' if score.given is not None else ' and no scoreGiven'} erased the grade"
            " that stood.",
            severity="warning",
        )
    if score.given is not None and score.maximum is not None and score.given > score.maximum:
        note("score-above-maximum", "scoreGiven is above scoreMaximum.", severity="warning")
    return Response(status=200, content_type=SCORE_TYPE)


def checked(body: dict[str, Any]) -> Score:
    """The body as a Score. Refused with 400 where a value is missing, wrong or from the future."""
    user_id = body.get("userId")
    if not isinstance(user_id, str) or not user_id:
        raise Refused(400, "score-user", "userId must be a text that is not empty.")
    moment = instant(body.get("timestamp"), "score-timestamp", "timestamp")
    if moment > datetime.now(UTC) + _AHEAD:
        raise Refused(400, "score-future", "timestamp lies more than 5 s in the future.")
    for name, known in (
        ("activityProgress", ACTIVITY_PROGRESS),
        ("gradingProgress", GRADING_PROGRESS),
    ):
        if body.get(name) not in known:
            raise Refused(400, "score-progress", f"{name} must be one of {', '.join(known)}.")
    comment = body.get("comment")
    if comment is not None and not isinstance(comment, str):
        raise Refused(400, "score-comment", "comment must be a text.")
    given, maximum = _number(body, "scoreGiven"), _number(body, "scoreMaximum")
    if given is not None and not maximum:
        raise Refused(400, "score-maximum", "scoreGiven needs a scoreMaximum above 0.")
    return Score(
        user_id=user_id,
        given=given,
        maximum=maximum,
        comment=comment or None,
        timestamp=str(body["timestamp"]),
        instant_us=(moment - _EPOCH) // timedelta(microseconds=1),
        activity_progress=body["activityProgress"],
        grading_progress=body["gradingProgress"],
    )


def _number(body: dict[str, Any], name: str) -> float | None:
    if name not in body:
        return None
    number = amount(body[name])
    if number is None or number < 0:
        raise Refused(400, "score-number", f"{name} must be a finite number, not below 0.")
    return number


def _keep(
    connection: sqlite3.Connection, client_id: str, column: sqlite3.Row, score: Score
) -> bool:
    """Store the score; True if that erased a grade."""
    learner = one(
        connection,
        "SELECT 1 FROM enrolment WHERE course_id = ? AND person_id = ? AND role = 'learner'",
        column["course_id"],
        score.user_id,
    )
    if learner is None:
        raise Refused(400, "score-not-a-learner", "userId is not a learner of this course.")
    before = one(
        connection,
        "SELECT * FROM grade WHERE line_item_id = ? AND person_id = ?",
        column["id"],
        score.user_id,
    )
    if before is not None and score.instant_us <= before["instant_us"]:
        raise Refused(
            409,
            "score-timestamp-conflict",
            "timestamp is not later than that of the score already here.",
        )
    value = score.rescaled(column["score_maximum"])
    received = time.time()
    connection.execute(
        "INSERT OR REPLACE INTO grade (line_item_id, person_id, score, comment, timestamp,"
        " instant_us, activity_progress, grading_progress, received)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            column["id"],
            score.user_id,
            value,
            score.comment,
            score.timestamp,
            score.instant_us,
            score.activity_progress,
            score.grading_progress,
            received,
        ),
    )
    connection.execute(
        "INSERT INTO score_log (received, client_id, line_item_id, person_id, score_given,"
        " score_maximum, comment, timestamp, activity_progress, grading_progress)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            received,
            client_id,
            column["id"],
            score.user_id,
            score.given,
            score.maximum,
            score.comment,
            score.timestamp,
            score.activity_progress,
            score.grading_progress,
        ),
    )
    return before is not None and before["score"] is not None and value is None
