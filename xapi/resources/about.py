"""GET /about: the versions that the store speaks; needs no credential.

xAPI 1.0.3 Communication 2.8, IEEE 9274.1.1 4.1.6.7.
"""

import orjson
from flask import Request, Response

from xapi.resources import parameters
from xapi.resources.faults import not_allowed
from xapi.statements.errors import VERSIONS


def answer(request: Request) -> Response:
    """The versions, to whoever asks. Raises Refused."""
    if request.method not in ("GET", "HEAD"):
        raise not_allowed("GET, HEAD, OPTIONS")
    parameters.only(request.args, ())
    return Response(orjson.dumps({"version": list(VERSIONS), "extensions": {}}),
                    mimetype="application/json")  # fmt: skip
