"""What a gradebook has for one learner. Serves AGS 2.0, section 3.3 (the result service)."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from lti_tool.ags.calls import Gradebook, below
from lti_tool.ags.vocabulary import RESULTS
from lti_tool.lms.answers import instant

_LINE_BREAK = re.compile(r"<br\s*/?>")
_TOLERANCE = Decimal("0.0001")
"""Shares of the maximum: gradebooks rescale, and round to as little as five places."""


@dataclass(frozen=True, slots=True)
class Result:
    """One entry; `share` is of the maximum, None where there is no grade."""

    share: Decimal | None
    comment: str | None
    timestamp: datetime | None

    def has_score(self, points: Decimal, maximum: Decimal) -> bool:
        """Whether this is the score of `points` of `maximum`."""
        return self.share is not None and abs(self.share - points / maximum) <= _TOLERANCE

    def has_comment(self, comment: str) -> bool:
        """Whether the comment is this one, whatever was done to its white space."""
        return _LINE_BREAK.sub(" ", self.comment or "").split() == comment.split()


def read_result(gradebook: Gradebook, line_item_url: str, user_id: str) -> Result | None:
    """The learner's entry, None where there is none. Raises as Gradebook.call.

    No `limit` is sent: with one, Moodle answers with an error page.
    """
    url = below(line_item_url, "/results", f"user_id={quote(user_id, safe='')}")
    for page in gradebook.pages(url, accept=RESULTS):
        for entry in page:
            if isinstance(entry, dict) and str(entry.get("userId", user_id)) == user_id:
                return _result(entry)
    return None


def _result(entry: dict[str, Any]) -> Result:
    score, maximum = _number(entry.get("resultScore")), _number(entry.get("resultMaximum", 1))
    comment = entry.get("comment")
    return Result(
        share=score / maximum if score is not None and maximum else None,
        comment=comment if isinstance(comment, str) else None,
        timestamp=instant(entry.get("timestamp")),
    )


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = Decimal(str(value))
    return number if number.is_finite() else None
