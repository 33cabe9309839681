"""Logins under way: begun by the login initiation, used up by the launch that ends them.

Touches the table of used logins and the cookies of logins. Serves OpenID Connect core 3.1.2.1
(state, nonce) and 1EdTech Security Framework 1.1, 5.1.1.5: a login is its sealed state (states.py),
bound to the browser that began it; only a launch writes, that it was used.
"""

import hmac
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response
from pylti1p3.cookie import CookieService
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from sqlalchemy import and_, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT, Database, beneath
from foundation.secrets import digest
from lti_tool.access import cookies
from lti_tool.access.sessions import sweep
from lti_tool.launch.codes import LaunchRefused
from lti_tool.launch.states import LOGIN_SECONDS, Begun, States, frame_in
from lti_tool.launch.tables import UsedLogin
from lti_tool.platforms.deployments import DeploymentInfo
from lti_tool.platforms.registrations import COLUMNS, RegistrationInfo, info
from lti_tool.platforms.tables import Deployment, Registration

_TIDY_EVERY = 100
_KEPT_AFTER_END = timedelta(seconds=LOGIN_SECONDS)
"""So that neither a slow request nor another host's clock finds a used login forgotten."""

# Built once: they run at every launch.
_BEGUN = (
    select(
        *COLUMNS,
        UsedLogin.state_digest.label("used"),
        Deployment.id.label("deployment_pk"),
        Deployment.tenant_id,
    )
    .select_from(Registration)
    .outerjoin(UsedLogin, UsedLogin.state_digest == bindparam("state"))
    .outerjoin(
        Deployment,
        and_(
            Deployment.registration_id == Registration.id,
            Deployment.deployment_id == bindparam("deployment"),
        ),
    )
    .where(Registration.id == bindparam("registration"))
)
_USED = insert(UsedLogin)


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """A login that was begun in this browser and is still good."""

    state: str
    nonce: str
    target_digest: bytes
    ends_at: int
    """Seconds since 1970."""
    registration: RegistrationInfo
    deployment: DeploymentInfo | None
    """The one that was asked for along with it, where it is known."""


class LoginCookies(CookieService):
    """A cookie of its own for each login, so that parallel ones never overwrite each other.

    Its value is a secret of this browser, not the state: who sees the state in an address does
    not have it. `proof` is that secret where the LMS kept it instead (storage.py); it counts only
    for a state that was begun so.
    """

    def __init__(self, states: States, received: dict[str, str], proof: str = "") -> None:
        self._states = states
        self._received = received
        self._proof = proof
        self._begun = ""

    def get_cookie(self, name: str) -> str | None:
        """The browser's secret for the login of this state."""
        proof = self._proof if frame_in(name) is not None else ""
        return self._received.get(cookie_name(name)) or proof or None

    def is_kept(self, state: str) -> bool:
        """Whether the browser itself kept the cookie."""
        return bool(self._received.get(cookie_name(state)))

    def set_cookie(self, name: str, value: str | int, exp: int | None = None) -> None:
        """The login of the state `name` begins."""
        self._begun = name

    def begun(self) -> str:
        """The state of the login that was just begun."""
        return self._begun

    def secret(self, state: str) -> str:
        """The secret of the login that was just begun."""
        return self._states.secret(state)

    def put(self, response: Response) -> None:
        """Set its cookie."""
        name = cookie_name(self._begun)
        cookies.put(response, name, self.secret(self._begun), LOGIN_SECONDS)


class Logins(SessionService):
    """PyLTI1p3's session: what a state carries, and whether it was used."""

    def __init__(
        self, request: Request, db: Database, states: States, browser: LoginCookies, at: datetime
    ) -> None:
        super().__init__(request)
        self._db = db
        self._states = states
        self._browser = browser
        self._at = at

    def new_state(self, registration_id: UUID, target: str, frame: str | None) -> str:
        """The state of a login that begins, without PyLTI1p3's prefix."""
        return self._states.new(registration_id, target, frame, self._at)

    def nonce(self, state: str) -> str:
        """The nonce of a login that begins."""
        return self._states.nonce(state)

    def save_nonce(self, nonce: str) -> None:
        """Nothing to keep: the nonce follows from the state."""

    def pending(self, state: str, deployment_id: str = "") -> PendingLogin:
        """The login of this state, if this browser began it; with the deployment in one statement.

        Raises LaunchRefused: used, expired or unknown; no cookie of it, or another browser's.
        """
        begun, found = self._unused(state, deployment_id)
        secret = self._browser.get_cookie(state)
        if not secret:
            raise LaunchRefused("launch.cookie.missing")
        if not hmac.compare_digest(begun.secret.encode(), secret.encode()):
            raise LaunchRefused("launch.state.browser")
        deployment = None
        if found.deployment_pk is not None:
            deployment = DeploymentInfo(found.deployment_pk, found.tenant_id, deployment_id)
        return PendingLogin(
            state, begun.nonce, begun.target_digest, begun.ends_at, info(found), deployment
        )

    def begun_at(self, state: str) -> RegistrationInfo:
        """The registration of a login that some browser began. Raises LaunchRefused."""
        return info(self._unused(state, "")[1])

    def _unused(self, state: str, deployment_id: str) -> tuple[Begun, Any]:
        begun = self._states.opened(state, self._at)
        if begun is None:
            raise LaunchRefused("launch.state.unknown")
        asked = {
            "state": digest(state),
            "registration": begun.registration_id,
            "deployment": deployment_id,
        }
        with self._db.reading(EVERY_TENANT, alone=True) as session:
            found: Any = beneath(session).execute(_BEGUN, asked).one_or_none()
        if found is None or found.used is not None:
            raise LaunchRefused("launch.state.unknown")
        return begun, found


def cookie_name(state: str) -> str:
    """The name of the cookie that binds this login to its browser."""
    return f"__Host-tf-{digest(state)[:12]}"


def use_up(session: Session, login: PendingLogin) -> None:
    """Use the login up, in the transaction of what it leads to.

    Raises LaunchRefused where another request was first.
    """
    row = {
        "state_digest": digest(login.state),
        "ends_at": datetime.fromtimestamp(login.ends_at, UTC),
    }
    try:
        beneath(session).execute(_USED, row)
    except IntegrityError as error:
        raise LaunchRefused("launch.state.unknown") from error


def tidy(db: Database, at: datetime) -> None:
    """At one launch in a hundred: forget logins that ended by time, and what long expired."""
    if random.randrange(_TIDY_EVERY) != 0:  # noqa: S311 - only spreads the work
        return
    with db.writing(EVERY_TENANT, lasting=False) as session:
        session.execute(delete(UsedLogin).where(UsedLogin.ends_at <= at - _KEPT_AFTER_END))
        sweep(session, at)
