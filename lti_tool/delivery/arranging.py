"""One try at a task about a column: finding, making, updating or removing it in the LMS.

Touches the LMS through lti_tool.ags and no database.
"""

from foundation.http import HttpClient
from lti_tool.ags import line_items
from lti_tool.ags.calls import Gradebook
from lti_tool.delivery.jobs import Arranged, ColumnJob, ColumnOutcome, Later, Refused
from lti_tool.delivery.tables import ColumnTask
from lti_tool.lms.answers import LmsConflict, LmsRefused, LmsUnavailable
from lti_tool.lms.tokens import TokenClient

NOT_FOUND = "delivery.column-not-found"


def arrange(http: HttpClient, tokens: TokenClient, job: ColumnJob) -> ColumnOutcome:
    """Do it, or say why not. Raises nothing an LMS could cause."""
    gradebook = Gradebook(http, tokens, job.registration, job.scopes)
    try:
        if job.task is ColumnTask.UPDATE:
            url = job.line_item_url or ""
            changed = line_items.update(gradebook, url, job.column)
            # An earlier try may have changed it, and its end was never seen.
            return Arranged(url, rescaled=changed or job.uncertain)
        if job.task is ColumnTask.REMOVE:
            if job.line_item_url:
                line_items.remove(gradebook, job.line_item_url)
            return Arranged(None)
        return _provide(gradebook, job)
    except LmsConflict:
        return Later("ags.conflict", "the gradebook is being changed by somebody else")
    except LmsUnavailable as error:
        return Later(error.code, error.reason, error.wait, error.everybody, uncertain=True)
    except LmsRefused as error:
        return Refused(error.code, error.reason)


def _provide(gradebook: Gradebook, job: ColumnJob) -> ColumnOutcome:
    # Even a new one is looked for where an earlier try may have made it.
    if job.task is not ColumnTask.MAKE or job.uncertain:
        url = line_items.find(
            gradebook,
            job.line_items_url,
            job.column,
            others=job.others,
            by_label=job.task is ColumnTask.FIND,
        )
        if url is not None:
            return Arranged(url)
        if job.task is ColumnTask.FIND:
            return Refused(NOT_FOUND, "the LMS has no column of this activity")
    return Arranged(line_items.make(gradebook, job.line_items_url, job.column), made=True)
