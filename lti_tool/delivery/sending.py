"""One try at delivering one grade: everything between taking it and writing down how it went.

Touches the LMS through lti_tool.ags and no database, so that no transaction is open meanwhile.
"""

from foundation import clock
from foundation.http import HttpClient
from lti_tool.ags.calls import Gradebook
from lti_tool.ags.line_items import read
from lti_tool.ags.results import Result, read_result
from lti_tool.ags.scores import IGNORED, Score, post
from lti_tool.ags.vocabulary import SCOPE_RESULTS
from lti_tool.delivery.jobs import Delivered, Job, Later, Outcome, Refused, digest
from lti_tool.lms.answers import LmsConflict, LmsRefused, LmsUnavailable
from lti_tool.lms.tokens import TokenClient

_AT_LEAST = 1.0
"""Seconds between two scores of one learner: Moodle compares whole ones."""


def send(http: HttpClient, tokens: TokenClient, job: Job) -> Outcome:
    """Bring the grade into the gradebook, or say why not. Raises nothing an LMS could cause."""
    gradebook = Gradebook(http, tokens, job.registration, job.scopes)
    begun = job.uncertain
    try:
        # Where a comment is kept once more at each post, one that is not shown came with its score.
        unseen = gradebook.quirks.appends_comments
        if job.uncertain and _has_all(_look(gradebook, job), job, unseen=unseen):
            return Delivered()
        begun = True
        post(gradebook, job.line_item_url, _score(gradebook, job))
        return Delivered()
    except LmsConflict:
        return _after_conflict(gradebook, job)
    except LmsUnavailable as error:
        return Later(error.code, error.reason, error.wait, error.everybody, begun)
    except LmsRefused as error:
        if error.code == "ags.no-line-item":
            return _after_not_found(gradebook, job, error)
        refused = Refused(error.code, error.reason)
        return _unless_there(gradebook, job, refused) if error.code == IGNORED else refused


def _score(gradebook: Gradebook, job: Job) -> Score:
    known = job.delivered_comment == digest(job.comment)
    return Score(
        user_id=job.user_id,
        points=job.points,
        maximum=job.maximum,
        comment=None if known and gradebook.quirks.appends_comments else job.comment,
        timestamp=job.timestamp,
        submitted_at=job.submitted_at,
        started_at=job.started_at,
    )


def _look(gradebook: Gradebook, job: Job) -> Result | None:
    if SCOPE_RESULTS not in job.scopes:
        return None
    try:
        return read_result(gradebook, job.line_item_url, job.user_id)
    except (LmsRefused, LmsConflict):
        # What may not be read can still be written.
        return None


def _has_all(result: Result | None, job: Job, *, unseen: bool) -> bool:
    """Whether the entry is this grade; `unseen`: also where it shows no comment at all."""
    if result is None or not result.has_score(job.points, job.maximum):
        return False
    return result.has_comment(job.comment) or (unseen and result.comment is None)


def _after_conflict(gradebook: Gradebook, job: Job) -> Outcome:
    """Equal means delivered; else the next try has a later timestamp than what is there."""
    try:
        result = _look(gradebook, job)
    except LmsUnavailable as error:
        return Later(error.code, error.reason, error.wait, error.everybody, True)
    # Some gradebooks leave the comment out of what they show.
    if _has_all(result, job, unseen=True):
        return Delivered()
    wait = _AT_LEAST
    if result is not None and result.timestamp is not None:
        ahead = (result.timestamp - clock.now()).total_seconds()
        wait = max(wait, ahead + _AT_LEAST)
    return Later("ags.conflict", "the gradebook has an entry that is newer", wait)


def _unless_there(gradebook: Gradebook, job: Job, refused: Refused) -> Outcome:
    """Whether the gradebook has it, against what its answer looks like."""
    try:
        there = _has_all(_look(gradebook, job), job, unseen=True)
    except LmsUnavailable as error:
        return Later(error.code, error.reason, error.wait, error.everybody, True)
    return Delivered() if there else refused


def _after_not_found(gradebook: Gradebook, job: Job, refusal: LmsRefused) -> Outcome:
    """Whether the column is gone, or only this learner: Brightspace says 404 for both."""
    if not job.column_scopes:
        return Refused(refusal.code, refusal.reason)
    try:
        read(gradebook.with_scopes(job.column_scopes), job.line_item_url)
    except (LmsRefused, LmsConflict) as error:
        gone = isinstance(error, LmsRefused) and error.code == "ags.no-line-item"
        return Refused(refusal.code if gone else "ags.not-found", refusal.reason)
    except LmsUnavailable as error:
        return Later(error.code, error.reason, error.wait, error.everybody)
    return Refused("ags.not-found", refusal.reason)
