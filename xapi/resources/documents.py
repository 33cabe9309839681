"""What the three document resources share: preconditions, merging, listing.

xAPI 1.0.3 Communication 2.2 and 3.1, IEEE 9274.1.1 4.1.4 and 4.1.6.2. Every change is decided on a
document that was read, and holds only if that is what is still there; otherwise it is decided anew.
So preconditions are atomic and a merge loses nothing, without parsing inside a transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate

import orjson
from flask import Response
from werkzeug.datastructures import ETags

from xapi.resources import parameters
from xapi.resources.call import Call
from xapi.resources.faults import Refused, parameter
from xapi.statements import parse
from xapi.statements.errors import Invalid
from xapi.statements.parse import Parsed
from xapi.store import documents
from xapi.store.documents import Content, Kind, Place

MOST_RIVALS = 200
"""How often a change is decided anew because somebody else was faster."""

_JSON = "application/json"
_OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Resource:
    """What one of the three resources adds: the name of its ids, and what its documents are of."""

    name: str
    """The parameter with a document's id: stateId or profileId."""
    context: tuple[str, ...]
    """The other parameters."""
    place: Callable[[Call], Place]
    readable: Callable[[Call], bool]
    writable: Callable[[Call], bool]
    guarded_in_v1: bool
    """In 1.0.3 a PUT must say what it replaces (profiles); in 2.0 all documents are alike."""
    deletes_all: bool = False
    """DELETE without an id deletes every document of the place (state)."""

    def get(self, call: Call) -> Response:
        """Answer with a document, or with the ids of those there are."""
        call.allow(self.readable(call), "read these documents")
        if self.name not in call.arguments:
            return self._list(call)
        call.only(self.name, *self.context)
        place, name = self._named(call)
        with call.service.database.reading(place.tenant) as session:
            found = documents.one(session, place, name)
        if found is None:
            raise Refused(404, "document.unknown", "there is no such document")
        response = Response(found.data, content_type=found.media_type)
        response.set_etag(found.etag)
        response.headers["Last-Modified"] = formatdate(found.updated // 1_000_000, usegmt=True)
        return response

    def put(self, call: Call) -> Response:
        """Store a document in place of any that is there."""
        place, name = self._written(call)
        new = documents.content(_media_type(call), call.body())

        def replaced(old: Content | None) -> Content:
            self._check_put(call, old)
            return new

        return self._change(call, place, name, replaced)

    def post(self, call: Call) -> Response:
        """Store a document, or merge one in JSON with the one that is there."""
        place, name = self._written(call)
        media_type, data = _media_type(call), call.body()
        fields = _fields(data, "the document") if _is_json(media_type) else None

        def merged(old: Content | None) -> Content:
            _check(call, old)
            if old is None:
                return documents.content(media_type, data)
            if fields is None or not _is_json(old.media_type):
                raise Refused(400, "document.type", "only application/json can be merged, and"
                              " only with application/json")  # fmt: skip
            texts = {**_fields(old.data, "the stored document").texts, **fields.texts}
            return documents.content(old.media_type, _joined(texts))

        return self._change(call, place, name, merged)

    def delete(self, call: Call) -> Response:
        """Delete a document; in the state resource without an id: all of the place."""
        call.allow(self.writable(call), "delete these documents")
        call.only(self.name, *self.context)
        if self.deletes_all and self.name not in call.arguments:
            if {"If-Match", "If-None-Match"} & set(call.request.headers.keys()):
                raise Refused(400, "precondition", "a precondition needs the id of a document")
            place = self.place(call)
            with call.service.database.writing(place.tenant) as session:
                documents.remove_all(session, place)
            return Response(status=204)
        place, name = self._named(call)

        def gone(old: Content | None) -> None:
            _check(call, old)

        return self._change(call, place, name, gone)

    def _list(self, call: Call) -> Response:
        call.only("since", *self.context)
        place, since = self.place(call), parameters.moment(call.arguments, "since")
        with call.service.database.reading(place.tenant) as session:
            names, newest = documents.names(session, place, since)
        response = Response(orjson.dumps(names), content_type=_JSON)
        if newest and not call.is_v1:
            response.headers["Last-Modified"] = formatdate(newest // 1_000_000, usegmt=True)
        return response

    def _named(self, call: Call) -> tuple[Place, str]:
        name = parameters.required(call.arguments, self.name)
        if "\x00" in name:
            raise parameter(self.name, "must not contain the character NUL")
        return self.place(call), name

    def _written(self, call: Call) -> tuple[Place, str]:
        call.allow(self.writable(call), "store these documents")
        call.only(self.name, *self.context)
        return self._named(call)

    def _check_put(self, call: Call, old: Content | None) -> None:
        if _check(call, old) or (call.is_v1 and not self.guarded_in_v1):
            return
        if old is not None:
            raise Refused(409, "document.exists", "there is a document already: read it, and say"
                          " by If-Match with its ETag that you replace this one")  # fmt: skip
        if call.is_v1:
            raise Refused(400, "document.precondition",
                          "say by If-None-Match: * that you mean to make a new document,"
                          " or by If-Match which one you replace")  # fmt: skip

    def _change(
        self,
        call: Call,
        place: Place,
        name: str,
        decide: Callable[[Content | None], Content | None],
    ) -> Response:
        database = call.service.database
        for _ in range(MOST_RIVALS):
            with database.reading(place.tenant) as session:
                old = documents.one(session, place, name)
            new = decide(old)
            if old is None and new is None:
                return Response(status=204)
            with database.writing(place.tenant) as session:
                if new is not None:
                    done = documents.swap(session, place, name, old, new)
                else:
                    done = old is None or documents.remove(session, place, name, old)
            if done:
                return Response(status=204)
        raise Refused(503, "document.busy", "too many others change this document; try again",
                      headers={"Retry-After": "1"})  # fmt: skip


def place(call: Call, kind: Kind, *, activity: bool = False, agent: bool = False) -> Place:
    """The place that the parameters activityId, agent and registration name. Raises Refused."""
    arguments = call.arguments
    for name, wanted in (("activityId", activity), ("agent", agent)):
        if wanted:
            parameters.required(arguments, name)
    return Place(
        tenant=call.grant.tenant,
        kind=kind,
        activity=parameters.iri(arguments, "activityId"),
        agent=parameters.agent(arguments, "agent"),
        registration=parameters.uuid(arguments, "registration"),
    )


def _check(call: Call, old: Content | None) -> bool:
    """Whether the request has preconditions. Raises 412 where one does not hold (RFC 9110, 13)."""
    wanted, unwanted = call.request.if_match, call.request.if_none_match
    for name, found in (("If-Match", wanted), ("If-None-Match", unwanted)):
        if name in call.request.headers and not found:
            raise Refused(
                400, "precondition", f'{name} needs an ETag in quotes, such as "abc", or *'
            )
    if wanted and not _matches(wanted, old):
        raise Refused(412, "precondition", "If-Match: the document is another one by now")
    if unwanted and _matches(unwanted, old):
        raise Refused(412, "precondition", "If-None-Match: there is such a document already")
    return bool(wanted or unwanted)


def _matches(tags: ETags, old: Content | None) -> bool:
    """Weak tags count too: a proxy that compresses weakens ours, which still name the content."""
    return old is not None and (tags.star_tag or tags.contains_weak(old.etag))


def _media_type(call: Call) -> str:
    given = call.request.headers.get("Content-Type", "").strip() or _OCTETS
    if len(given) > 255 or not given.isascii():
        raise Refused(400, "document.type", "Content-Type must be a media type")
    return given


def _is_json(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() == _JSON


def _fields(data: bytes, what: str) -> Parsed:
    try:
        found = parse.document(data)
    except Invalid as error:
        if error.code.startswith("json."):
            raise Refused(400, error.code, f"{what}: {error.message}") from None
        found = []
    if isinstance(found, list):
        raise Refused(400, "document.object", f"{what} must be a JSON object to be merged")
    return found


def _joined(texts: Mapping[str, str]) -> bytes:
    """An object of members whose texts are given."""
    members = (orjson.dumps(key) + b":" + text.encode() for key, text in texts.items())
    return b"{" + b",".join(members) + b"}"
