from typing import Generic, TypeVar

from pylti1p3.deployment import Deployment
from pylti1p3.registration import Registration
from pylti1p3.request import Request

REQ = TypeVar("REQ", bound=Request)

class ToolConfAbstract(Generic[REQ]):
    def check_iss_has_one_client(self, iss: str) -> bool: ...
    def check_iss_has_many_clients(self, iss: str) -> bool: ...
    def find_registration_by_issuer(
        self, iss: str, *args: object, **kwargs: object
    ) -> Registration: ...
    def find_registration_by_params(
        self, iss: str, client_id: str, *args: object, **kwargs: object
    ) -> Registration: ...
    def find_deployment(self, iss: str, deployment_id: str) -> Deployment | None: ...
    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *args: object, **kwargs: object
    ) -> Deployment | None: ...

class ToolConfDict(ToolConfAbstract[Request]):
    def __init__(self, json_data: dict[str, object]) -> None: ...
