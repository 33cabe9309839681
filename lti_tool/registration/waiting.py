"""Registrations that nobody asked for: counted, kept, and approved or refused by an administrator.

Touches waiting registrations and attempts, in sessions of EVERY_TENANT.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool.installation import InstallationRow
from lti_tool.onboarding import PlatformValues
from lti_tool.platforms.tables import Registration
from lti_tool.registration.codes import RegistrationRefused
from lti_tool.registration.tables import RegistrationAttempt, WaitingRegistration

MOST_AN_HOUR = 20
MOST_WAITING = 50
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A registration that waits for an administrator."""

    id: UUID
    issuer: str
    client_id: str
    name: str
    product_family: str | None
    deployment_id: str | None
    key_set_url: str
    created_at: datetime


def count_attempt(session: Session, at: datetime) -> None:
    """Count one more attempt. Raises RegistrationRefused where there were too many."""
    # One at a time, so that many at once cannot all find room.
    session.execute(select(InstallationRow.id).with_for_update())
    session.execute(delete(RegistrationAttempt).where(RegistrationAttempt.created_at <= at - _HOUR))
    tried = session.scalar(select(func.count()).select_from(RegistrationAttempt)) or 0
    waiting = session.scalar(select(func.count()).select_from(WaitingRegistration)) or 0
    if tried >= MOST_AN_HOUR or waiting >= MOST_WAITING:
        raise RegistrationRefused("registration.many")
    session.add(RegistrationAttempt(created_at=at))


def require_unknown(session: Session, issuer: str, client_id: str) -> None:
    """Raise RegistrationRefused where the LMS is registered: nobody may change that unasked."""
    known = select(Registration.id).where(
        Registration.issuer == issuer, Registration.client_id == client_id
    )
    if session.scalar(known) is not None:
        raise RegistrationRefused("registration.known")


def keep(session: Session, values: PlatformValues) -> UUID:
    """Keep a registration until an administrator decides.

    `values` are onboard's arguments. Raises RegistrationRefused where the same waits already.
    """
    waits = select(WaitingRegistration.id).where(
        WaitingRegistration.issuer == values["issuer"],
        WaitingRegistration.client_id == values["client_id"],
    )
    if session.scalar(waits) is not None:
        raise RegistrationRefused("registration.known")
    row = WaitingRegistration(
        issuer=values["issuer"],
        client_id=values["client_id"],
        auth_login_url=values["auth_login_url"],
        auth_token_url=values["auth_token_url"],
        auth_audience=values["auth_audience"],
        key_set_url=values["key_set_url"],
        name=values["name"],
        product_family=values["product_family"],
        deployment_id=next(iter(values["deployment_ids"]), None),
    )
    session.add(row)
    session.flush()
    return row.id


def take(session: Session, waiting_id: UUID) -> PlatformValues | None:
    """Take a waiting registration out, to approve or to forget it; None where there is none."""
    row = session.get(WaitingRegistration, waiting_id, with_for_update=True)
    if row is None:
        return None
    session.delete(row)
    session.flush()
    return PlatformValues(
        issuer=row.issuer,
        client_id=row.client_id,
        auth_login_url=row.auth_login_url,
        auth_token_url=row.auth_token_url,
        auth_audience=row.auth_audience,
        key_set_url=row.key_set_url,
        name=row.name,
        product_family=row.product_family,
        deployment_ids=[row.deployment_id] if row.deployment_id else [],
    )


def all_waiting(session: Session) -> list[Waiting]:
    """The waiting registrations, the oldest first."""
    query = select(WaitingRegistration).order_by(WaitingRegistration.created_at)
    return [
        Waiting(
            id=row.id,
            issuer=row.issuer,
            client_id=row.client_id,
            name=row.name,
            product_family=row.product_family,
            deployment_id=row.deployment_id,
            key_set_url=row.key_set_url,
            created_at=row.created_at,
        )
        for row in session.scalars(query)
    ]
