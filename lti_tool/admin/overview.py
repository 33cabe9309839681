"""What the administrator's pages show of platforms and keys, as plain values.

Touches registrations, deployments, tenants and keys, in reading sessions of EVERY_TENANT.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.platforms import key_rotation
from lti_tool.platforms.registrations import RegistrationInfo, info
from lti_tool.platforms.tables import Deployment, Registration, WaitingDeployment
from rubrics.tables.people import Tenant


@dataclass(frozen=True, slots=True)
class DeploymentRow:
    """A deployment; without a tenant it waits. `at`: when it was made, or seen last."""

    deployment_id: str
    tenant_name: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """A registered LMS with its deployments, those that wait among them."""

    info: RegistrationInfo
    home_tenant: str
    created_at: datetime
    deployments: tuple[DeploymentRow, ...]

    @property
    def waiting(self) -> tuple[DeploymentRow, ...]:
        """The deployments that wait for an approval."""
        return tuple(each for each in self.deployments if each.tenant_name is None)


class KeyState(Enum):
    """Where a published key is in its life."""

    COMING = "coming"
    SIGNING = "signing"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A published key. `at`: since when it signs, from when it will, or until when it is shown."""

    kid: str
    state: KeyState
    at: datetime


def platforms(session: Session) -> list[PlatformRow]:
    """All registered LMSs, by name."""
    rows = session.execute(_PLATFORMS.order_by(Registration.name, Registration.created_at))
    deployments = _deployments(session)
    return [_row(row, tenant, deployments.get(row.id, ())) for row, tenant in rows]


def platform(session: Session, registration_id: UUID) -> PlatformRow | None:
    """One registered LMS."""
    found = session.execute(_PLATFORMS.where(Registration.id == registration_id)).one_or_none()
    if found is None:
        return None
    row, tenant = found
    return _row(row, tenant, _deployments(session, registration_id).get(row.id, ()))


def keys(session: Session, at: datetime) -> list[ShownKey]:
    """The published keys of this tool, in the order in which they sign."""
    rows = key_rotation.published(session, at)
    signing = key_rotation.signer(rows, at) if rows else None
    shown = []
    for row in rows:
        if row is signing:
            shown.append(ShownKey(row.kid, KeyState.SIGNING, row.signs_from))
        elif row.signs_from > at:
            shown.append(ShownKey(row.kid, KeyState.COMING, row.signs_from))
        else:
            until = (row.retired_at or at) + key_rotation.SHOWN_AFTER
            shown.append(ShownKey(row.kid, KeyState.RETIRED, until))
    return shown


_PLATFORMS = select(Registration, Tenant.name).join(
    Tenant, Tenant.id == Registration.home_tenant_id
)


def _row(
    row: Registration, home_tenant: str, deployments: tuple[DeploymentRow, ...]
) -> PlatformRow:
    return PlatformRow(info(row), home_tenant, row.created_at, deployments)


def _deployments(
    session: Session, registration_id: UUID | None = None
) -> dict[UUID, tuple[DeploymentRow, ...]]:
    known = select(Deployment, Tenant.name).join(Tenant, Tenant.id == Deployment.tenant_id)
    waits = select(WaitingDeployment)
    if registration_id is not None:
        known = known.where(Deployment.registration_id == registration_id)
        waits = waits.where(WaitingDeployment.registration_id == registration_id)
    found: dict[UUID, tuple[DeploymentRow, ...]] = {}
    for waiting in session.scalars(waits.order_by(WaitingDeployment.seen_at)):
        row = DeploymentRow(waiting.deployment_id, None, waiting.seen_at)
        found[waiting.registration_id] = (*found.get(waiting.registration_id, ()), row)
    for deployment, tenant in session.execute(known.order_by(Deployment.created_at)):
        row = DeploymentRow(deployment.deployment_id, tenant, deployment.created_at)
        found[deployment.registration_id] = (*found.get(deployment.registration_id, ()), row)
    return found
