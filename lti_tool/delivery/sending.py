"""One try at delivering one grade: everything between taking it and writing down how it went.

Touches the LMS through lti_tool.ags and no database, so that no transaction is open meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from foundation import clock
from foundation.http import HttpClient
from lti_tool.ags.calls import Gradebook
from lti_tool.ags.line_items import Column, find_or_make
from lti_tool.ags.results import Result, read_result
from lti_tool.ags.scores import CANVAS, Score, post
from lti_tool.ags.vocabulary import SCOPE_RESULTS
from lti_tool.lms.answers import LmsConflict, LmsRefused, LmsUnavailable
from lti_tool.lms.tokens import TokenClient
from lti_tool.platforms.registrations import RegistrationInfo

_AT_LEAST = 1.0
"""Seconds between two scores of one learner: Moodle compares whole ones."""


@dataclass(frozen=True, slots=True)
class Job:
    """A grade that this worker has taken; plain values of its row and the rows around it."""

    id: UUID
    lease_token: UUID
    wanted: int
    registration: RegistrationInfo
    scopes: tuple[str, ...]
    line_item_url: str | None
    line_items_url: str | None
    column: Column
    user_id: str
    points: Decimal
    maximum: Decimal
    comment: str
    delivered_comment: str | None
    timestamp: datetime
    uncertain: bool


@dataclass(frozen=True, slots=True)
class Delivered:
    """The gradebook has it."""

    made_column: str | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """Not yet. `wait` is the least number of seconds; `uncertain`: it may have arrived."""

    code: str
    reason: str
    wait: float | None = None
    everybody: bool = False
    uncertain: bool = False
    made_column: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The LMS says no."""

    code: str
    reason: str
    made_column: str | None = None


Outcome = Delivered | Later | Refused


def send(http: HttpClient, tokens: TokenClient, job: Job) -> Outcome:
    """Bring the grade into the gradebook, or say why not. Raises nothing an LMS could cause."""
    gradebook = Gradebook(http, tokens, job.registration, job.scopes)
    made: str | None = None
    begun = job.uncertain
    try:
        line_item_url = job.line_item_url
        if line_item_url is None:
            line_item_url = made = find_or_make(gradebook, job.line_items_url or "", job.column)
        if job.uncertain and _has_all(_look(gradebook, line_item_url, job), job):
            return Delivered(made)
        begun = True
        post(gradebook, line_item_url, _score(job))
        return Delivered(made)
    except LmsConflict:
        return _after_conflict(gradebook, made or job.line_item_url or "", job, made)
    except LmsUnavailable as error:
        return Later(error.code, error.reason, error.wait, error.everybody, begun, made)
    except LmsRefused as error:
        return Refused(error.code, error.reason, made)


def digest(comment: str) -> str:
    """What is kept of a comment that was delivered."""
    return sha256(comment.encode()).hexdigest()


def _score(job: Job) -> Score:
    # Canvas keeps every comment it is sent, as one more by an unknown author.
    canvas = job.registration.product_family == CANVAS
    unchanged = canvas and job.delivered_comment == digest(job.comment)
    comment = None if unchanged else job.comment
    return Score(job.user_id, job.points, job.maximum, comment, job.timestamp)


def _look(gradebook: Gradebook, line_item_url: str, job: Job) -> Result | None:
    if SCOPE_RESULTS not in job.scopes:
        return None
    try:
        return read_result(gradebook, line_item_url, job.user_id)
    except (LmsRefused, LmsConflict):
        # What may not be read can still be written.
        return None


def _has_all(result: Result | None, job: Job) -> bool:
    return (
        result is not None
        and result.has_score(job.points, job.maximum)
        and result.has_comment(job.comment)
    )


def _after_conflict(
    gradebook: Gradebook, line_item_url: str, job: Job, made: str | None
) -> Outcome:
    """Equal means delivered; else the next try has a later timestamp than what is there."""
    try:
        result = _look(gradebook, line_item_url, job)
    except LmsUnavailable as error:
        return Later(error.code, error.reason, error.wait, error.everybody, True, made)
    # Some gradebooks leave the comment out of what they show.
    if _has_all(result, job) or (
        result is not None and result.comment is None and result.has_score(job.points, job.maximum)
    ):
        return Delivered(made)
    wait = _AT_LEAST
    if result is not None and result.timestamp is not None:
        ahead = (result.timestamp - clock.now()).total_seconds()
        wait = max(wait, ahead + _AT_LEAST)
    return Later("ags.conflict", "the gradebook has an entry that is newer", wait, made_column=made)
