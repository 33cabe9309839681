"""An administrator lets in what waits: a registration without a link, or one more deployment.

Touches waiting registrations and, through onboarding, registrations, deployments and tenants.
"""

from uuid import UUID

from foundation.db import EVERY_TENANT, Database
from lti_tool.onboarding import onboard_within
from lti_tool.platforms.registrations import registration_by_id
from lti_tool.platforms.tables import DeploymentPolicy
from lti_tool.registration import waiting
from lti_tool.registration.codes import RegistrationRefused
from rubrics.errors import Refused

_UNKNOWN = "Nothing with this id waits. See: twofold platform list"


def approve(
    database: Database, waiting_id: UUID, tenant_name: str | None, policy: DeploymentPolicy
) -> str:
    """Register what waits, in one transaction; says what was done. Raises Refused."""
    with database.writing(EVERY_TENANT) as session:
        values = waiting.take(session, waiting_id)
        if values is None:
            raise Refused("registration.waiting.unknown", _UNKNOWN)
        try:
            waiting.require_unknown(session, values["issuer"], values["client_id"])
        except RegistrationRefused as error:
            raise Refused(error.code, "This LMS has been registered meanwhile.") from error
        values["tenant_name"], values["policy"] = tenant_name, policy
        onboard_within(session, **values)
    return f"Registered {values['issuer']} with client id {values['client_id']}."


def approve_deployment(
    database: Database, registration_id: UUID, deployment_id: str, tenant_name: str | None
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
            auth_audience=known.auth_audience,
            key_set_url=known.key_set_url,
            deployment_ids=[deployment_id],
            name=known.name,
            tenant_name=tenant_name,
            private=bool(known.private_hosts),
            policy=known.policy,
        )
    return f"Deployment {deployment_id} of {known.issuer} may launch."
