"""The statement resource: GET one or a page, POST one or a batch, PUT one.

xAPI 1.0.3 Communication 2.1, IEEE 9274.1.1 4.1.6.1. Statements are parsed and checked before the
transaction opens; a batch is stored whole or not at all.
"""

from collections.abc import Sequence
from email.utils import formatdate
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from flask import Response

from xapi.access import scopes
from xapi.resources import attachments, parameters
from xapi.resources.attachments import Received
from xapi.resources.call import Call
from xapi.resources.faults import Refused, parameter
from xapi.resources.parameters import Wanted
from xapi.statements import formats, references, spelling
from xapi.statements.prepare import Prepared, prepare, prepare_all
from xapi.store import blobs, consistent, descriptions, query, write
from xapi.store.order import order
from xapi.store.query import Found, Listed
from xapi.store.write import Outcome


def authority(call: Call) -> dict[str, Any]:
    """The agent that vouches for what a credential stores."""
    return {
        "objectType": "Agent",
        "account": {"homePage": call.service.iri_base, "name": call.grant.key},
    }


def get(call: Call) -> Response:
    """Answer with one statement, or with a page of those that match."""
    granted = call.grant.scopes
    call.allow(scopes.may_read_own(granted), "read statements")
    agent = authority(call)
    own = None if scopes.may_read(granted) else references.identifier(agent)
    wanted = parameters.wanted(call.arguments, own)
    if wanted.statement_id is not None:
        return _one(call, wanted, wanted.statement_id)
    return _page(call, wanted)


def post(call: Call) -> Response:
    """Store one statement or a batch; answers with their ids."""
    call.allow(scopes.may_write(call.grant.scopes), "store statements")
    call.only()
    body = attachments.received(call)
    prepared = prepare_all(body.json, authority=authority(call), version=call.version)
    _store(call, prepared, body)
    return Response(orjson.dumps([one.id for one in prepared]), mimetype="application/json")


def put(call: Call) -> Response:
    """Store one statement under the id that the request names."""
    call.allow(scopes.may_write(call.grant.scopes), "store statements")
    call.only("statementId")
    statement_id = parameters.uuid(call.arguments, "statementId")
    if statement_id is None:
        raise parameter("statementId", "PUT needs the statement's id")
    body = attachments.received(call)
    prepared = prepare(body.json, authority=authority(call), version=call.version,
                       statement_id=statement_id)  # fmt: skip
    _store(call, [prepared], body)
    return Response(status=204)


def _store(call: Call, prepared: Sequence[Prepared], body: Received) -> None:
    tenant = call.grant.tenant
    if len(prepared) > write.MAX_BATCH:
        raise Refused(413, "batch.size", f"send at most {write.MAX_BATCH} statements at once")
    attachments.check(prepared, body, call.version)
    describes = scopes.may_define(call.grant.scopes)
    if not body.blobs:
        outcomes = call.service.appender.append(tenant, prepared, describes=describes)
        _require_no_conflict(outcomes, body)
        return
    wanted = order(tenant, prepared, describes=describes)
    with call.service.database.writing(tenant) as session:
        outcomes = write.carry_out(session, wanted)
        _require_no_conflict(outcomes, body)
        stored = {one.id: one.sid for one in outcomes if one.verdict is write.Verdict.STORED}
        blobs.keep(session, tenant, body.blobs, attachments.brought(prepared, stored, body))


def _require_no_conflict(outcomes: Sequence[Outcome], body: Received) -> None:
    for number, outcome in enumerate(outcomes):
        if outcome.verdict is write.Verdict.CONFLICT:
            raise Refused(409, "statement.id.conflict",
                          f"another statement already has the id {outcome.id}",
                          f"{body.path(number)}.id")  # fmt: skip


def _one(call: Call, wanted: Wanted, statement_id: UUID) -> Response:
    tenant = call.grant.tenant
    with call.service.database.reading(tenant) as session:
        through = consistent.through(session)
        found = query.one(session, tenant, statement_id, voided=wanted.voided,
                          authority=wanted.filters.authority)  # fmt: skip
    if found is None:
        what = "voided statement" if wanted.voided else "statement"
        raise Refused(404, "statement.unknown", f"there is no {what} of this id")
    return _answer(call, _texts(call, wanted, [found])[0], [found], through, wanted)


def _page(call: Call, wanted: Wanted) -> Response:
    tenant = call.grant.tenant
    with call.service.database.reading(tenant, alone=True) as session:
        page = query.find(session, tenant, wanted.filters, wanted.cursor, wanted.limit)
    listed = ",".join(_texts(call, wanted, page.found))
    more = "" if page.more is None else _more(call, page.more)
    body = f'{{"statements":[{listed}],"more":{orjson.dumps(more).decode()}}}'
    return _answer(call, body, page.found, page.consistent_through, wanted)


def _more(call: Call, cursor: int) -> str:
    """The address of the next page: the same question, and where to go on."""
    asked = [(name, text) for name, text in call.arguments.items() if name != "cursor"]
    path = call.request.script_root + call.request.path
    return f"{path}?{urlencode([*asked, ('cursor', str(cursor))])}"


def _texts(call: Call, wanted: Wanted, found: Sequence[Found | Listed]) -> list[str]:
    """The statements in the format that was asked for."""
    texts = [one.text() for one in found]
    if wanted.format == "ids":
        return [formats.ids(text) for text in texts]
    if wanted.format == "exact":
        return texts
    languages = formats.preferred(call.request.headers.get("Accept-Language", ""))
    values = [spelling.read(text) for text in texts]
    known = _definitions(call, values)
    return [formats.canonical(value, languages, known) for value in values]


def _definitions(call: Call, statements: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What is known of their activities; nothing to whom others' statements are not shown."""
    if not scopes.may_read(call.grant.scopes):
        return {}
    named = {activity["id"] for one in statements for activity in references.activities(one)}
    tenant = call.grant.tenant
    with call.service.database.reading(tenant) as session:
        return descriptions.definitions(session, tenant, named)


def _answer(
    call: Call, body: str, found: Sequence[Found | Listed], through: int, wanted: Wanted
) -> Response:
    if wanted.attachments:
        response = attachments.answer(call, body, found)
        response.set_etag(blake2b(body.encode(), digest_size=16).hexdigest())
    else:
        response = call.json(body)
    response.headers["X-Experience-API-Consistent-Through"] = call.service.freshness.note(through)
    if not call.is_v1 and found:
        newest = max(one.sid for one in found)
        response.headers["Last-Modified"] = formatdate(newest // 1_000_000, usegmt=True)
    if wanted.format == "canonical":
        response.headers["Vary"] = "Accept-Language"
    return response
