"""Registrations and deployments as PyLTI1p3 asks for them, from our tables.

Touches registrations (read) and deployments (admitted by the registration's policy).
"""

from datetime import datetime

from pylti1p3.deployment import Deployment
from pylti1p3.registration import Registration
from pylti1p3.tool_config import ToolConfAbstract

from foundation.db import EVERY_TENANT, Database
from lti_tool.launch.codes import LaunchRefused
from lti_tool.launch.requests import CheckedRequest
from lti_tool.platforms.deployments import DeploymentInfo, admit
from lti_tool.platforms.registrations import RegistrationInfo, registrations_of


class KnownRegistration(Registration):
    """A registration of ours as PyLTI1p3 sees it."""

    def __init__(self, known: RegistrationInfo) -> None:
        self.known = known
        self.set_issuer(known.issuer).set_client_id(known.client_id)
        self.set_auth_login_url(known.auth_login_url).set_key_set_url(known.key_set_url)


class AdmittedDeployment(Deployment):
    """A deployment of ours as PyLTI1p3 sees it."""

    def __init__(self, known: DeploymentInfo) -> None:
        self.known = known
        self.set_deployment_id(known.deployment_id)


class PlatformConf(ToolConfAbstract[CheckedRequest]):
    """What this installation knows of LMSs; an issuer may have many client ids."""

    def __init__(self, db: Database, at: datetime) -> None:
        self._db = db
        self._at = at

    def check_iss_has_one_client(self, iss: str) -> bool:
        """False: PyLTI1p3 shall always ask with the client id."""
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:
        """True, as above."""
        return True

    def find_registration_by_params(
        self, iss: str, client_id: str, *args: object, **kwargs: object
    ) -> KnownRegistration:
        """The one registration of an issuer and, where it is given, a client id.

        Raises LaunchRefused (login.platform.unknown, login.client.missing).
        """
        with self._db.reading(EVERY_TENANT, alone=True) as session:
            found = registrations_of(session, iss, client_id or None)
        if not found:
            raise LaunchRefused("login.platform.unknown")
        if len(found) > 1:
            raise LaunchRefused("login.client.missing")
        return KnownRegistration(found[0])

    def admit(self, registration: RegistrationInfo, deployment_id: str) -> AdmittedDeployment:
        """The deployment. Raises LaunchRefused (launch.deployment.waiting)."""
        admitted = admit(self._db, registration, deployment_id, self._at)
        if admitted is None:
            raise LaunchRefused("launch.deployment.waiting", deployment_id)
        return AdmittedDeployment(admitted)
