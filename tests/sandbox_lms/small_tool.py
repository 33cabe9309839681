"""A very small LTI tool with a key of its own, served over real HTTP, to try the LMS with.

Touches one port. It signs what it is told to sign, right or wrong.
"""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, jsonify, redirect, request
from jwt.algorithms import RSAAlgorithm

from sandbox_lms.config import Config
from sandbox_lms.messages import DEEP_LINKING, LTI
from sandbox_lms.seed import CLIENT_ID
from sandbox_lms.server import listen, serve
from sandbox_lms.store import Store, every
from sandbox_lms.tokens import AGS_SCOPES, MEMBERSHIP_READ

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class SmallTool:
    """Keys, what arrived, and the two things that a tool signs."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.key_set_reads = 0
        self.logins: list[dict[str, str]] = []
        self.launches: list[dict[str, str]] = []
        self.kid = self.add_key("first")

    def add_key(self, kid: str) -> str:
        self.keys[kid] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return kid

    def public_keys(self) -> list[dict[str, Any]]:
        return [
            {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": "RS256"}
            for kid, key in self.keys.items()
        ]

    def sign(self, claims: dict[str, Any], *, kid: str | None = "first") -> str:
        headers = {} if kid is None else {"kid": kid}
        return jwt.encode(claims, self.keys[kid or "first"], "RS256", headers=headers)

    def assertion_claims(self, lms: Config, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        return _without_none(
            {
                "iss": CLIENT_ID,
                "sub": CLIENT_ID,
                "aud": lms.token_url,
                "iat": now,
                "exp": now + 60,
                "jti": uuid.uuid4().hex,
                **changed,
            }
        )

    def ask_token(self, lms: Config, assertion: str, **changed: str) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            "scope": " ".join([*AGS_SCOPES, MEMBERSHIP_READ]),
            **changed,
        }
        return requests.post(lms.token_url, data=form, timeout=5)

    def token(self, lms: Config, *scopes: str, client_id: str = CLIENT_ID) -> str:
        claims = self.assertion_claims(lms, iss=client_id, sub=client_id)
        changed = {"scope": " ".join(scopes)} if scopes else {}
        answer = self.ask_token(lms, self.sign(claims), **changed)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def deep_linking_claims(
        self, lms: Config, message: dict[str, Any], items: list[Any], **changed: Any
    ) -> dict[str, Any]:
        now = int(time.time())
        settings = message[f"{DEEP_LINKING}deep_linking_settings"]
        claims = {
            "iss": message["aud"],
            "aud": lms.issuer,
            "iat": now,
            "exp": now + 60,
            "nonce": uuid.uuid4().hex,
            f"{LTI}deployment_id": message[f"{LTI}deployment_id"],
            f"{LTI}message_type": "LtiDeepLinkingResponse",
            f"{LTI}version": "1.3.0",
            f"{DEEP_LINKING}data": settings["data"],
            f"{DEEP_LINKING}content_items": items,
        }
        for name, value in changed.items():
            key = next((claim for claim in claims if claim.rpartition("/")[2] == name), name)
            claims[key] = value
        return _without_none(claims)


def _without_none(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value is not None}


@contextmanager
def small_tool() -> Iterator[SmallTool]:
    listener = listen("127.0.0.1", 0)
    # A host name of its own, so that a browser takes the tool for another site than the LMS.
    tool = SmallTool(f"http://localhost:{listener.getsockname()[1]}")
    server = serve(_web(tool), listener)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield tool
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()


def _web(tool: SmallTool) -> Flask:
    app = Flask("small_tool")

    @app.get("/lti/jwks")
    def jwks() -> Response:
        tool.key_set_reads += 1
        return jsonify(keys=tool.public_keys())

    @app.post("/lti/login")
    def login() -> Any:
        tool.logins.append(request.form.to_dict())
        return redirect(
            f"{request.form['iss']}/auth?{urlencode(auth_request(tool, request.form.to_dict()))}"
        )

    @app.post("/lti/launch")
    def launch() -> Any:
        tool.launches.append(request.form.to_dict())
        claims = jwt.decode(request.form["id_token"], options={"verify_signature": False})
        settings = claims.get(f"{DEEP_LINKING}deep_linking_settings")
        if settings is None:
            return f"<h1>Launched by {claims['name']}</h1>"
        lms = Config(claims["iss"], None, False)  # type: ignore[arg-type]
        item = {"type": "ltiResourceLink", "title": "Calm an upset client"}
        answer = tool.sign(tool.deep_linking_claims(lms, claims, [item]))
        return (
            f'<form method="post" action="{settings["deep_link_return_url"]}">'.replace(
                "&", "&amp;"
            )
            + f'<input type="hidden" name="JWT" value="{answer}">'
            "<button>Add to course</button></form>"
        )

    return app


def auth_request(tool: SmallTool, login: dict[str, str], **changed: str) -> dict[str, str]:
    """What a tool asks the authorisation endpoint after a login initiation."""
    return {
        "response_type": "id_token",
        "response_mode": "form_post",
        "scope": "openid",
        "prompt": "none",
        "client_id": login["client_id"],
        "redirect_uri": f"{tool.address}/lti/launch",
        "login_hint": login["login_hint"],
        "lti_message_hint": login["lti_message_hint"],
        "nonce": uuid.uuid4().hex,
        "state": "the-state",
        **changed,
    }


class Form(HTMLParser):
    """The first form of a page: its action, method, target and fields."""

    def __init__(self, page: requests.Response) -> None:
        super().__init__()
        self.action, self.method, self.target = "", "get", ""
        self.fields: dict[str, str] = {}
        self.feed(page.text)
        self.action = urljoin(page.url, self.action)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.fields and not self.action:
            self.action = given.get("action", "")
            self.method = given.get("method", "get")
            self.target = given.get("target", "")
        elif tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value", "")


class Person(requests.Session):
    """A browser without scripts: someone who is signed in and follows forms by hand."""

    def __init__(self, lms: Config, person: str = "") -> None:
        super().__init__()
        self.lms = lms
        if person:
            answer = self.post(f"{lms.base_url}/login", data={"person": person}, timeout=5)
            assert answer.status_code == 200, answer.text

    def open(self, path: str) -> requests.Response:
        return self.get(urljoin(self.lms.base_url, path), timeout=10)

    def submit(self, page: requests.Response, **changed: str) -> requests.Response:
        form = Form(page)
        return self.request(form.method.upper(), form.action, **_payload(form, changed), timeout=10)

    def login_fields(self, path: str) -> dict[str, str]:
        """The login initiation that opening this page would post to the tool."""
        page = self.open(path)
        assert page.status_code == 200, page.text
        return Form(page).fields

    def ask_auth(self, asked: dict[str, str]) -> requests.Response:
        return self.get(self.lms.auth_url, params=asked, timeout=5)


def _payload(form: Form, changed: dict[str, str]) -> dict[str, Any]:
    place = "data" if form.method.lower() == "post" else "params"
    return {place: {**form.fields, **changed}}


def launch_claims(tool: SmallTool, person: Person, path: str) -> dict[str, Any]:
    """Go through a whole launch as a browser would; the claims of the id_token."""
    answer = person.ask_auth(auth_request(tool, person.login_fields(path)))
    assert answer.status_code == 200, answer.text
    claims: dict[str, Any] = jwt.decode(
        Form(answer).fields["id_token"], options={"verify_signature": False}
    )
    return claims


class Judge:
    """What the judge has listed."""

    def __init__(self, kept: Store) -> None:
        self._kept = kept

    def rules(self) -> list[str]:
        """The codes of all entries, the newest first."""
        return [row["rule"] for row in self.entries()]

    def entries(self) -> list[Any]:
        with self._kept.reading() as connection:
            return every(connection, "SELECT * FROM refusal ORDER BY number DESC")
