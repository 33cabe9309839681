"""A learning platform for tests: its own RSA key, a key set that it serves, launches that it signs.

`KeySets` stands where the HTTP client would fetch key sets; everything else goes through the real
addresses of the application, by a Flask test client.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from flask.testing import FlaskClient
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_encode
from requests.structures import CaseInsensitiveDict
from werkzeug.test import TestResponse

from foundation.db import Database
from foundation.http import HttpFailed, HttpResponse
from lti_tool.onboarding import onboard
from lti_tool.platforms.registrations import RegistrationInfo
from lti_tool.platforms.tables import DeploymentPolicy

BASE_URL = "http://localhost:8000"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
INSTRUCTOR, LEARNER = f"{MEMBERSHIP}Instructor", f"{MEMBERSHIP}Learner"

Claims = dict[str, Any]
_RS256 = RSAAlgorithm(RSAAlgorithm.SHA256)


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """A key of this name, made once a test process."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def way_in(location: str) -> str:
    """The way in of the handle that an address is of."""
    return "/".join(urlsplit(location).path.split("/")[:3]) + "/"


def public_jwk(key: rsa.RSAPrivateKey, kid: str, **members: Any) -> dict[str, Any]:
    """The public half as an LMS lists it."""
    jwk = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
    return {"kty": "RSA", "n": jwk["n"], "e": jwk["e"], "kid": kid, "alg": "RS256"} | members


class KeySets:
    """Answers for the key sets of platforms, and counts how often it was asked."""

    def __init__(self) -> None:
        self.served: dict[str, list[dict[str, Any]]] = {}
        self.requests = 0

    def request(self, method: str, url: str, **options: Any) -> HttpResponse:
        """What HttpClient.request does."""
        self.requests += 1
        if url not in self.served:
            raise HttpFailed("http.unreachable", url)
        body = json.dumps({"keys": self.served[url]}).encode()
        return HttpResponse(200, "OK", CaseInsensitiveDict(), body, url)


@dataclass
class SignedPlatform:
    """An LMS. `launch` is all that most tests need; the parts are there to be forged with."""

    issuer: str = "https://lms.example"
    client_id: str = "client-1"
    deployment_id: str = "1"
    kid: str = "key-1"
    key_name: str = "platform"
    host: str = ""
    """Where its services are; the issuer, unless several platforms share one."""
    registration: RegistrationInfo | None = field(default=None, init=False)

    @property
    def key_set_url(self) -> str:
        """Where its public keys are."""
        return f"{self.host or self.issuer}/jwks"

    def register(
        self,
        db: Database,
        keys: KeySets,
        *,
        tenant_name: str | None = None,
        policy: DeploymentPolicy = DeploymentPolicy.FIRST,
    ) -> "SignedPlatform":
        """Register it, with its deployment, and serve its key."""
        host = self.host or self.issuer
        keys.served[self.key_set_url] = [public_jwk(rsa_key(self.key_name), self.kid)]
        self.registration = onboard(
            db,
            issuer=self.issuer,
            client_id=self.client_id,
            auth_login_url=f"{host}/auth",
            auth_token_url=f"{host}/token",
            key_set_url=self.key_set_url,
            deployment_ids=[self.deployment_id],
            name=self.client_id,
            tenant_name=tenant_name,
            policy=policy,
        )
        return self

    def login(self, client: FlaskClient, **changes: str) -> dict[str, str]:
        """Begin a login; gives what the browser is sent to the platform with."""
        form = {
            "iss": self.issuer,
            "client_id": self.client_id,
            "login_hint": "5",
            "target_link_uri": f"{BASE_URL}/lti/launch",
            "lti_deployment_id": self.deployment_id,
        } | changes
        answer = client.post("/lti/login", data=form)
        assert answer.status_code == 302, answer.text
        query = parse_qs(urlsplit(answer.location).query)
        return {name: values[0] for name, values in query.items()}

    def claims(
        self,
        nonce: str,
        *,
        sub: str = "5",
        name: str = "Ana Álvarez",
        roles: Sequence[str] = (LEARNER,),
        context: str = "course-1",
        link: str | None = "link-1",
        lineitem: str | None = None,
        custom: Claims | None = None,
        deep_linking: Claims | None = None,
    ) -> Claims:
        """The claims of a launch; with `deep_linking` settings, of a deep linking request."""
        moment = int(time.time())
        host = self.host or self.issuer
        found: Claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": sub,
            "name": name,
            "nonce": nonce,
            "iat": moment,
            "exp": moment + 60,
            f"{LTI}version": "1.3.0",
            f"{LTI}message_type": "LtiResourceLinkRequest",
            f"{LTI}deployment_id": self.deployment_id,
            f"{LTI}target_link_uri": f"{BASE_URL}/lti/launch",
            f"{LTI}roles": list(roles),
            f"{LTI}context": {"id": context, "title": f"Course {context}", "label": context},
            f"{LTI}launch_presentation": {"locale": "en", "return_url": f"{host}/back?sesskey=s"},
            f"{LTI}custom": custom or {},
            AGS: {
                "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
                "lineitems": f"{host}/{context}/lineitems",
            },
        }
        if deep_linking is not None:
            found[f"{LTI}message_type"] = "LtiDeepLinkingRequest"
            found[DEEP_LINKING] = {
                "deep_link_return_url": f"{host}/deep-link",
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["iframe", "window"],
                "accept_multiple": True,
            } | deep_linking
        elif link is not None:
            found[f"{LTI}resource_link"] = {"id": link, "title": f"Link {link}"}
        if lineitem is not None:
            found[AGS]["lineitem"] = lineitem
        return found

    def sign(
        self, claims: Claims, *, key_name: str | None = None, header: Claims | None = None
    ) -> str:
        """The claims as an id_token."""
        return self.sign_raw(json.dumps(claims).encode(), key_name=key_name, header=header)

    def sign_raw(
        self, payload: bytes, *, key_name: str | None = None, header: Claims | None = None
    ) -> str:
        """Any bytes as a token, signed correctly."""
        head = {"typ": "JWT", "alg": "RS256", "kid": self.kid} | (header or {})
        signed = b".".join(base64url_encode(part) for part in (json.dumps(head).encode(), payload))
        signature = _RS256.sign(signed, rsa_key(key_name or self.key_name))
        return (signed + b"." + base64url_encode(signature)).decode()

    def post(
        self,
        client: FlaskClient,
        change: Callable[[Claims], Any] | None = None,
        **claims: Any,
    ) -> TestResponse:
        """Log in and launch; `change` may alter the claims before they are signed."""
        sent = self.login(client)
        found = self.claims(sent["nonce"], **claims)
        if change is not None:
            change(found)
        return client.post(
            "/lti/launch", data={"state": sent["state"], "id_token": self.sign(found)}
        )

    def launch(self, client: FlaskClient, **claims: Any) -> str:
        """Log in and launch; gives the address of the handle's way in: /l/<handle>/."""
        answer = self.post(client, **claims)
        assert answer.status_code == 303, answer.text
        return way_in(answer.location)
