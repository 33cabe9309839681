"""Another learning record store, spoken to over HTTP: where statements are forwarded to.

Touches the network through the guarded client. xAPI 1.0.3 Communication 2.1 and 2.8, IEEE 9274.1.1
4.1.6.1 and 4.1.6.7.
"""

import base64
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from foundation.http import HttpClient, HttpFailed, HttpResponse
from foundation.http_target import target_of
from xapi.statements.errors import V1, V2


class NoVersion(ValueError):
    """An LRS's /about names no version that we speak."""


@dataclass(frozen=True, slots=True)
class RemoteLrs:
    """An LRS: its endpoint without a slash at the end, a credential, the version that it speaks."""

    endpoint: str
    key: str
    secret: str = field(repr=False)
    version: str = V2
    private_hosts: Collection[str] = ()
    """host:port texts that may resolve to private addresses."""

    def check(self) -> None:
        """Raise HttpRefused where the endpoint could never be called."""
        target_of(self.endpoint, self.private_hosts)

    def post(self, http: HttpClient, body: bytes, media_type: str) -> HttpResponse:
        """Send a batch; the answer of any status. Raises HttpRefused, HttpFailed.

        Sent once more where the line broke: the target may have closed one that stood idle, and a
        statement that comes twice is stored once.
        """
        headers = {"Content-Type": media_type}
        try:
            return self._call(http, "POST", "/statements", body, headers)
        except HttpFailed as error:
            if error.code != "http.connect":
                raise
            return self._call(http, "POST", "/statements", body, headers)

    def held(self, http: HttpClient, statement_id: UUID) -> Any:
        """The statement that it has under this id, voided or not; None where it shows none.

        Raises HttpRefused, HttpFailed.
        """
        for name in ("statementId", "voidedStatementId"):
            answer = self._call(http, "GET", f"/statements?{name}={statement_id}")
            if answer.status == 200:
                return answer.json()
        return None

    def spoken(self, http: HttpClient) -> str:
        """The newest version that its /about names and we speak: "2.0.0" or "1.0.3".

        Raises NoVersion, HttpRefused, HttpFailed.
        """
        answer = http.request("GET", f"{self.endpoint}/about", private_hosts=self.private_hosts)
        if answer.status != 200:
            raise NoVersion(f"{self.endpoint}/about answered {answer.status}")
        try:
            about = answer.json()
        except HttpFailed:
            raise NoVersion(f"{self.endpoint}/about did not answer with JSON") from None
        listed = about.get("version") if isinstance(about, dict) else None
        named = [str(one) for one in listed] if isinstance(listed, list) else []
        for version, prefix in ((V2, "2.0"), (V1, "1.0")):
            if any(one == prefix or one.startswith(f"{prefix}.") for one in named):
                return version
        raise NoVersion(f"{self.endpoint}/about names neither 1.0.x nor 2.0.x")

    def _call(
        self,
        http: HttpClient,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        pair = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return http.request(
            method,
            self.endpoint + path,
            headers={
                "Authorization": f"Basic {pair}",
                "X-Experience-API-Version": self.version,
                **(headers or {}),
            },
            body=body,
            private_hosts=self.private_hosts,
            max_bytes=20_000_000,
        )
