"""Registers an LMS together with the starter content of the tenants that this makes."""

from collections.abc import Collection
from typing import Required, TypedDict, Unpack

from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT, Database, serving
from lti_tool.platforms.registrations import RegistrationInfo, add_platform
from lti_tool.platforms.tables import DeploymentPolicy
from rubrics.actions.packs import install_packs


class PlatformValues(TypedDict, total=False):
    """The arguments of platforms.registrations.add_platform."""

    issuer: Required[str]
    client_id: Required[str]
    auth_login_url: Required[str]
    auth_token_url: Required[str]
    key_set_url: Required[str]
    auth_audience: str | None
    deployment_ids: Collection[str]
    name: str
    product_family: str | None
    tenant_name: str | None
    private: bool
    policy: DeploymentPolicy


def onboard(database: Database, **platform: Unpack[PlatformValues]) -> RegistrationInfo:
    """Register an LMS, or change it; new tenants get frameworks and rubrics in the same commit.

    Raises Refused (codes "platform.…") as platforms.registrations.add_platform does.
    """
    with database.writing(EVERY_TENANT) as session:
        return onboard_within(session, **platform)


def onboard_within(session: Session, **platform: Unpack[PlatformValues]) -> RegistrationInfo:
    """The same as part of a transaction of EVERY_TENANT that does more."""
    added = add_platform(session, **platform)
    for tenant_id in added.new_tenants:
        with serving(session, tenant_id):
            install_packs(session)
    return added.registration
