"""The strict judge: a refusal as an exception, and the list of all refusals with their reasons.

May write only the refusal table. Reasons are our own sentences; anything in them that
looks like a token is taken out before it is stored. Serves every endpoint.
"""

import re
import secrets
import time

from flask import g, request

from sandbox_lms.store import store

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_TOKEN_LIKE = re.compile(r"[\w-]{6,}\.[\w-]{6,}\.[\w-]*|[\w-]{40,}")
_LONGEST_REASON = 400


class Refused(Exception):
    """Something a tool sent breaks a rule.

    `status` is the HTTP status, `rule` a code to search for, `reason` one plain sentence,
    `error` the OAuth or OpenID error code where the endpoint answers with one.
    """

    def __init__(self, status: int, rule: str, reason: str, error: str = "invalid_request") -> None:
        super().__init__(reason)
        self.status = status
        self.rule = rule
        self.reason = reason
        self.error = error


def note(rule: str, reason: str, severity: str = "refused") -> str:
    """Write one entry on the judge's page and return its reference, for example R-7FQ2MK.

    `severity` is "refused", or "warning" for what was accepted but should not be done.
    """
    reference = "R-" + "".join(secrets.choice(_ALPHABET) for _ in range(6))
    with store().writing() as connection:
        connection.execute(
            "INSERT INTO refusal (reference, time, severity, endpoint, client_id, rule, reason)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                reference,
                time.time(),
                severity,
                f"{request.method} {request.path}"[:200],
                _without_tokens(str(g.get("client_id", "")))[:100],
                rule,
                _without_tokens(reason)[:_LONGEST_REASON],
            ),
        )
    return reference


def _without_tokens(text: str) -> str:
    return _TOKEN_LIKE.sub("[removed]", text)
