"""Logins under way: begun by the login initiation, consumed once by the launch that ends them.

Touches the table of logins and their cookies. Serves OpenID Connect core 3.1.2.1 (state, nonce) and
1EdTech Security Framework 1.1, 5.1.1.5: one login is one row, bound to the browser that began it.
"""

import hmac
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Response
from pylti1p3.cookie import CookieService
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from foundation.db import EVERY_TENANT, Database
from foundation.secrets import digest, new_token
from lti_tool.access import cookies
from lti_tool.access.sessions import sweep
from lti_tool.launch.codes import LaunchRefused
from lti_tool.launch.tables import Login
from lti_tool.platforms.registrations import RegistrationInfo, info
from lti_tool.platforms.tables import Registration

LOGIN_SECONDS = 600
MOST_LOGINS = 20_000
"""Rows that a flood can leave; beyond them the oldest go."""
_TRIM_EVERY = 100


# Built once: they run at every launch.
_BEGUN = (
    select(Login, Registration)
    .join(Registration, Registration.id == Login.registration_id)
    .where(Login.state_digest == bindparam("state"), Login.expires_at > bindparam("at"))
)
_OLD = delete(Login).where(Login.expires_at <= bindparam("at"))
_USED = (
    delete(Login).where(Login.state_digest == bindparam("state")).returning(Login.registration_id)
)


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """A login that was begun in this browser and is still good."""

    state: str
    nonce_digest: str
    target_link_uri: str
    registration: RegistrationInfo


class LoginCookies(CookieService):
    """A cookie of its own for each login, so that parallel ones never overwrite each other.

    Its value is a secret of this browser, not the state: who sees the state in an address does
    not have it. `proof` is that secret where the LMS kept it instead (storage.py).
    """

    def __init__(self, received: dict[str, str], proof: str = "") -> None:
        self._received = received
        self._proof = proof
        self._set: dict[str, str] = {}

    def get_cookie(self, name: str) -> str | None:
        """The browser's secret for the login of this state."""
        return self._received.get(cookie_name(name)) or self._proof or None

    def is_kept(self, state: str) -> bool:
        """Whether the browser itself kept the cookie."""
        return bool(self._received.get(cookie_name(state)))

    def set_cookie(self, name: str, value: str | int, exp: int | None = None) -> None:
        """Make a secret for the login of the state `name`."""
        self._set[name] = new_token()

    def begun(self) -> str:
        """The state of the login that was just begun."""
        return next(iter(self._set))

    def secret(self, state: str) -> str:
        """The secret that was just made."""
        return self._set[state]

    def put(self, response: Response) -> None:
        """Set the cookies that were made."""
        for state, secret in self._set.items():
            cookies.put(response, cookie_name(state), secret, LOGIN_SECONDS)


class Logins(SessionService):
    """PyLTI1p3's session, kept in our table: state and nonce are one row."""

    def __init__(self, request: Request, db: Database, browser: LoginCookies, at: datetime) -> None:
        super().__init__(request)
        self._db = db
        self._browser = browser
        self._at = at
        self._nonce = ""

    def save_nonce(self, nonce: str) -> None:
        """Keep the nonce for the row that `save_state_params` writes."""
        self._nonce = nonce

    def save_state_params(self, state: str, params: dict[str, object]) -> None:
        """Write the row of a login that begins: `registration_id` and `target_link_uri`."""
        row = {
            "state_digest": digest(state),
            "nonce_digest": digest(self._nonce),
            "browser_digest": digest(self._browser.secret(state)),
            "registration_id": params["registration_id"],
            "target_link_uri": params["target_link_uri"],
            "expires_at": self._at + timedelta(seconds=LOGIN_SECONDS),
        }
        # What a crash may lose of it is one login, which its launch then refuses as unknown.
        with self._db.writing(EVERY_TENANT, lasting=False) as session:
            session.connection().execute(_OLD, {"at": self._at})
            if random.randrange(_TRIM_EVERY) == 0:  # noqa: S311 - only spreads the work
                trim(session, MOST_LOGINS)
                sweep(session, self._at)
            session.connection().execute(insert(Login), row)

    def pending(self, state: str) -> PendingLogin:
        """The login of this state, if this browser began it.

        Raises LaunchRefused: used, expired or unknown; no cookie of it, or another browser's.
        """
        login, registration = self._begun(state)
        secret = self._browser.get_cookie(state)
        if not secret:
            raise LaunchRefused("launch.cookie.missing")
        if not hmac.compare_digest(login.browser_digest, digest(secret)):
            raise LaunchRefused("launch.state.browser")
        return PendingLogin(state, login.nonce_digest, login.target_link_uri, info(registration))

    def begun_at(self, state: str) -> RegistrationInfo:
        """The registration of a login that some browser began. Raises LaunchRefused."""
        return info(self._begun(state)[1])

    def _begun(self, state: str) -> tuple[Login, Registration]:
        with self._db.reading(EVERY_TENANT) as session:
            found = session.execute(_BEGUN, {"state": digest(state), "at": self._at}).one_or_none()
        if found is None:
            raise LaunchRefused("launch.state.unknown")
        return found[0], found[1]


def cookie_name(state: str) -> str:
    """The name of the cookie that binds this login to its browser."""
    return f"__Host-tf-{digest(state)[:12]}"


def consume(session: Session, state: str) -> UUID:
    """Use the login up, in the transaction of what it leads to; gives its registration.

    Raises LaunchRefused where another request was first.
    """
    used: UUID | None = session.connection().scalar(_USED, {"state": digest(state)})
    if used is None:
        raise LaunchRefused("launch.state.unknown")
    return used


def trim(session: Session, most: int) -> None:
    """Delete the oldest logins beyond the newest `most`."""
    oldest_kept = session.scalar(
        select(Login.expires_at).order_by(Login.expires_at.desc()).offset(most - 1).limit(1)
    )
    if oldest_kept is not None:
        session.execute(delete(Login).where(Login.expires_at < oldest_kept))
