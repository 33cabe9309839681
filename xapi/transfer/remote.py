"""Another learning record store, spoken to over HTTP: where statements are forwarded to.

Touches the network through the guarded client. xAPI 1.0.3 Communication 2.1.2, IEEE 9274.1.1
4.1.6.1: a batch by POST; a statement that is there already and equal is no error.
"""

import base64
from collections.abc import Collection
from dataclasses import dataclass

from foundation.http import HttpClient, HttpResponse
from foundation.http_target import target_of


@dataclass(frozen=True, slots=True)
class RemoteLrs:
    """An LRS: its endpoint without a slash at the end, a credential, the version that it speaks."""

    endpoint: str
    key: str
    secret: str
    version: str
    private_hosts: Collection[str] = ()
    """host:port texts that may resolve to private addresses."""

    def check(self) -> None:
        """Raise HttpRefused where the endpoint could never be called."""
        target_of(self.endpoint, self.private_hosts)

    def post(self, http: HttpClient, body: bytes, media_type: str) -> HttpResponse:
        """Send a batch; the answer of any status. Raises HttpRefused, HttpFailed."""
        pair = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return http.request(
            "POST",
            f"{self.endpoint}/statements",
            headers={
                "Authorization": f"Basic {pair}",
                "Content-Type": media_type,
                "X-Experience-API-Version": self.version,
            },
            body=body,
            private_hosts=self.private_hosts,
        )
