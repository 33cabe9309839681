"""Statements to vary in tests."""

from typing import Any
from uuid import uuid4

AUTHORITY = {"account": {"homePage": "https://twofold.example", "name": "key-1"}}
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def statement(**changes: Any) -> dict[str, Any]:
    """A small valid statement with a fresh id; None removes a member."""
    found: dict[str, Any] = {
        "id": str(uuid4()),
        "actor": {"account": {"homePage": "https://lms.example", "name": "42"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/scored", "display": {"en": "scored"}},
        "object": {"id": "https://example.org/activity/1"},
        **changes,
    }
    return {key: value for key, value in found.items() if value is not None}


def pointing_at(target: str, **changes: Any) -> dict[str, Any]:
    """A statement whose object is a StatementRef."""
    return statement(object={"objectType": "StatementRef", "id": target}, **changes)


def voiding(target: str, **changes: Any) -> dict[str, Any]:
    """A voiding statement."""
    return pointing_at(target, verb={"id": VOIDED}, **changes)
