"""How often a log-in may fail: counted in the database, for every process of the installation.

Touches the table of log-in attempts. Counted are the pair of login name and network address, the
name alone (many addresses, one administrator) and the address alone (one address, many names). Past
the limit each further failure doubles the wait. Names that nobody has are counted like the others,
so the answer never tells which exist. Only keyed digests are kept, for an hour.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from foundation.secrets import derived_key
from lti_tool.admin.tables import LoginAttempt
from lti_tool.installation import InstallationRow

KEPT = timedelta(hours=1)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
OF_A_PAIR, OF_A_LOGIN, OF_AN_ADDRESS = 5, 20, 50


@dataclass(frozen=True, slots=True)
class Trying:
    """Who tries, as digests: the login name and the network address."""

    login: str
    address: str


class TooManyAttempts(Exception):
    """Nothing was checked; trying again makes sense after `wait`."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"wait {wait}")
        self.wait = wait


def trying(secret_key: str, login: str, address: str) -> Trying:
    """The digests of a name and an address; of an IPv6 address counts the network (/64)."""
    key = derived_key(secret_key, "log-in attempts")

    def digest(text: str) -> str:
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    return Trying(digest(f"login {login}"), digest(f"address {_network(address)}"))


def begin(session: Session, who: Trying, at: datetime) -> UUID:
    """Count one more attempt before it is checked, so that many at once gain nothing.

    Gives its id. Raises TooManyAttempts.
    """
    # One at a time, so that many at once cannot all find room.
    session.execute(select(InstallationRow.id).with_for_update())
    of_login = LoginAttempt.login_digest == who.login
    of_address = LoginAttempt.address_digest == who.address
    waits = [
        _wait(session, of_login & of_address, OF_A_PAIR, at),
        _wait(session, of_login, OF_A_LOGIN, at),
        _wait(session, of_address, OF_AN_ADDRESS, at),
    ]
    if max(waits) > timedelta(0):
        raise TooManyAttempts(max(waits))
    attempt = LoginAttempt(login_digest=who.login, address_digest=who.address, at=at)
    session.add(attempt)
    session.flush()
    return attempt.id


def failed(session: Session, attempt_id: UUID, at: datetime) -> None:
    """The attempt failed; from now on the wait counts."""
    session.execute(update(LoginAttempt).where(LoginAttempt.id == attempt_id).values(at=at))


def half_way(session: Session, attempt_id: UUID) -> None:
    """The password was right: this attempt is no failure, and those before it still are."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.id == attempt_id))


def succeeded(session: Session, who: Trying) -> None:
    """Forget what this administrator mistyped at this address."""
    session.execute(
        delete(LoginAttempt).where(
            LoginAttempt.login_digest == who.login, LoginAttempt.address_digest == who.address
        )
    )


def forgive(session: Session, who: Trying) -> None:
    """Forget all failures of a login name, from wherever."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.login_digest == who.login))


def sweep(session: Session, at: datetime) -> None:
    """Forget what counts no longer."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.at <= at - KEPT))


def _wait(session: Session, which: ColumnElement[bool], most: int, at: datetime) -> timedelta:
    recent = select(func.count(), func.max(LoginAttempt.at)).where(
        which, LoginAttempt.at > at - KEPT
    )
    count, last = session.execute(recent).one()
    if count < most or last is None:
        return timedelta(0)
    doubled: timedelta = FIRST_WAIT * 2 ** min(count - most, 10)
    left: timedelta = last + min(doubled, LONGEST_WAIT) - at
    return max(left, timedelta(0))


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)
