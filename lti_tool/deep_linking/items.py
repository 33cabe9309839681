"""What the LMS is told of an activity that is added: one content item of type ltiResourceLink.

Touches nothing but its arguments. Serves LTI Deep Linking 2.0, 2.2 and 3.1, AGS 2.0, 3.2.9, and
LTI Submission Review 1.0, 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from textwrap import shorten
from typing import Any
from uuid import UUID

from lti_tool.ags.line_items import LONGEST_LABEL, REVIEW, TAG
from lti_tool.ags.scores import number
from lti_tool.launch.history import ACTIVITY_HINT, CONTEXT_HISTORY, LINK_HISTORY
from lti_tool.platforms.quirks.choose import quirks_of
from lti_tool.platforms.registrations import RegistrationInfo

RESOURCE_LINK = "ltiResourceLink"
LONGEST_TITLE = 250
"""Characters: Moodle falls over beyond 255."""
LONGEST_TEASER = 160
"""Characters of the instructions that the LMS is given."""
_FRAME = {"width": 800, "height": 800}
_ICON, _THUMBNAIL = ("icon-64.png", 64), ("thumbnail-256.png", 256)


@dataclass(frozen=True, slots=True)
class ActivityItem:
    """An activity to be added to the course, where it is graded with a column of `maximum`."""

    activity_id: UUID
    title: str
    text: str
    maximum: Decimal
    graded: bool
    window: bool
    """Open it in a window of its own, where the LMS can."""
    available_from: datetime | None = None
    due_at: datetime | None = None


def presentations(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of "iframe" and "window" the LMS takes, in the order in which they are offered."""
    taken = settings.get("accept_presentation_document_targets") or ()
    return tuple(each for each in ("iframe", "window") if each in taken)


def content_item(
    item: ActivityItem, settings: Mapping[str, Any], registration: RegistrationInfo, base_url: str
) -> dict[str, Any]:
    """The item as the LMS asked for it. `settings` are those of the deep linking request."""
    found: dict[str, Any] = {
        "type": RESOURCE_LINK,
        "title": item.title[:LONGEST_TITLE],
        "text": _teaser(item.text),
        "url": f"{base_url}/lti/launch",
        "icon": _picture(base_url, *_ICON),
        "thumbnail": _picture(base_url, *_THUMBNAIL),
        "custom": {
            ACTIVITY_HINT: str(item.activity_id),
            # By these a copied link and course tell where they come from.
            LINK_HISTORY: "$ResourceLink.id.history",
            CONTEXT_HISTORY: "$Context.id.history",
        },
    }
    if item.graded and settings.get("accept_lineitem") is not False:
        found["lineItem"] = _line_item(item, registration)
    # Work that comes late is taken and marked late, so nothing says when the activity closes.
    if item.available_from is not None:
        found["available"] = {"startDateTime": _moment(item.available_from)}
    submission = {"startDateTime": item.available_from, "endDateTime": item.due_at}
    if item.due_at is not None:
        found["submission"] = {name: _moment(at) for name, at in submission.items() if at}
    targets = presentations(settings)
    if item.window and "window" in targets:
        found["window"] = {"targetName": "_blank"}
    elif not item.window and "iframe" in targets:
        found["iframe"] = _FRAME
    return found


def _line_item(item: ActivityItem, registration: RegistrationInfo) -> dict[str, Any]:
    return {
        "scoreMaximum": _maximum(item.maximum, registration),
        "label": item.title[:LONGEST_LABEL],
        "resourceId": str(item.activity_id),
        "tag": TAG,
        # A grade only arrives once it was released, so learners may see it at once.
        "gradesReleased": True,
        "submissionReview": REVIEW,
    }


def _picture(base_url: str, name: str, side: int) -> dict[str, Any]:
    return {"url": f"{base_url}/static/{name}", "width": side, "height": side}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _teaser(text: str) -> str:
    """The beginning of the instructions: the LMS shows it above the frame that has them whole."""
    return shorten(text.strip().partition("\n\n")[0], LONGEST_TEASER, placeholder=" …")


def _maximum(maximum: Decimal, registration: RegistrationInfo) -> int | float:
    """The column's points; the most that the LMS takes, where it does not take these.

    Gradebooks rescale every score by its own maximum.
    """
    points = number(maximum)
    most = quirks_of(registration.product_family, registration.issuer).whole_points_to
    if most is not None and (isinstance(points, float) or points > most):
        return most
    return points
