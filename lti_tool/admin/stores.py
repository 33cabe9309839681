"""Whose statements there are: the installation's own store, and one for each organisation.

Touches tenants, in reading sessions of EVERY_TENANT.
"""

from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm import Session

from rubrics.queries.tenants import tenants
from xapi.access.credentials import INSTALLATION


def stores(session: Session) -> dict[UUID, str]:
    """Names by id: the organisations, the oldest first, and the installation at the end."""
    return {**tenants(session), INSTALLATION: gettext("The whole installation")}
