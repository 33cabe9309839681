"""A registered platform, the pages behind its launches, and a browser."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from foundation.db import Database
from tests.lti_tool.launch_app import launch_app, launch_services
from tests.lti_tool.platform import KeySets, SignedPlatform


@pytest.fixture
def keys() -> KeySets:
    """The key sets of all platforms of a test."""
    return KeySets()


@pytest.fixture
def app(db: Database, keys: KeySets) -> Flask:
    """The application on a fresh database."""
    return launch_app(launch_services(db, keys))


@pytest.fixture
def platform(db: Database, keys: KeySets) -> SignedPlatform:
    """A platform with one deployment in a tenant of its own."""
    return SignedPlatform().register(db, keys)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser."""
    return app.test_client()
