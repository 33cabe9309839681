"""The tenants of an installation, for commands that must name one."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from rubrics.tables.people import Tenant


def tenants(session: Session) -> dict[UUID, str]:
    """The names of all tenants by id, in the order they were made."""
    rows = session.execute(select(Tenant.id, Tenant.name).order_by(Tenant.created_at))
    return {row.id: row.name for row in rows}
