"""An installation's tenants, for commands that must name one. Needs an EVERY_TENANT session."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from rubrics.tables.people import Tenant


def tenants(session: Session) -> dict[UUID, str]:
    """Names by id, the oldest tenant first."""
    rows = session.scalars(select(Tenant).order_by(Tenant.created_at, Tenant.id))
    return {row.id: row.name for row in rows}
