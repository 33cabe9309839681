"""An LMS over HTTP whose people and tokens have names like nobody else's; it remembers them all."""

import html
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.lti_tool.platform import INSTRUCTOR, LEARNER, LTI, SignedPlatform, public_jwk, rsa_key

NAME, SUBJECT = "Quillon Zephyrwood", "subject-of-quillon-4711"
EMAIL = "quillon.zephyrwood@private.example"
ACCESS_TOKEN = "access-token-that-nobody-may-log-0815"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"


class SpiedLms:
    """Where it is, and every secret that it has given away."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.platform = SignedPlatform(issuer=self.address)
        self.secrets: set[str] = {NAME, "Zephyrwood", SUBJECT, EMAIL, ACCESS_TOKEN}

    def page(self, asked: dict[str, str]) -> str:
        """The form by which a browser brings its launch."""
        person = asked["login_hint"]
        claims = self.platform.claims(
            asked["nonce"],
            sub=f"{SUBJECT}-{person}",
            name=f"{NAME} {person}",
            roles=[INSTRUCTOR if person == "0" else LEARNER],
        )
        claims |= {"email": EMAIL, "given_name": "Quillon", "family_name": "Zephyrwood"}
        claims[f"{LTI}target_link_uri"] = asked["redirect_uri"]
        claims[NRPS] = {"context_memberships_url": f"{self.address}/members"}
        token = self.platform.sign(claims)
        self.secrets |= {asked["state"], asked["nonce"], token, token.rpartition(".")[2]}
        action = html.escape(asked["redirect_uri"])
        return (
            f'<form data-autosubmit method="post" action="{action}">'
            f'<input name="state" value="{asked["state"]}">'
            f'<input name="id_token" value="{token}"></form>'
        )

    def answer(self, path: str, asked: dict[str, str]) -> tuple[str, str]:
        """Media type and body."""
        if path == "/auth":
            return "text/html", self.page(asked)
        if path == "/jwks":
            keys = [public_jwk(rsa_key(self.platform.key_name), self.platform.kid)]
            return "application/json", json.dumps({"keys": keys})
        if path == "/token":
            self.secrets.add(asked["client_assertion"])
            found = {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3600}
            return "application/json", json.dumps(found)
        member = {"status": "Active", "roles": ["Learner"], "user_id": f"{SUBJECT}-9"}
        members = [{**member, "name": f"{NAME} 9", "email": EMAIL}]
        body = {"id": "x", "context": {"id": "course-1"}, "members": members}
        return "application/vnd.ims.lti-nrps.v2.membershipcontainer+json", json.dumps(body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        query = parts.query or self.rfile.read(length).decode()
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        lms: SpiedLms = self.server.lms  # type: ignore[attr-defined]
        media_type, text = lms.answer(parts.path, asked)
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815


@contextmanager
def spied_lms() -> Iterator[SpiedLms]:
    """A running one, on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.lms = SpiedLms(server.server_address[1])  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.lms  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
