"""Who is let in, and where: the credential, the store it works in, its origins and its allowance.

Touches requests and the credential table. HTTP Basic as xAPI 1.0.3 Communication 4.1 and IEEE
9274.1.1 4.1.9 have it. A credential of a tenant works in that tenant's store; one of the
installation works in the installation's own, and in a tenant's at /tenants/<id>/.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from flask import Request, Response, request

from foundation.db import Database
from xapi.access.authenticate import Authenticator, Grant
from xapi.access.credentials import INSTALLATION
from xapi.access.limits import Limits
from xapi.resources.faults import Refused

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, X-Experience-API-Version,"
    " X-Experience-API-Consistent-Through, WWW-Authenticate, Retry-After",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Experience-API-Version,"
    " If-Match, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class Admission:
    """Lets requests in; one for each application, safe in threads."""

    def __init__(self, database: Database, is_tenant: Callable[[UUID], bool]) -> None:
        self._authenticator = Authenticator(database)
        self._limits = Limits(database)
        self._is_tenant = is_tenant

    def admit(self, asked: Request, store: UUID | None) -> Grant:
        """The grant of a request, in the store that its address names. Raises Refused."""
        grant = self.vouch(asked.headers.get("Authorization", ""))
        origin = asked.headers.get("Origin", "").lower()
        if origin and grant.origins is not None and origin not in grant.origins:
            raise Refused(403, "credential.origin",
                          "this credential may not be used from pages of this origin")  # fmt: skip
        if grant.rate is not None:
            wait = self._limits.spend(grant.key, grant.rate)
            if wait is not None:
                raise Refused(
                    429, "credential.rate",
                    f"this credential may make {grant.rate} requests a minute; go on in {wait} s",
                    headers={"Retry-After": str(wait)},
                )  # fmt: skip
        if store is None:
            return grant
        if not grant.may_enter(store):
            raise Refused(403, "credential.store", "this credential does not work in that store")
        if store != INSTALLATION and not self._is_tenant(store):
            raise Refused(404, "store.unknown", "there is no tenant of this id")
        return replace(grant, tenant=store)

    def vouch(self, authorization: str) -> Grant:
        """The grant of a header's credential, wherever it may be used. Raises Refused."""
        scheme, _, encoded = authorization.partition(" ")
        try:
            if scheme.lower() != "basic":
                raise ValueError
            pair = base64.b64decode(encoded.strip(), validate=True).decode()
        except (ValueError, binascii.Error):
            raise _unauthorised("credential.missing", "send a credential by HTTP Basic") from None
        key, colon, secret = pair.partition(":")
        grant = self._authenticator.authenticate(key, secret) if colon else None
        if grant is None:
            raise _unauthorised("credential.wrong", "no such credential is in force")
        return grant


def _unauthorised(code: str, message: str) -> Refused:
    challenge = {"WWW-Authenticate": 'Basic realm="xAPI", charset="UTF-8"'}
    return Refused(401, code, message, headers=challenge)


def share(response: Response, grant: Grant | None) -> None:
    """Let pages of the credential's origins read the response; without a grant, any page."""
    response.headers.update(_CORS)
    if grant is not None and grant.origins is not None:
        response.headers.add("Vary", "Origin")
        response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "null")
