"""Which tenant a launch belongs to: its deployment, or what the registration's policy says.

Touches deployments. Serves LTI 1.3 core 3.1.3; only called with a deployment_id that the platform
has signed.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT, Database, beneath, insert_into
from lti_tool.platforms.registrations import RegistrationInfo
from lti_tool.platforms.tables import Deployment, DeploymentPolicy, Registration, WaitingDeployment
from rubrics.tables.people import Tenant


@dataclass(frozen=True, slots=True)
class DeploymentInfo:
    """A deployment outside of a session, and the tenant whose it is."""

    id: UUID
    tenant_id: UUID
    deployment_id: str


_DEPLOYMENT = select(Deployment.id, Deployment.tenant_id, Deployment.deployment_id).where(
    Deployment.registration_id == bindparam("registration"),
    Deployment.deployment_id == bindparam("deployment"),
)


def admit(
    db: Database, registration: RegistrationInfo, deployment_id: str, at: datetime
) -> DeploymentInfo | None:
    """The known deployment, or a new one where the policy accepts it; None: it waits now."""
    with db.reading(EVERY_TENANT) as session:
        known = _known(session, registration.id, deployment_id)
    if known is not None:
        return known
    with db.writing(EVERY_TENANT) as session:
        policy = session.scalars(
            select(Registration.policy).where(Registration.id == registration.id).with_for_update()
        ).one()
        known = _known(session, registration.id, deployment_id)
        if known is not None:
            return known
        if policy is DeploymentPolicy.ALL or (
            policy is DeploymentPolicy.FIRST and not _has_any(session, registration.id)
        ):
            session.add(
                Deployment(
                    registration_id=registration.id,
                    deployment_id=deployment_id,
                    tenant_id=registration.home_tenant_id,
                )
            )
            session.flush()
            return _known(session, registration.id, deployment_id)
        _wait(session, registration.id, deployment_id, at)
        return None


def owner(session: Session, registration_id: UUID, deployment_id: str | None) -> str | None:
    """The name of the tenant that a deployment belongs to; None where it is not known."""
    return session.scalar(
        select(Tenant.name)
        .join(Deployment, Deployment.tenant_id == Tenant.id)
        .where(
            Deployment.registration_id == registration_id,
            Deployment.deployment_id == deployment_id,
        )
    )


def _known(session: Session, registration_id: UUID, deployment_id: str) -> DeploymentInfo | None:
    row = (
        beneath(session)
        .execute(_DEPLOYMENT, {"registration": registration_id, "deployment": deployment_id})
        .one_or_none()
    )
    return None if row is None else DeploymentInfo(row.id, row.tenant_id, row.deployment_id)


def _has_any(session: Session, registration_id: UUID) -> bool:
    any_of_it = select(Deployment.id).where(Deployment.registration_id == registration_id).limit(1)
    return session.scalar(any_of_it) is not None


def _wait(session: Session, registration_id: UUID, deployment_id: str, at: datetime) -> None:
    session.execute(
        insert_into(session, WaitingDeployment)
        .values(registration_id=registration_id, deployment_id=deployment_id, seen_at=at)
        .on_conflict_do_update(
            index_elements=["registration_id", "deployment_id"], set_={"seen_at": at}
        )
    )
