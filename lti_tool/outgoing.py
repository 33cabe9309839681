"""The guarded HTTP client with a log line and a count for each call.

The line names the host and how it ended, and what the caller has bound (the registration); never a
path, a header or a body, since these carry tokens and people.
"""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

from foundation.http import HttpClient, HttpFailed, HttpRefused, HttpResponse
from foundation.http_target import host_port
from lti_tool import metrics

_log = structlog.get_logger("twofold")


@contextmanager
def on_behalf_of(registration_id: UUID) -> Iterator[None]:
    """Whose platform is called within this block."""
    with bound_contextvars(registration=str(registration_id)):
        yield


class Outgoing(HttpClient):
    """HttpClient, watched."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        private_hosts: Collection[str] = (),
        max_bytes: int = 1_000_000,
    ) -> HttpResponse:
        """As HttpClient.request."""
        begun = time.perf_counter()
        outcome = "unexpected"
        try:
            answer = super().request(
                method,
                url,
                headers=headers,
                body=body,
                private_hosts=private_hosts,
                max_bytes=max_bytes,
            )
            outcome = str(answer.status)
            return answer
        except (HttpFailed, HttpRefused) as error:
            outcome = error.code
            raise
        finally:
            _report(method, url, private_hosts, outcome, time.perf_counter() - begun)


def _report(
    method: str, url: str, private_hosts: Collection[str], outcome: str, seconds: float
) -> None:
    host = _host(url)
    network = "private" if host in private_hosts else "public"
    counted = f"{outcome[0]}xx" if outcome.isdigit() else outcome
    metrics.called_out(network, counted, seconds)
    ms = round(seconds * 1000, 1)
    _log.info("outgoing", method=method, host=host, outcome=outcome, ms=ms)


def _host(url: str) -> str:
    """Host and port where the address has them in a form that may be logged."""
    try:
        return host_port(url)
    except HttpRefused:
        return ""
