"""Registering an LMS with its audit entry: whatever way it came, the two are one transaction.

Touches, through onboarding, registrations, deployments and tenants.
"""

from collections.abc import Collection
from typing import Unpack

from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT, Database
from lti_tool.admin import audit
from lti_tool.onboarding import PlatformValues, onboard_within
from lti_tool.platforms.frames import list_frames
from lti_tool.platforms.registrations import (
    RegistrationInfo,
    further_hosts,
    is_private,
    keep_private,
    list_hosts,
    registrations_of,
)


def register(
    session: Session,
    *,
    actor: str,
    action: str = "",
    hosts: Collection[str] | None = None,
    frame_origins: Collection[str] | None = None,
    private_hosts: Collection[str] | None = None,
    **values: Unpack[PlatformValues],
) -> RegistrationInfo:
    """Register an LMS or change its registration, in a session of EVERY_TENANT. Raises Refused.

    `action`: how the audit names it; "platform.registered" or "platform.changed" where not given.
    `hosts`, `frame_origins`: what an administrator lists, as typed; those listed before stay where
    it is None.
    `private_hosts`: of the LMS's own hosts only these may be private, whatever addresses it named.
    """
    known = registrations_of(session, values["issuer"], values["client_id"])
    done = onboard_within(session, **values)
    if private_hosts is not None:
        done = keep_private(session, done.id, private_hosts)
    if hosts is not None:
        done = list_hosts(session, done.id, hosts)
    if frame_origins is not None:
        done = list_frames(session, done.id, frame_origins)
    audit.note(
        session,
        actor=actor,
        action=action or ("platform.changed" if known else "platform.registered"),
        subject=done.issuer,
        tenant_id=done.home_tenant_id,
        detail={
            "client_id": done.client_id,
            "policy": done.policy.value,
            "private": is_private(done),
            "hosts": list(further_hosts(done)),
            "frame_origins": list(done.frame_origins),
            "deployments": list(values.get("deployment_ids", ())),
            "tenant": values.get("tenant_name"),
        },
    )
    return done


def register_by_hand(
    db: Database,
    *,
    actor: str,
    hosts: Collection[str] | None = None,
    frame_origins: Collection[str] | None = None,
    **values: Unpack[PlatformValues],
) -> RegistrationInfo:
    """The same in a transaction of its own, for what an administrator has typed."""
    with db.writing(EVERY_TENANT) as session:
        return register(session, actor=actor, hosts=hosts, frame_origins=frame_origins, **values)
