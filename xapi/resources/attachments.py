"""Statements that bring bytes along: taking a body apart, and putting an answer together.

xAPI 1.0.3 Communication 1.5 and Data 2.4.11, IEEE 9274.1.1 4.1.3 and 4.2.2.6. Every part must be
named by a statement, every attachment without a fileUrl must have its part, and bytes must have
the digest by which they are named.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from flask import Response

from foundation.db import Database
from xapi.resources import multipart
from xapi.resources.call import Call
from xapi.resources.faults import Refused
from xapi.resources.multipart import Part
from xapi.statements import attachments, parse, signature
from xapi.statements.attachments import Attachment, is_digest
from xapi.statements.errors import Invalid
from xapi.statements.prepare import Prepared
from xapi.store import blobs
from xapi.store.blobs import Blob
from xapi.store.query import Found, Listed

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Received:
    """A body: the JSON of the statements, and the bytes that came with it by their digest."""

    json: bytes
    blobs: Mapping[str, Blob]

    def path(self, number: int) -> str:
        """Where the statement of that number stands in the JSON."""
        return f"$[{number}]" if self.json.lstrip()[:1] == b"[" else "$"


def received(call: Call) -> Received:
    """Take the body of a request apart. Raises Refused."""
    if call.request.mimetype == _JSON:
        return Received(call.body(), {})
    if call.request.mimetype != "multipart/mixed":
        raise Refused(400, "body.type", "Content-Type must be application/json, or"
                      " multipart/mixed where bytes come along")  # fmt: skip
    boundary = multipart.boundary_of(call.request.headers["Content-Type"])
    first, *others = multipart.read(call.body(), boundary)
    if _media_type(first).partition(";")[0].strip().lower() != _JSON:
        raise Refused(400, "multipart.first", "the first part must be application/json", "part 0")
    found: dict[str, Blob] = {}
    for number, part in enumerate(others, 1):
        sha2, blob = _blob(part, f"part {number}")
        found[sha2] = blob
    return Received(first.data, found)


def check(prepared: Sequence[Prepared], body: Received, version: str) -> None:
    """Raise Refused or Invalid where parts and attachments do not belong together."""
    if not body.blobs and not any(one.attachments for one in prepared):
        return
    for number, one in enumerate(prepared):
        for attachment in one.attachments:
            try:
                _check(one, attachment, body.blobs, version)
            except Invalid as error:
                raise error.under(body.path(number)) from None
    named = {attachment.sha2 for one in prepared for attachment in one.attachments}
    superfluous = sorted(body.blobs.keys() - named)
    if superfluous:
        raise Refused(400, "attachment.superfluous", "no statement has an attachment with the"
                      f" sha2 of a part: {superfluous[0]}")  # fmt: skip


def brought(
    prepared: Sequence[Prepared], sids: Mapping[UUID, int], body: Received
) -> Iterator[tuple[int, str]]:
    """Which of the stored statements brought which bytes: (sid, digest)."""
    for one in prepared:
        for attachment in one.attachments:
            if one.id in sids and attachment.sha2 in body.blobs:
                yield sids[one.id], attachment.sha2


def answer(call: Call, text: str, found: Sequence[Found | Listed]) -> Response:
    """Statements in JSON and the bytes that they brought, which are read while they are sent."""
    tenant, database = call.grant.tenant, call.service.database
    with database.reading(tenant) as session:
        brought = blobs.brought_by(session, tenant, [one.sid for one in found])
    named = attachments.named(((one.sid, one.body) for one in found), brought)
    body = multipart.Written(chain([({"Content-Type": _JSON}, text.encode())],
                                   _parts(database, tenant, named)))  # fmt: skip
    return Response(iter(body), content_type=body.content_type)


def _check(
    one: Prepared, attachment: Attachment, bytes_of: Mapping[str, Blob], version: str
) -> None:
    blob = bytes_of.get(attachment.sha2)
    if blob is None and (attachment.needed or attachment.signs):
        raise _invalid("missing", attachment, "there is no part with the bytes of this attachment")
    if not attachment.signs or blob is None:
        return
    if attachment.media_type.partition(";")[0].strip() != "application/octet-stream":
        message = "the contentType of a signature must be application/octet-stream"
        raise _invalid("signature", attachment, message)
    try:
        signature.check(blob.data, parse.value(one.body), version)
    except Invalid as error:
        raise error.under(attachment.path) from None


def _blob(part: Part, path: str) -> tuple[str, Blob]:
    encoding = part.headers.get("content-transfer-encoding", "")
    if encoding.lower() != "binary":
        raise Refused(400, "multipart.encoding", "Content-Transfer-Encoding must be binary", path)
    sha2 = part.headers.get("x-experience-api-hash", "").lower()
    if not sha2:
        raise Refused(400, "multipart.hash", "X-Experience-API-Hash must name the bytes", path)
    if not is_digest(sha2, part.data):
        message = "X-Experience-API-Hash is not a SHA-2 digest of these bytes"
        raise Refused(400, "multipart.hash", message, path)
    return sha2, Blob(_media_type(part) or "application/octet-stream", part.data)


def _media_type(part: Part) -> str:
    return part.headers.get("content-type", "")


def _parts(
    database: Database, tenant: UUID, named: Sequence[tuple[str, str]]
) -> Iterator[multipart.Outgoing]:
    """A part for each; none for bytes that were removed since the statements were read."""
    for sha2, media_type in named:
        with database.reading(tenant) as session:
            data = blobs.content(session, tenant, sha2)
        if data is not None:
            headers = {
                "Content-Type": media_type,
                "Content-Transfer-Encoding": "binary",
                "X-Experience-API-Hash": sha2,
            }
            yield headers, data


def _invalid(code: str, attachment: Attachment, message: str) -> Invalid:
    return Invalid(f"attachment.{code}", attachment.path, message,
                   "xAPI 1.0.3 Data 2.4.11 / IEEE 9274.1.1 4.2.2.6")  # fmt: skip
