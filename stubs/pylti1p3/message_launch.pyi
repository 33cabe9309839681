from typing import Any, Generic, Self, TypeVar

from .cookie import CookieService
from .registration import Registration
from .request import Request
from .session import SessionService
from .tool_config import ToolConfAbstract

REQ = TypeVar("REQ", bound=Request)
TCONF = TypeVar("TCONF", bound=ToolConfAbstract[Any])
SES = TypeVar("SES", bound=SessionService)
COOK = TypeVar("COOK", bound=CookieService)

class MessageLaunch(Generic[REQ, TCONF, SES, COOK]):
    _request: REQ
    _tool_config: TCONF
    _session_service: SES
    _cookie_service: COOK
    _jwt: dict[str, Any]
    _registration: Registration | None
    def __init__(
        self,
        request: REQ,
        tool_config: TCONF,
        session_service: SES | None = ...,
        cookie_service: COOK | None = ...,
        *,
        requests_session: object = ...,
    ) -> None: ...
    def _get_request_param(self, key: str) -> str: ...
    def validate(self) -> Self: ...
    def validate_state(self) -> Self: ...
    def validate_jwt_format(self) -> Self: ...
    def validate_nonce(self) -> Self: ...
    def validate_registration(self) -> Self: ...
    def validate_jwt_signature(self) -> Self: ...
    def validate_deployment(self) -> Self: ...
    def validate_message(self) -> Self: ...
    def save_launch_data(self) -> Self: ...
