"""GET /export: all statements of a store as one stream of JSON Lines or CSV; not part of xAPI.

For a credential that may read every statement. Page by page, so that no transaction stays open
while a slow reader reads; where the stream breaks, `since` goes on.
"""

from flask import Response

from xapi.access import scopes
from xapi.resources import parameters
from xapi.resources.call import Call
from xapi.resources.faults import Refused, parameter
from xapi.statements import times
from xapi.store import scan
from xapi.store.scan import Span
from xapi.transfer import export

_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8; header=present"}


def get(call: Call) -> Response:
    """Answer with what was stored after `since` and up to `until`, in that order."""
    call.allow(scopes.may_read(call.grant.scopes), "read all statements")
    call.only("format", "since", "until", "voided")
    form = call.arguments.get("format", "jsonl")
    if form == "parquet":
        raise Refused(406, "export.parquet",
                      "Parquet is files in folders: twofold lrs export --format parquet",
                      "?format")  # fmt: skip
    if form not in _TYPES:
        raise parameter("format", "must be jsonl or csv")
    since = parameters.moment(call.arguments, "since")
    until = parameters.moment(call.arguments, "until")
    voided = parameters.boolean(call.arguments, "voided")
    database, tenant = call.service.database, call.grant.tenant
    horizon = scan.horizon(database, tenant)
    end = horizon if until is None else min(until, horizon)
    span = Span(tenant, -1 if since is None else since, end, voided)
    pieces = (piece for _, piece in export.FORMATS[form](database, span))
    response = Response(pieces, content_type=_TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="statements.{form}"'
    response.headers["X-Experience-API-Consistent-Through"] = times.written(horizon)
    return response
