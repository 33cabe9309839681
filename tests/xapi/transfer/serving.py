"""A second instance of the store on a port of its own, as a stranger would meet it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from werkzeug.serving import make_server

from foundation.db import Database
from tests.xapi.conftest import Client, Site


@dataclass
class Served:
    """A store on the network, and a client inside it."""

    endpoint: str
    database: Database
    client: Client

    @property
    def credential(self) -> dict[str, str]:
        """Its key and secret."""
        assert self.client.auth is not None
        return {"key": self.client.auth[0], "secret": self.client.auth[1]}


@contextmanager
def served(database: Database, tenant: UUID, version: str = "2.0.0") -> Iterator[Served]:
    """Serve a database's store to this machine, with a credential of the tenant."""
    site = Site(database)
    client = site.client(tenant, "all", version=version)
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.port}/xapi", database, client)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
