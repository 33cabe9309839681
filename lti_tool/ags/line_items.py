"""Finding, or making, the gradebook column of a link that was set up without one.

Serves AGS 2.0, section 3.2 (the line item service): the column is coupled to the resource link.
"""

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
LONGEST_LABEL = 250
"""Characters: Moodle falls over beyond 255."""


@dataclass(frozen=True, slots=True)
class Column:
    """The column that a link should have."""

    resource_link_id: str
    label: str
    maximum: Decimal
    resource_id: str


def find_or_make(gradebook: Gradebook, line_items_url: str, column: Column) -> str:
    """The address of the link's column. Raises as Gradebook.call.

    It is looked for first: LMSs make a second one without a word.
    """
    query = f"resource_link_id={quote(column.resource_link_id, safe='')}"
    for page in gradebook.pages(below(line_items_url, "", query), accept=LINE_ITEMS):
        for item in page:
            if isinstance(item, dict) and item.get("resourceLinkId") == column.resource_link_id:
                return _address(gradebook, line_items_url, item.get("id"))
    body = {
        "label": column.label[:LONGEST_LABEL] or TAG,
        "scoreMaximum": number(column.maximum),
        "resourceLinkId": column.resource_link_id,
        "resourceId": column.resource_id,
        "tag": TAG,
    }
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
