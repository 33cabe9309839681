from typing import Any, Generic, TypeVar

from .cookie import CookieService
from .redirect import Redirect
from .registration import Registration
from .request import Request
from .session import SessionService
from .tool_config import ToolConfAbstract

RED = TypeVar("RED")
REQ = TypeVar("REQ", bound=Request)
TCONF = TypeVar("TCONF", bound=ToolConfAbstract[Any])
SES = TypeVar("SES", bound=SessionService)
COOK = TypeVar("COOK", bound=CookieService)

class OIDCLogin(Generic[REQ, TCONF, SES, COOK, RED]):
    _request: REQ
    _tool_config: TCONF
    _session_service: SES
    _cookie_service: COOK
    _registration: Registration
    def __init__(
        self, request: REQ, tool_config: TCONF, session_service: SES, cookie_service: COOK
    ) -> None: ...
    def get_redirect(self, url: str) -> Redirect[RED]: ...
    def _get_request_param(self, key: str) -> str: ...
    def _get_uuid(self) -> str: ...
    def _generate_nonce(self) -> str: ...
    def _prepare_redirect_url(self, launch_url: str) -> str: ...
    def redirect(self, launch_url: str, js_redirect: bool = ...) -> RED: ...
    def validate_oidc_login(self) -> Registration: ...
    def pass_params_to_launch(
        self, params: dict[str, object]
    ) -> OIDCLogin[REQ, TCONF, SES, COOK, RED]: ...
