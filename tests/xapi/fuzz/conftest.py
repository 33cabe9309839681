"""How much is tried: little in the normal tests, FUZZ times as much by `make fuzz`."""

import json
import os
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from werkzeug.test import TestResponse

from tests.xapi.conftest import Client, Site

EFFORT = int(os.environ.get("FUZZ", "1"))


def tried(times: int) -> settings:
    """So many examples, and as many times more as was asked for."""
    return settings(
        max_examples=times * EFFORT,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


def explained(answer: TestResponse) -> dict[str, Any] | None:
    """What an answer says is wrong (None: nothing is). It is no failure of ours."""
    assert answer.status_code < 500, answer.get_data(as_text=True)
    assert answer.headers["X-Experience-API-Consistent-Through"]
    assert answer.headers["X-Experience-API-Version"]
    if answer.status_code < 400:
        return None
    assert answer.content_type == "application/json"
    error: dict[str, Any] = json.loads(answer.data)["error"]
    assert sorted(error) == ["code", "message", "path", "spec"], error
    assert all(isinstance(text, str) and text for text in error.values()), error
    return error


@pytest.fixture
def clients(site: Site, tenant: UUID) -> Callable[[str], Client]:
    """A client for each version."""
    made = {version: site.client(tenant, version=version) for version in ("1.0.3", "2.0.0")}
    return made.__getitem__
