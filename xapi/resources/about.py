"""GET /about: the versions that the store speaks; needs no credential.

xAPI 1.0.3 Communication 2.8, IEEE 9274.1.1 4.1.6.7.
"""

import orjson
from flask import Response, request

from xapi.resources import parameters
from xapi.resources.service import Service
from xapi.statements.errors import VERSIONS


def get(_service: Service) -> Response:
    """Answer with the versions."""
    parameters.only(request.args, ())
    return Response(orjson.dumps({"version": list(VERSIONS), "extensions": {}}),
                    mimetype="application/json")  # fmt: skip
