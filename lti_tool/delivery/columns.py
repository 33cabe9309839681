"""Whether a link has a column in the LMS's gradebook that we may write to. Touches nothing.

Serves AGS 2.0, 3.1: the launch's claim says which services there are, and with which scopes.
"""

from dataclasses import dataclass

from lti_tool.ags.vocabulary import SCOPE_LINE_ITEM, SCOPE_RESULTS, SCOPE_SCORE
from lti_tool.platforms.tables import LtiContext, ResourceLink
from rubrics.tables.activities import Activity


@dataclass(frozen=True, slots=True)
class NoColumn:
    """Why there is none, with a code to search for."""

    code: str
    reason: str


NO_COLUMN = NoColumn("delivery.no-column", "this link has no gradebook column")
NO_SCOPE = NoColumn("delivery.no-scope", "the LMS does not let this tool write grades here")
NOT_GRADED = NoColumn("delivery.not-graded", "work that stays elsewhere has no grade to send")


def no_column(
    link: ResourceLink, context: LtiContext, activity: Activity | None
) -> NoColumn | None:
    """None where a grade can be sent; a column that is still missing may be made."""
    if not link.lineitem_url:
        if activity is not None and activity.address:
            return NOT_GRADED
        if not context.lineitems_url or SCOPE_LINE_ITEM not in context.ags_scopes:
            return NO_COLUMN
    return None if SCOPE_SCORE in context.ags_scopes else NO_SCOPE


def scopes(link: ResourceLink, context: LtiContext) -> tuple[str, ...]:
    """The least scopes that delivering to this link takes, of those that the LMS offers."""
    wanted = [SCOPE_SCORE, SCOPE_RESULTS]
    if not link.lineitem_url:
        wanted.append(SCOPE_LINE_ITEM)
    return tuple(scope for scope in wanted if scope in context.ags_scopes)
