"""What one running sandbox LMS is told at start: its own address and where its file lies.

Touches nothing. The base URL is the LTI issuer, so it must be the address that browsers
and tools use, without a trailing slash.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """Settings of one sandbox LMS. `base_url` is the issuer, for example http://127.0.0.1:8001."""

    base_url: str
    database: Path
    allow_faults: bool = False

    @property
    def issuer(self) -> str:
        return self.base_url

    @property
    def auth_url(self) -> str:
        return f"{self.base_url}/auth"

    @property
    def token_url(self) -> str:
        return f"{self.base_url}/token"

    @property
    def jwks_url(self) -> str:
        return f"{self.base_url}/jwks"
