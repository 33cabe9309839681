"""Fixtures of the store's tests: two tenants, an application on a store, a client with its key."""

from collections.abc import Collection
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from foundation.db import Database
from xapi.access import credentials
from xapi.resources.blueprint import blueprint

IRI_BASE = "https://twofold.example"


class Client:
    """Speaks to the store as one credential, in one version."""

    def __init__(self, client: FlaskClient, key: str, secret: str, version: str) -> None:
        self._client = client
        self.key = key
        self.auth: tuple[str, str] | None = (key, secret)
        self.headers = {"X-Experience-API-Version": version}

    def __call__(
        self, method: str, path: str = "/statements", /, *, headers: Any = None, **options: Any
    ) -> TestResponse:
        """Send a request to a resource of the store."""
        if self.auth is not None:
            options.setdefault("auth", self.auth)
        return self._client.open(
            "/xapi" + path, method=method, headers={**self.headers, **(headers or {})}, **options
        )


class Site:
    """An application that serves one store."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.app = Flask("site")
        self.tenants: set[UUID] = set()
        resources = blueprint(
            database, iri_base=IRI_BASE, is_tenant=self.tenants.__contains__, max_body=100_000
        )
        self.app.register_blueprint(resources, url_prefix="/xapi")
        self.app.register_blueprint(
            resources, url_prefix="/xapi/tenants/<uuid:store>", name="xapi_tenant"
        )

    def client(self, tenant: UUID, *scopes: str, version: str = "1.0.3") -> Client:
        """A client with a new credential of this tenant."""
        self.tenants.add(tenant)
        wanted: Collection[str] = scopes or ("all",)
        with self.database.writing(tenant) as session:
            key, secret = credentials.create(session, tenant, "test", wanted)
        return Client(self.app.test_client(), key, secret, version)


@pytest.fixture
def tenant() -> UUID:
    """The tenant of the test."""
    return uuid4()


@pytest.fixture
def stranger() -> UUID:
    """Another tenant."""
    return uuid4()


@pytest.fixture
def site(db: Database) -> Site:
    """A site on each engine in turn."""
    return Site(db)
