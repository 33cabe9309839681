"""Registering an LMS with its audit entry: whatever way it came, the two are one transaction.

Touches, through onboarding, registrations, deployments and tenants.
"""

from typing import Unpack

from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import audit
from lti_tool.onboarding import PlatformValues, onboard_within
from lti_tool.platforms.registrations import RegistrationInfo, registrations_of


def register(
    session: Session, *, actor: str, action: str = "", **values: Unpack[PlatformValues]
) -> RegistrationInfo:
    """Register an LMS or change its registration, in a session of EVERY_TENANT. Raises Refused.

    `action`: how the audit names it; "platform.registered" or "platform.changed" where not given.
    """
    known = registrations_of(session, values["issuer"], values["client_id"])
    done = onboard_within(session, **values)
    audit.note(
        session,
        actor=actor,
        action=action or ("platform.changed" if known else "platform.registered"),
        subject=done.issuer,
        tenant_id=done.home_tenant_id,
        detail={
            "client_id": done.client_id,
            "policy": done.policy.value,
            "private": bool(done.private_hosts),
            "deployments": list(values.get("deployment_ids", ())),
            "tenant": values.get("tenant_name"),
        },
    )
    return done


def register_by_hand(
    db: Database, *, actor: str, **values: Unpack[PlatformValues]
) -> RegistrationInfo:
    """The same in a transaction of its own, for what an administrator has typed."""
    with db.writing(EVERY_TENANT) as session:
        return register(session, actor=actor, **values)
