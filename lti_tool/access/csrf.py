"""Forms prove that they come from a page which was opened for whoever sends them.

Touches flask.session of one request: nothing of it is ever stored, in no cookie either. The session
cookie is SameSite=None, so without this any site could send our forms (OWASP CSRF prevention).
"""

import hashlib
import hmac

from flask import Flask, Request, Response, request, session
from flask.sessions import SessionInterface, SessionMixin
from flask_wtf.csrf import CSRFError, CSRFProtect

from foundation.secrets import derived_key
from lti_tool.access.refusals import AccessRefused
from lti_tool.services import services

protect = CSRFProtect()


class _OneRequest(dict[str, object], SessionMixin):
    """A session that ends with its request."""


class _NoCookie(SessionInterface):
    def open_session(self, app: Flask, request: Request) -> _OneRequest:
        return _OneRequest()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        return None


def init_app(app: Flask) -> None:
    """Give templates `csrf_token()`. Forms are checked by the decorator `requires`."""
    app.session_interface = _NoCookie()
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_SSL_STRICT=False, WTF_CSRF_TIME_LIMIT=None
    )
    protect.init_app(app)


def check(*bound_to: object) -> None:
    """Know this request's token, and where it changes something demand it. Raises AccessRefused.

    `bound_to`: what only this reader's page is opened with: a handle and a person, or what an
    administrator's cookie holds. A NUL, which no form sends and PostgreSQL cannot keep, is refused
    as well.
    """
    key = derived_key(services().settings.secret_key, "forms")
    bound = " ".join(map(str, bound_to)).encode()
    session["csrf_token"] = hmac.new(key, bound, hashlib.sha256).hexdigest()
    try:
        protect.protect()
    except CSRFError as error:
        raise AccessRefused("access.form") from error
    if any("\0" in value for _, value in request.values.items(multi=True)):
        raise AccessRefused("access.form", "NUL")
