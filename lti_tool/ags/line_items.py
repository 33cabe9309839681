"""The columns of a gradebook: found, read, made, brought up to date, removed.

Serves AGS 2.0, section 3.2 (the line item service), and Submission Review 1.0, section 2. A column
is coupled to the resource link where the LMS lets us; else it is decoupled, and known by its
resourceId and tag.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urljoin

import orjson

from foundation.http import HttpFailed
from lti_tool.ags.calls import Gradebook, below
from lti_tool.ags.scores import number
from lti_tool.ags.vocabulary import LINE_ITEM, LINE_ITEMS
from lti_tool.lms.answers import LmsRefused, LmsUnavailable
from lti_tool.lms.hosts import require_own

TAG = "twofold"
LONGEST_LABEL = 100
"""Characters: Open edX takes no more, Moodle falls over beyond 255."""
REVIEW = {"reviewableStatus": ["InProgress", "Submitted", "Completed"]}
"""What a column says where the gradebook opens a learner's work here."""
_WHOLE = 100
"""Points of a column where the LMS takes whole ones only; scores carry a maximum of their own."""


@dataclass(frozen=True, slots=True)
class Column:
    """The column that a link should have; `resource_id` is the activity's."""

    resource_link_id: str
    label: str
    maximum: Decimal
    resource_id: str

    @property
    def shown_label(self) -> str:
        """What the gradebook is told."""
        return self.label[:LONGEST_LABEL] or TAG


def find(
    gradebook: Gradebook,
    line_items_url: str,
    column: Column,
    *,
    others: Collection[str] = (),
    by_label: bool = False,
) -> str | None:
    """The address of the link's column, None where there is none. Raises as Gradebook.call.

    First the one coupled to the link, then a decoupled one of the same activity, then, if asked,
    one of this tool with the same label. `others` are columns of other links of the course.
    """
    by_link = f"resource_link_id={quote(column.resource_link_id, safe='')}"
    for item in _items(gradebook, line_items_url, by_link):
        if item.get("resourceLinkId") == column.resource_link_id:
            return _address(gradebook, line_items_url, item.get("id"))
    if column.resource_id:
        by_activity = f"resource_id={quote(column.resource_id, safe='')}&tag={TAG}"
        for item in _items(gradebook, line_items_url, by_activity):
            if _is_of_activity(item, column) and _is_free(item, line_items_url, others):
                return _address(gradebook, line_items_url, item["id"])
    if by_label:
        for item in _items(gradebook, line_items_url, ""):
            same = item.get("label") == column.shown_label and item.get("tag") in (None, "", TAG)
            if same and _is_free(item, line_items_url, others):
                return _address(gradebook, line_items_url, item["id"])
    return None


def make(gradebook: Gradebook, line_items_url: str, column: Column) -> str:
    """A new column's address: coupled to the link, else decoupled. Raises as Gradebook.call.

    LMSs make a second one without a word, so it must have been looked for.
    """
    body: dict[str, Any] = {
        "label": column.shown_label,
        "scoreMaximum": number(column.maximum),
        "resourceLinkId": column.resource_link_id,
        "resourceId": column.resource_id,
        "tag": TAG,
    }
    if gradebook.quirks.takes_reviews:
        body["submissionReview"] = REVIEW
    tries = [body]
    if isinstance(body["scoreMaximum"], float):
        tries.append({**body, "scoreMaximum": _WHOLE})
    # It may have no column for this link, as for one that was set up without grades.
    tries.append({name: value for name, value in tries[-1].items() if name != "resourceLinkId"})
    for each in tries[:-1]:
        try:
            return _made(gradebook, line_items_url, each)
        except LmsRefused as refusal:
            if refusal.code in ("ags.forbidden", "ags.foreign-host", "ags.address"):
                raise
    return _made(gradebook, line_items_url, tries[-1])


def read(gradebook: Gradebook, line_item_url: str) -> dict[str, Any]:
    """A line item as the LMS has it. Raises as Gradebook.call."""
    try:
        found = gradebook.call("GET", line_item_url, accept=LINE_ITEM).json()
    except HttpFailed as error:
        raise LmsUnavailable(error.code, error.message) from error
    if not isinstance(found, dict):
        raise LmsUnavailable("ags.line-item", "the LMS did not answer with a gradebook column")
    return found


def update(gradebook: Gradebook, line_item_url: str, column: Column) -> bool:
    """Bring a column of ours up to date; whether its maximum changed. Raises as Gradebook.call.

    What the LMS has besides is sent back unchanged: a PUT replaces the whole of it. A column that
    somebody made in the LMS is left alone.
    """
    item = read(gradebook, line_item_url)
    if not (item.get("tag") == TAG or _is_of_activity(item, column)):
        return False
    wanted = {
        "resourceId": column.resource_id,
        "tag": TAG,
        **{name: value for name, value in item.items() if value is not None},
        "label": column.shown_label,
        "scoreMaximum": number(column.maximum),
    }
    before = item.get("scoreMaximum")
    if wanted != item:
        try:
            _put(gradebook, line_item_url, wanted)
        except LmsRefused:
            if not isinstance(wanted["scoreMaximum"], float):
                raise
            wanted["scoreMaximum"] = _WHOLE
            _put(gradebook, line_item_url, wanted)
    return bool(before != wanted["scoreMaximum"])


def _put(gradebook: Gradebook, line_item_url: str, item: dict[str, Any]) -> None:
    gradebook.call(
        "PUT",
        line_item_url,
        accept=LINE_ITEM,
        content_type=LINE_ITEM,
        body=orjson.dumps(item),
    )


def remove(gradebook: Gradebook, line_item_url: str) -> None:
    """Remove a column and every grade in it. Raises as Gradebook.call."""
    try:
        gradebook.call("DELETE", line_item_url)
    except LmsRefused as refusal:
        if refusal.code != "ags.no-line-item":
            raise


def _items(gradebook: Gradebook, line_items_url: str, query: str) -> Iterator[dict[str, Any]]:
    for page in gradebook.pages(below(line_items_url, "", query), accept=LINE_ITEMS):
        yield from (item for item in page if isinstance(item, dict))


def _is_of_activity(item: dict[str, Any], column: Column) -> bool:
    return bool(column.resource_id) and item.get("resourceId") == column.resource_id


def _is_free(item: dict[str, Any], line_items_url: str, others: Collection[str]) -> bool:
    """Whether it is no other link's: neither by the LMS's word nor by ours."""
    address = item.get("id")
    if not isinstance(address, str) or item.get("resourceLinkId"):
        return False
    return urljoin(line_items_url, address) not in others


def _made(gradebook: Gradebook, line_items_url: str, body: dict[str, Any]) -> str:
    answer = gradebook.call(
        "POST",
        line_items_url,
        accept=LINE_ITEM,
        content_type=LINE_ITEM,
        body=orjson.dumps(body),
    )
    try:
        made: Any = answer.json()
    except HttpFailed:
        made = None
    found = made.get("id") if isinstance(made, dict) else None
    return _address(gradebook, line_items_url, found or answer.headers.get("Location"))


def _address(gradebook: Gradebook, line_items_url: str, found: object) -> str:
    if not isinstance(found, str) or not found:
        raise LmsUnavailable("ags.line-item", "the LMS did not say where the new column is")
    url = urljoin(line_items_url, found)
    if len(url) > 2000:
        raise LmsRefused("ags.address", "the gradebook column's address is too long")
    require_own(gradebook.registration, url)
    return url
