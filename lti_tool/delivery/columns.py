"""Whether a link has a column in the LMS's gradebook that we may write to. Touches nothing.

Serves AGS 2.0, 3.1: the launch's claim says which services there are, and with which scopes.
"""

from collections.abc import Collection
from dataclasses import dataclass

from lti_tool.ags.vocabulary import (
    SCOPE_LINE_ITEM,
    SCOPE_LINE_ITEM_READ,
    SCOPE_RESULTS,
    SCOPE_SCORE,
)
from lti_tool.delivery.tables import DeliveryState, GradeColumn
from lti_tool.platforms.tables import LtiContext, ResourceLink


@dataclass(frozen=True, slots=True)
class NoColumn:
    """Why there is none, with a code to search for."""

    code: str
    reason: str
    state: DeliveryState = DeliveryState.NONE


NO_COLUMN = NoColumn("delivery.no-column", "this link has no gradebook column")
NO_SCOPE = NoColumn("delivery.no-scope", "the LMS does not let this tool write grades here")
NOT_GRADED = NoColumn("delivery.not-graded", "work that stays elsewhere has no grade to send")
GONE = NoColumn(
    "delivery.column-gone", "the gradebook column is gone from the LMS", DeliveryState.GONE
)


def no_column(
    link: ResourceLink, context: LtiContext, address: str | None, column: GradeColumn | None
) -> NoColumn | None:
    """None where a grade can be sent, once a column that is still missing was made.

    `address` is where the activity's work is, when it stays outside.
    """
    if is_gone(link, column) and (column is None or column.task is None):
        return GONE
    if not link.lineitem_url:
        if address:
            return NOT_GRADED
        if not may_arrange(context):
            return NO_COLUMN
    return None if SCOPE_SCORE in context.ags_scopes else NO_SCOPE


def is_gone(link: ResourceLink, column: GradeColumn | None) -> bool:
    """Whether the LMS said that the link's column is not there, and named no other since."""
    return column is not None and bool(column.gone_url) and column.gone_url == link.lineitem_url


def may_arrange(context: LtiContext) -> bool:
    """Whether we may make and change columns in this course."""
    return bool(context.lineitems_url) and SCOPE_LINE_ITEM in context.ags_scopes


def score_scopes(context: LtiContext) -> tuple[str, ...]:
    """The least scopes that delivering takes, of those that the LMS offers."""
    return _offered(context.ags_scopes, SCOPE_SCORE, SCOPE_RESULTS)


def column_scopes(context: LtiContext) -> tuple[str, ...]:
    """The least scopes that looking after columns takes, of those that the LMS offers.

    Moodle lets nobody read columns with the scope that writes them.
    """
    return _offered(context.ags_scopes, SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ)


def _offered(offered: Collection[str], *wanted: str) -> tuple[str, ...]:
    return tuple(scope for scope in wanted if scope in offered)
