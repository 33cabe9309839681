"""Registers an LMS together with the starter content of the tenants that this makes."""

from collections.abc import Collection

from foundation.db import EVERY_TENANT, Database, serving
from lti_tool.platforms.registrations import RegistrationInfo, add_platform
from lti_tool.platforms.tables import DeploymentPolicy
from rubrics.actions.packs import install_packs


def onboard(
    database: Database,
    *,
    issuer: str,
    client_id: str,
    auth_login_url: str,
    auth_token_url: str,
    key_set_url: str,
    deployment_ids: Collection[str] = (),
    name: str = "",
    tenant_name: str | None = None,
    private: bool = False,
    policy: DeploymentPolicy = DeploymentPolicy.FIRST,
) -> RegistrationInfo:
    """Register an LMS, or change it; new tenants get frameworks and rubrics in the same commit.

    Raises Refused (codes "platform.…") as platforms.registrations.add_platform does.
    """
    with database.writing(EVERY_TENANT) as session:
        added = add_platform(
            session,
            issuer=issuer,
            client_id=client_id,
            auth_login_url=auth_login_url,
            auth_token_url=auth_token_url,
            key_set_url=key_set_url,
            deployment_ids=deployment_ids,
            name=name or issuer,
            tenant_name=tenant_name,
            private=private,
            policy=policy,
        )
        for tenant_id in added.new_tenants:
            with serving(session, tenant_id):
                install_packs(session)
        return added.registration
