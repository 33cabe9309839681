"""Sending a batch to another LRS, in order, so that one bad statement never holds up the rest.

Touches the network only. What the target refuses is sent again in halves until the culprit stands
alone. Sending twice does no harm: a statement carries its id (xAPI 1.0.3 Data 2.3.3).
"""

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime

from foundation import clock
from foundation.http import HttpClient, HttpFailed, HttpRefused, HttpResponse
from xapi.statements import compare
from xapi.transfer import parts
from xapi.transfer.batches import Item, Refusal
from xapi.transfer.remote import RemoteLrs

SECONDS = 10.0
"""No further request is begun after so long; what is left is for the next time."""
TOO_MANY = 25
"""So many refusals in a row, and nothing taken between them, are the target's fault."""
_CONTENT = frozenset({400, 409, 413, 422})
_CREDENTIAL = frozenset({401, 403})
_PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a target takes nothing now; `wait` is what it asked for, in seconds."""

    code: str
    reason: str
    wait: float | None = None
    pauses: bool = False
    """No use trying again before a person has looked."""
    server: bool = False
    """It answered with an error of its own, which a statement may have caused."""


@dataclass(slots=True)
class Report:
    """How a batch went: so many of its items are settled, from the first on."""

    settled: int = 0
    sent: int = 0
    refused: list[Refusal] = field(default_factory=list)
    trouble: Trouble | None = None


class _Refused(Exception):
    """The target says that the content is at fault."""

    def __init__(self, status: int, said: str) -> None:
        self.status, self.said = status, said


def send(
    http: HttpClient, remote: RemoteLrs, items: Sequence[Item], *, suspicious: bool = False
) -> Report:
    """Send items in order. Never raises for what the target does.

    `suspicious`: the first item may be what the target breaks at; where it takes the second one,
    the first is passed over.
    """
    report = Report()
    until = time.monotonic() + SECONDS
    waiting = [items[:1], items[1:]] if suspicious else [items]
    waiting = [group for group in reversed(waiting) if group]
    while waiting and time.monotonic() < until:
        group = waiting.pop()
        try:
            trouble = _post(http, remote, group)
        except _Refused as refused:
            if len(group) > 1:
                half = len(group) // 2
                waiting += [group[half:], group[:half]]
                continue
            trouble = _judge(http, remote, group[0], refused, report)
        else:
            if trouble is None:
                report.sent += len(group)
            elif suspicious and trouble.server and group[0] is items[0] and len(items) > 1:
                trouble = _pass_over(http, remote, items, trouble, report)
        if trouble is not None:
            report.trouble = trouble
            break
        report.settled += len(group)
        if not report.sent and len(report.refused) >= TOO_MANY:
            break
    return report


def _pass_over(
    http: HttpClient, remote: RemoteLrs, items: Sequence[Item], trouble: Trouble, report: Report
) -> Trouble | None:
    """Note the first item as refused where the target takes the second one."""
    try:
        well = _post(http, remote, items[1:2]) is None
    except _Refused:
        well = True
    if not well:
        return trouble
    report.refused.append(Refusal(items[0].id, 500, trouble.code, trouble.reason))
    return None


def _judge(
    http: HttpClient, remote: RemoteLrs, item: Item, refused: _Refused, report: Report
) -> Trouble | None:
    """One statement is refused: note it, unless the target has it already."""
    if refused.status == 409:
        try:
            held = remote.held(http, item.id)
        except (HttpFailed, HttpRefused) as error:
            return Trouble(error.code, error.message)
        if held is not None and _equal(held, item):
            report.sent += 1
            return None
    code = "conflict" if refused.status == 409 else "refused"
    report.refused.append(Refusal(item.id, refused.status, code, refused.said))
    return None


def _equal(held: object, item: Item) -> bool:
    try:
        theirs = compare.comparison_hash(held)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return theirs == compare.comparison_hash(json.loads(item.text))


def _post(http: HttpClient, remote: RemoteLrs, group: Sequence[Item]) -> Trouble | None:
    """None: the target has them all. Raises _Refused."""
    statements = ("[" + ",".join(item.text for item in group) + "]").encode()
    attached = {sha2: blob for item in group for sha2, blob in item.parts.items()}
    media_type, body = parts.body(statements, attached)
    try:
        answer = remote.post(http, body, media_type)
    except HttpFailed as error:
        return Trouble(error.code, error.message)
    except HttpRefused as error:
        return Trouble(error.code, error.message, pauses=True)
    status = answer.status
    if status == 204 or (status in (200, 201) and _are_ids(answer, group)):
        return None
    if status in _CONTENT:
        raise _Refused(status, _said(answer))
    if status in _CREDENTIAL:
        return Trouble(f"http.{status}", f"the credential is refused: {_said(answer)}", pauses=True)
    if status in _PASSING or status >= 500:
        reason = f"answered {status}: {_said(answer)}"
        wait = _retry_after(answer)
        return Trouble(f"http.{status}", reason, wait, server=status >= 500 and wait is None)
    return Trouble(
        "target.answer",
        f"answered {status}, which no LRS does to a POST of statements; is the endpoint right?",
    )


def _are_ids(answer: HttpResponse, group: Sequence[Item]) -> bool:
    """Whether it is the list of ids that an LRS answers with (one may leave out what it had)."""
    try:
        listed = answer.json()
    except HttpFailed:
        return False
    ours = {str(item.id) for item in group}
    return isinstance(listed, list) and all(str(one).lower() in ours for one in listed)


def _said(answer: HttpResponse) -> str:
    kind = answer.headers.get("Content-Type", "")
    if "html" in kind.lower():
        return "(a web page)"
    words = answer.body[:4000].decode(errors="replace")
    return re.sub(r"[\x00-\x1f\x7f\s]+", " ", words).strip()[:1000] or answer.reason


def _retry_after(answer: HttpResponse) -> float | None:
    """Seconds that the target wants to be left alone (RFC 9110, 10.2.3)."""
    given = answer.headers.get("Retry-After", "").strip()
    if given.isascii() and given.isdigit():
        return float(given[:9])
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - clock.now()).total_seconds())
