"""An administrator decides on what waits: a registration without a link, or one more deployment.

Touches waiting registrations and, through onboarding, registrations, deployments and tenants; each
decision with its audit entry in the same transaction.
"""

from uuid import UUID

from sqlalchemy import select

from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import audit
from lti_tool.onboarding import onboard_within
from lti_tool.platforms.registrations import registration_by_id
from lti_tool.platforms.tables import Deployment, DeploymentPolicy
from lti_tool.registration import waiting
from lti_tool.registration.audited import register
from lti_tool.registration.codes import RegistrationRefused
from rubrics.errors import Refused

_UNKNOWN = "Nothing with this id waits. See: twofold platform list"


def approve(
    database: Database,
    waiting_id: UUID,
    tenant_name: str | None,
    policy: DeploymentPolicy | None,
    *,
    actor: str,
) -> str:
    """Register what waits, in one transaction; says what was done. Raises Refused.

    Without a policy it gets the usual one of its issuer.
    """
    with database.writing(EVERY_TENANT) as session:
        values = waiting.take(session, waiting_id)
        if values is None:
            raise Refused("registration.waiting.unknown", _UNKNOWN)
        try:
            waiting.require_unknown(session, values["issuer"], values["client_id"])
        except RegistrationRefused as error:
            raise Refused(error.code, "This LMS has been registered meanwhile.") from error
        values["tenant_name"] = tenant_name
        if policy is not None:
            values["policy"] = policy
        register(session, actor=actor, action="platform.approved", **values)
    return f"Registered {values['issuer']} with client id {values['client_id']}."


def refuse(database: Database, waiting_id: UUID, *, actor: str) -> str:
    """Forget a waiting registration; says what was done. Raises Refused."""
    with database.writing(EVERY_TENANT) as session:
        values = waiting.take(session, waiting_id)
        if values is None:
            raise Refused("registration.waiting.unknown", _UNKNOWN)
        audit.note(
            session,
            actor=actor,
            action="platform.refused",
            subject=values["issuer"],
            detail={"client_id": values["client_id"]},
        )
    return f"Forgotten: {values['issuer']}. Delete the tool in that LMS."


def approve_deployment(
    database: Database,
    registration_id: UUID,
    deployment_id: str,
    tenant_name: str | None,
    *,
    actor: str,
) -> str:
    """Let a deployment of a registered LMS in; says what was done. Raises Refused."""
    with database.writing(EVERY_TENANT) as session:
        known = registration_by_id(session, registration_id)
        if known is None:
            raise Refused("registration.waiting.unknown", _UNKNOWN)
        onboard_within(
            session,
            issuer=known.issuer,
            client_id=known.client_id,
            auth_login_url=known.auth_login_url,
            auth_token_url=known.auth_token_url,
            key_set_url=known.key_set_url,
            deployment_ids=[deployment_id],
            tenant_name=tenant_name,
        )
        tenant_id = session.scalars(
            select(Deployment.tenant_id).where(
                Deployment.registration_id == registration_id,
                Deployment.deployment_id == deployment_id,
            )
        ).one()
        audit.note(
            session,
            actor=actor,
            action="deployment.approved",
            subject=known.issuer,
            tenant_id=tenant_id,
            detail={"client_id": known.client_id, "deployment": deployment_id},
        )
    return f"Deployment {deployment_id} of {known.issuer} may launch."
