"""One call of a resource: what was asked, by whom, in which version.

The request is not always the one that came over the wire: alternate.py unwraps those of 1.0.3 that
hide in a form. So resources read this one and never Flask's own.
"""

import sys
from dataclasses import dataclass
from hashlib import sha256

from flask import Request, Response

from xapi.access.authenticate import Grant
from xapi.resources import parameters
from xapi.resources.faults import Refused
from xapi.resources.parameters import Arguments
from xapi.resources.service import Service
from xapi.statements.errors import V1


@dataclass(frozen=True, slots=True)
class Call:
    """What a resource answers to."""

    service: Service
    request: Request
    version: str
    """By whose rules: "1.0.3" or "2.0.0"."""
    grant: Grant

    @property
    def arguments(self) -> Arguments:
        """The parameters of the query string."""
        return self.request.args

    @property
    def is_v1(self) -> bool:
        """Whether the rules are those of 1.0.3."""
        return self.version == V1

    def body(self) -> bytes:
        """The whole body. Raises Refused, or 413 as soon as it is seen to be too large."""
        return body_of(self.request)

    def allow(self, allowed: bool, what: str) -> None:
        """Raise Refused unless the credential's scopes allow it."""
        if not allowed:
            raise Refused(403, "scope", f"this credential may not {what}")

    def only(self, *known: str) -> None:
        """Raise Refused for a parameter that is unknown or given twice."""
        parameters.only(self.arguments, known)

    def json(self, text: str) -> Response:
        """An answer in JSON, with an ETag."""
        data = text.encode()
        response = Response(data, content_type="application/json")
        response.set_etag(sha256(data).hexdigest()[:32])
        return response


def body_of(request: Request, beginning: bytes = b"") -> bytes:
    """The whole body of a request. Raises Refused, or 413 as soon as it is seen to be too large.

    `beginning` was read from its stream before. What werkzeug returns may be only a beginning: of a
    body without a length that passes the limit, or of one whose sender went away.
    """
    data = beginning + request.get_data(cache=False)
    length = request.content_length
    if length is not None and len(data) < length:
        raise Refused(400, "body.cut", "the body is shorter than its Content-Length")
    if length is None and len(data) >= (request.max_content_length or sys.maxsize):
        request.stream.read(1)  # raises RequestEntityTooLarge
    return data
