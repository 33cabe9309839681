"""The faults of the platform of quirks, and what each of them comes to."""

from dataclasses import dataclass, field
from typing import Any

IN_TIME = {"hang", "slow"}
"""Faults that end only because the tool's patience does."""


@dataclass(frozen=True)
class Fault:
    """One fault; `code` and `words` as the grade, the class list and the check show them.

    `mends`: "itself", or "again" where the instructor must press the button.
    """

    endpoint: str
    mode: str
    code: str
    words: str = ""
    mends: str = "itself"
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        return {"itself": "retrying", "again": "refused"}[self.mends]

    def __str__(self) -> str:
        return "-".join([self.endpoint, self.mode, *map(str, self.more.values())])[:60]


BROKEN = [
    ("reset", "http.truncated", "did not send its whole answer"),
    ("hang", "http.timeout", "took too long"),
    ("slow", "http.timeout", "took too long"),
    ("huge", "http.too-large", "answered over"),
    ("gzip-bomb", "http.too-large", "answered over"),
]
SCORES = [
    Fault("scores", "409", "ags.conflict", "the gradebook has an entry that is newer"),
    Fault("scores", "412", "ags.refused", "412 Precondition Failed", "again"),
    Fault("scores", "422", "ags.refused", "422 Unprocessable Content", "again"),
    Fault("scores", "429", "ags.429", "429 Too Many Requests"),
    Fault("scores", "403-limit", "ags.403", "403 Forbidden (Rate Limit Exceeded)"),
    Fault("scores", "401", "ags.unauthorised", "401 Unauthorized"),
    Fault("scores", "404", "ags.not-found", "404 Not Found", "again"),
    Fault("scores", "500", "ags.500", "500 Internal Server Error"),
    Fault("scores", "503", "ags.503", "503 Service Unavailable"),
    Fault("scores", "html", "ags.page", "the LMS answered with a web page"),
    Fault("scores", "redirect", "ags.302", "302 FOUND"),
    Fault("scores", "drop-after-commit", "http.connect"),
    *(Fault("scores", mode, code, words) for mode, code, words in BROKEN),
]
TOKENS = [
    Fault("token", "html", "token.answer", "did not answer with a token"),
    Fault("token", "empty", "token.answer", "did not answer with a token"),
    Fault("token", "401", "token.refused", "the LMS gave no access token: 401 Unauthorized"),
    Fault("token", "429", "token.refused", "429 Too Many Requests"),
    Fault("token", "500", "token.refused", "500 Internal Server Error"),
    Fault("token", "redirect", "token.refused", "302 FOUND"),
    Fault("token", "members", "token.answer", more={"value": {"token_type": "mac"}}),
    Fault("token", "members", "token.answer", more={"value": {"access_token": None}}),
    *(Fault("token", mode, code, words) for mode, code, words in BROKEN),
]
COLUMNS = [
    Fault("lineitems", "html", "ags.page", "the LMS answered with a web page"),
    Fault("lineitems", "empty", "http.json", "the answer is not JSON"),
    Fault("lineitems", "401", "ags.unauthorised", "401 Unauthorized"),
    Fault("lineitems", "403-limit", "ags.403", "Rate Limit Exceeded"),
    Fault("lineitems", "404", "ags.no-line-item", "404 Not Found", "again"),
    Fault("lineitems", "409", "ags.conflict", "changed by somebody else"),
    Fault("lineitems", "422", "ags.refused", "422 Unprocessable Content", "again"),
    Fault("lineitems", "429", "ags.429", "429 Too Many Requests"),
    Fault("lineitems", "500", "ags.500", "500 Internal Server Error"),
    Fault("lineitems", "redirect", "ags.302", "302 FOUND"),
    *(Fault("lineitems", mode, code, words) for mode, code, words in BROKEN),
]
LISTS = [
    Fault("nrps", "html", "nrps.answer", "did not answer with JSON"),
    Fault("nrps", "empty", "nrps.answer", "did not answer with JSON"),
    Fault("nrps", "401", "nrps.forbidden", "401 Unauthorized"),
    Fault("nrps", "403-limit", "nrps.403", "Rate Limit Exceeded"),
    Fault("nrps", "404", "nrps.gone", "404 Not Found"),
    Fault("nrps", "422", "nrps.refused", "422 Unprocessable Content"),
    Fault("nrps", "429", "nrps.429", "429 Too Many Requests"),
    Fault("nrps", "503", "nrps.503", "503 Service Unavailable"),
    Fault("nrps", "redirect", "nrps.302", "302 FOUND"),
    Fault("nrps", "members", "nrps.answer", more={"value": {"members": None}}),
    Fault("nrps", "members", "nrps.empty", more={"value": {"members": []}}),
    Fault("nrps", "members", "nrps.member", more={"value": {"members": ["x"]}}),
    Fault("nrps", "link-foreign", "nrps.foreign-host", "does not belong to this LMS"),
    Fault("nrps", "link-loop", "nrps.loop", "go round in a circle"),
    *(Fault("nrps", mode, code, words) for mode, code, words in BROKEN),
]
KEYS = [
    ("html", "http.json"),
    ("empty", "http.json"),
    ("500", "http.status"),
    ("redirect", "http.status"),
    *((mode, code) for mode, code, _ in BROKEN),
]
