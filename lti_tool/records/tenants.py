"""Tells the record store whether an id is a tenant's; to the store itself a tenant is opaque.

Touches tenants, once for each: they do not go away while a process runs.
"""

from uuid import UUID

from foundation.db import EVERY_TENANT, Database
from rubrics.queries.tenants import tenants


class Tenants:
    """The tenants that this process has heard of; safe in threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: frozenset[UUID] = frozenset()

    def know(self, tenant: UUID) -> bool:
        """Whether there is a tenant of this id."""
        if tenant not in self._known:
            with self._database.reading(EVERY_TENANT) as session:
                self._known = frozenset(tenants(session))
        return tenant in self._known
