"""GET /export: all statements of a store as one stream; not part of xAPI.

JSON Lines, CSV or Parquet; with the attached bytes a tar archive. For a credential that may read
every statement. Page by page, so that no transaction stays open while a slow reader reads; where
the stream breaks, `since` goes on.
"""

from collections.abc import Callable

from flask import Response

from foundation.db import Database
from xapi.access import scopes
from xapi.resources import parameters
from xapi.resources.call import Call
from xapi.resources.faults import Refused, parameter
from xapi.statements import times
from xapi.store import scan
from xapi.store.scan import Span
from xapi.transfer import archive, export
from xapi.transfer.export import Pieces

_TYPES = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8; header=present",
    "parquet": "application/vnd.apache.parquet",
}
_ARCHIVE = "application/x-tar"


def get(call: Call) -> Response:
    """Answer with what was stored after `since` and up to `until`, in that order."""
    call.allow(scopes.may_read(call.grant.scopes), "read all statements")
    call.only("format", "since", "until", "voided", "attachments")
    form = call.arguments.get("format", "jsonl")
    if form not in _TYPES:
        raise parameter("format", f"must be one of {', '.join(_TYPES)}")
    attached = parameters.boolean(call.arguments, "attachments")
    if attached and form == "parquet":
        raise parameter("attachments", "goes with jsonl and csv")
    since = parameters.moment(call.arguments, "since")
    until = parameters.moment(call.arguments, "until")
    voided = parameters.boolean(call.arguments, "voided")
    writer = _writer(form)
    database, tenant = call.service.database, call.grant.tenant
    horizon = scan.horizon(database, tenant)
    end = horizon if until is None else min(until, horizon)
    span = Span(tenant, -1 if since is None else since, end, voided)
    pieces, kind, suffix = writer(database, span), _TYPES[form], form
    if attached:
        pieces, kind, suffix = archive.stream(database, span, form, pieces), _ARCHIVE, "tar"
    response = Response((piece for _, piece in pieces), content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="statements.{suffix}"'
    response.headers["X-Experience-API-Consistent-Through"] = times.written(horizon)
    return response


def _writer(form: str) -> Callable[[Database, Span], Pieces]:
    """What writes this format. Raises Refused where what it needs is not installed."""
    if form in export.FORMATS:
        return export.FORMATS[form]
    try:
        from xapi.transfer import parquet
    except ModuleNotFoundError:
        raise Refused(501, "export.parquet",
                      'Parquet needs pyarrow on the server: pip install "twofold[parquet]"',
                      "?format") from None  # fmt: skip
    return parquet.stream
