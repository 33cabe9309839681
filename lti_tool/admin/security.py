"""The administrator's own security: another password, one-time codes on and off.

A new secret for codes travels sealed in the form, bound to the administrator; it is kept only once
a code proves that the app has it.
"""

from urllib.parse import urlsplit

from flask import Response, render_template, request
from flask_babel import gettext

from foundation import clock
from foundation.secrets import SealBroken
from lti_tool.admin import accounts, codes, log_in
from lti_tool.admin.gate import AdminRefused, actor, administrator, go_to
from lti_tool.admin.limits import TooManyAttempts
from lti_tool.asking import said
from lti_tool.services import services
from rubrics.errors import Refused


def security() -> str:
    """What protects the log-in."""
    return _page({}, request.args.get("done", ""))


def password() -> Response | tuple[str, int]:
    """Change the password; every other session ends."""
    present = administrator()
    current, new = request.form.get("current", ""), request.form.get("new", "")
    errors = {}
    try:
        if not log_in.is_password_of(services(), present, current, request.remote_addr or ""):
            errors["current"] = gettext("This is not your password.")
        elif new != request.form.get("again", ""):
            errors["again"] = gettext("The two are not the same. Type the new password twice.")
        else:
            accounts.set_password(
                services().db,
                present.login,
                new,
                actor=actor(),
                secret_key=services().settings.secret_key,
                but=present.session_digest,
            )
    except TooManyAttempts:
        errors["current"] = gettext("Too many tries. Wait some minutes.")
    except Refused as error:
        errors["new"] = said(error)
    if errors:
        return _page(errors), 400
    return go_to("security", done="password")


def codes_on() -> str | Response | tuple[str, int]:
    """Show a new secret as a QR code; switch codes on once the app has proved that it has it."""
    present = administrator()
    if request.method != "POST":
        return _offer(codes.new_secret())
    secret = _opened(request.form.get("offer", ""))
    step = codes.accepted_step(secret, request.form.get("code", ""), None, clock.now())
    if step is None:
        return _offer(secret, wrong=True), 400
    accounts.switch_codes_on(
        services().db,
        services().seal,
        present.login,
        secret,
        step,
        actor=actor(),
        but=present.session_digest,
    )
    return go_to("security", done="codes-on")


def codes_off() -> str | Response:
    """Ask, then let the password be enough."""
    present = administrator()
    if request.method != "POST":
        return render_template("admin/codes_off.html")
    accounts.switch_codes_off(
        services().db, present.login, actor=actor(), but=present.session_digest
    )
    return go_to("security", done="codes-off")


def _page(errors: dict[str, str], done: str = "") -> str:
    notices = {
        "password": gettext("You have another password. Your other sessions have ended."),
        "codes-on": gettext("From now on the log-in asks for a one-time code."),
        "codes-off": gettext("From now on the password is enough."),
    }
    return render_template(
        "admin/security.html",
        uses_codes=administrator().uses_codes,
        errors=errors,
        notice=notices.get(done, ""),
    )


def _offer(secret: str, *, wrong: bool = False) -> str:
    present = administrator()
    host = urlsplit(services().settings.base_url).hostname or ""
    return render_template(
        "admin/codes_on.html",
        picture=codes.picture(codes.address(secret, present.login, host)),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        offer=services().seal.seal(f"{present.id} {secret}".encode()),
        errors={"code": gettext("This is not the code that the app shows now.")} if wrong else {},
    )


def _opened(offer: str) -> str:
    try:
        owner, _, secret = services().seal.open(offer).decode().partition(" ")
    except SealBroken as error:
        raise AdminRefused("admin.form") from error
    if owner != str(administrator().id):
        raise AdminRefused("admin.form")
    return secret
