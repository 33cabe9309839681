"""Platforms that register tools, over HTTP: Moodle as recorded, Canvas and Brightspace as written.

What Canvas and Brightspace do here comes from their public documentation, not from a recording.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

MOODLE = json.loads((Path(__file__).parent / "fixtures" / "moodle-4.5.json").read_text())
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"


@dataclass
class Answer:
    """What the platform answers; text is sent as HTML, as Moodle does."""

    status: int = 200
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)


class FakePlatform:
    """What the platform shows, whom it lets in, and what it was sent."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.address = f"http://{self.host}"
        self.configuration: Any = {}
        self.token = "one-time-token-of-the-lms-0123456789"
        self.configuration_needs_token = False
        self.registration_needs_token = True
        self.used: set[str] = set()
        self.response: dict[str, Any] = {"client_id": "client-1"}
        self.planned: dict[str, Answer] = {}
        self.seen: list[tuple[str, str, dict[str, str], Any]] = []
        self.registered: list[dict[str, Any]] = []

    @property
    def configuration_address(self) -> str:
        return f"{self.address}/openid-configuration"

    def invitation(self, **more: str) -> dict[str, str]:
        """The parameters that it adds to a registration link."""
        token = {"registration_token": self.token} if self.token else {}
        return {"openid_configuration": self.configuration_address, **token, **more}

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        self.seen.append((method, path, headers, body))
        if path in self.planned:
            return self.planned[path]
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if method == "GET":
            if self.configuration_needs_token and bearer != self.token:
                return Answer(401, {"errors": "unauthorized"})
            return Answer(200, self.configuration)
        if self.registration_needs_token and not bearer:
            return _recorded("no_token")
        if bearer in self.used:
            return _recorded("reused_token")
        if self.registration_needs_token and bearer != self.token:
            return _recorded("garbage_token")
        self.used.add(bearer)
        request = json.loads(body)
        self.registered.append(request)
        given = {**request, **self.response}
        if TOOL in self.response:
            given[TOOL] = {**request[TOOL], **self.response[TOOL]}
        return Answer(200, given)


def _recorded(name: str) -> Answer:
    said = MOODLE[name]
    return Answer(said["status"], said["body"])


def moodle(platform: FakePlatform) -> FakePlatform:
    """Moodle 4.5 as recorded, at this platform's address."""
    text = json.dumps(MOODLE["openid_configuration"])
    platform.configuration = json.loads(text.replace("http://127.0.0.1:8088", platform.address))
    recorded = MOODLE["registration_response"]["body"]
    platform.response = {
        "client_id": recorded["client_id"],
        TOOL: {"deployment_id": recorded[TOOL]["deployment_id"], "version": "1.3.0"},
    }
    platform.used.discard("")
    return platform


def canvas(platform: FakePlatform) -> FakePlatform:
    """Canvas: the configuration needs the token, and no deployment comes back."""
    at = platform.address
    platform.configuration_needs_token = True
    platform.configuration = {
        "issuer": at,
        "authorization_endpoint": f"{at}/api/lti/authorize_redirect",
        "registration_endpoint": f"{at}/api/lti/registrations",
        "jwks_uri": f"{at}/api/lti/security/jwks",
        "token_endpoint": f"{at}/login/oauth2/token",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "scopes_supported": [
            "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
            "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
            "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
            "https://purl.imsglobal.org/spec/lti-ags/scope/score",
            "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
            "https://canvas.instructure.com/lti/public_jwk/scope/update",
        ],
        "response_types_supported": ["id_token"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "name", "given_name", "family_name", "email", "locale"],
        "subject_types_supported": ["public"],
        "authorization_server": "canvas.instructure.com",
        PLATFORM: {
            "product_family_code": "canvas",
            "version": "vCloud",
            "messages_supported": [
                {
                    "type": "LtiResourceLinkRequest",
                    "placements": ["account_navigation", "course_navigation", "wiki_page_menu"],
                },
                {
                    "type": "LtiDeepLinkingRequest",
                    "placements": [
                        "assignment_selection",
                        "link_selection",
                        "submission_type_selection",
                    ],
                },
            ],
            "variables": ["ResourceLink.id", "Context.id.history", "Canvas.environment.test"],
            "https://canvas.instructure.com/lti/account_name": "Test University",
        },
    }
    platform.response = {"client_id": "10000000000001"}
    return platform


def brightspace(platform: FakePlatform) -> FakePlatform:
    """Brightspace: its token is part of the configuration's address, and it has an audience."""
    moodle(platform)
    platform.token = ""
    platform.registration_needs_token = False
    platform.configuration["authorization_server"] = "https://api.brightspace.com/auth/token"
    platform.configuration[PLATFORM]["product_family_code"] = "desire2learn"
    platform.response = {"client_id": "7bba2258-db18-4e65-bf2f-0cdd04aa58a8"}
    return platform


@contextmanager
def fake_platform() -> Iterator[FakePlatform]:
    """A platform that runs on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = platform.answer(self.command, self.path.partition("?")[0], headers, body)
            is_text = isinstance(answer.body, str)
            sent = (answer.body if is_text else json.dumps(answer.body)).encode()
            self.send_response(answer.status)
            media_type = "text/html; charset=utf-8" if is_text else "application/json"
            for name, value in {"Content-Type": media_type, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = _any  # noqa: N815

        def log_message(self, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    platform = FakePlatform(server.server_address[1])
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
