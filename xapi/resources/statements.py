"""The statement resource: GET one or a page, POST one or a batch, PUT one.

xAPI 1.0.3 Communication 2.1, IEEE 9274.1.1 4.1.6.1. Statements are parsed and checked before the
transaction opens; a batch is stored whole or not at all.
"""

from collections.abc import Callable, Sequence
from email.utils import formatdate
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import orjson
from flask import Response, g, request

from xapi.access import scopes
from xapi.access.authenticate import Grant
from xapi.resources import parameters
from xapi.resources.faults import Refused, parameter
from xapi.resources.parameters import Wanted
from xapi.resources.service import Service
from xapi.statements import formats, references
from xapi.statements.errors import V2
from xapi.statements.prepare import Prepared, prepare, prepare_all
from xapi.store import consistent, query, write
from xapi.store.query import Found


def authority(service: Service, grant: Grant) -> dict[str, Any]:
    """The agent that vouches for what a credential stores."""
    return {
        "objectType": "Agent",
        "account": {"homePage": service.iri_base, "name": grant.key},
    }


def get(service: Service) -> Response:
    """Answer with one statement, or with a page of those that match."""
    grant: Grant = g.xapi_grant
    if not scopes.may_read_own(grant.scopes):
        raise Refused(403, "scope", "this credential may not read statements")
    agent = authority(service, grant)
    own = None if scopes.may_read(grant.scopes) else references.identifier(agent)
    wanted = parameters.wanted(request.args, own)
    if wanted.statement_id is not None:
        return _one(service, grant, wanted, wanted.statement_id)
    return _page(service, grant, wanted)


def post(service: Service) -> Response:
    """Store one statement or a batch; answers with their ids."""
    grant = _writer()
    parameters.only(request.args, ())
    prepared = prepare_all(_json_body(), authority=authority(service, grant),
                              version=g.xapi_version)  # fmt: skip
    _store(service, grant, prepared)
    return Response(orjson.dumps([one.id for one in prepared]), mimetype="application/json")


def put(service: Service) -> Response:
    """Store one statement under the id that the request names."""
    grant = _writer()
    parameters.only(request.args, ("statementId",))
    statement_id = parameters.uuid(request.args, "statementId")
    if statement_id is None:
        raise parameter("statementId", "PUT needs the statement's id")
    prepared = prepare(_json_body(), authority=authority(service, grant),
                       version=g.xapi_version, statement_id=statement_id)  # fmt: skip
    _store(service, grant, [prepared])
    return Response(status=204)


def _writer() -> Grant:
    grant: Grant = g.xapi_grant
    if not scopes.may_write(grant.scopes):
        raise Refused(403, "scope", "this credential may not store statements")
    return grant


def _json_body() -> bytes:
    if request.mimetype == "multipart/mixed":
        raise Refused(400, "body.multipart", "statements with attached bytes are not accepted;"
                      " send application/json, and attachments by fileUrl")  # fmt: skip
    if request.mimetype != "application/json":
        raise Refused(400, "body.type", "Content-Type must be application/json")
    return request.get_data(cache=False)


def _store(service: Service, grant: Grant, prepared: Sequence[Prepared]) -> None:
    if len(prepared) > write.MAX_BATCH:
        raise Refused(413, "batch.size", f"send at most {write.MAX_BATCH} statements at once")
    if any(one.awaited for one in prepared):
        raise Refused(400, "attachment.bytes", "an attachment has neither a fileUrl nor its bytes",
                      "$.attachments")  # fmt: skip
    with service.database.writing(grant.tenant) as session:
        outcomes = write.append(session, grant.tenant, prepared)
        for outcome in outcomes:
            if outcome.verdict is write.Verdict.CONFLICT:
                raise Refused(409, "statement.id.conflict",
                              f"another statement already has the id {outcome.id}",
                              "$.id")  # fmt: skip


def _one(service: Service, grant: Grant, wanted: Wanted, statement_id: UUID) -> Response:
    with service.database.reading(grant.tenant) as session:
        through = consistent.through(session)
        found = query.one(session, grant.tenant, statement_id, voided=wanted.voided,
                          authority=wanted.filters.authority)  # fmt: skip
    if found is None:
        what = "voided statement" if wanted.voided else "statement"
        raise Refused(404, "statement.unknown", f"there is no {what} of this id")
    return _answer(service, _shaped(wanted)(found.text()), [found], through, wanted)


def _page(service: Service, grant: Grant, wanted: Wanted) -> Response:
    with service.database.reading(grant.tenant) as session:
        page = query.find(session, grant.tenant, wanted.filters, wanted.cursor, wanted.limit)
    shape = _shaped(wanted)
    listed = ",".join(shape(found.text()) for found in page.found)
    more = "" if page.more is None else _more(page.more)
    body = f'{{"statements":[{listed}],"more":{orjson.dumps(more).decode()}}}'
    return _answer(service, body, page.found, page.consistent_through, wanted)


def _more(cursor: int) -> str:
    """The address of the next page: the same question, and where to go on."""
    asked = [(name, text) for name, text in request.args.items() if name != "cursor"]
    path = request.script_root + request.path
    return f"{path}?{urlencode([*asked, ('cursor', str(cursor))])}"


def _shaped(wanted: Wanted) -> Callable[[str], str]:
    if wanted.format == "ids":
        return formats.ids
    if wanted.format == "canonical":
        languages = formats.preferred(request.headers.get("Accept-Language", ""))
        return lambda text: formats.canonical(text, languages)
    return lambda text: text


def _answer(
    service: Service, body: str, found: Sequence[Found], through: int, wanted: Wanted
) -> Response:
    data = body.encode()
    kind = "application/json"
    if wanted.attachments:
        boundary = uuid4().hex
        data = (f"--{boundary}\r\nContent-Type: application/json\r\n\r\n".encode() + data
                + f"\r\n--{boundary}--\r\n".encode())  # fmt: skip
        kind = f"multipart/mixed; boundary={boundary}"
    response = Response(data, content_type=kind)
    response.headers["X-Experience-API-Consistent-Through"] = service.freshness.note(through)
    response.set_etag(blake2b(body.encode(), digest_size=16).hexdigest())
    if g.xapi_version == V2 and found:
        newest = max(one.sid for one in found)
        response.headers["Last-Modified"] = formatdate(newest // 1_000_000, usegmt=True)
    if wanted.format == "canonical":
        response.headers["Vary"] = "Accept-Language"
    return response
