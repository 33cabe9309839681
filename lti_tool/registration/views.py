"""/lti/register for LMSs that register themselves; /lti/config and /lti/canvas.json for the others.

These pages carry no session and no personal data, so any https page may frame the registration. The
link's token is what proves that a form comes from whom the administrator gave the link.
"""

import re
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, jsonify, make_response, render_template, request

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.access import headers
from lti_tool.access.origins import origin_of, origins_of
from lti_tool.access.refusals import page
from lti_tool.registration import links
from lti_tool.registration.codes import RegistrationRefused
from lti_tool.registration.configuration import Invitation
from lti_tool.registration.products import product
from lti_tool.registration.register import NotStored, Registered, by_link, unasked
from lti_tool.registration.request import addresses, canvas_json, values_by_hand
from lti_tool.services import services

blueprint = Blueprint("registration", __name__)

_ADDRESS, _BEARER = "openid_configuration", "registration_token"
_TOKEN = re.compile(r"[\x21-\x7e]{0,8000}")
_log = structlog.get_logger("twofold")


@blueprint.get("/lti/register/<token>")
def look(token: str) -> str:
    """What will be registered, and the button that does it."""
    _frameable()
    with services().db.reading(EVERY_TENANT) as session:
        link = links.look(session, token, clock.now())
    if _ADDRESS not in request.args:
        return _page("registration/how.html", address=f"{_base()}/lti/register/{token}")
    invitation = _invitation()
    origin = origin_of(invitation.address)
    if link.private and origin:
        headers.frame_by(("https:", origin))
    return _ask(invitation, asked=True)


@blueprint.post("/lti/register/<token>")
def register(token: str) -> str:
    """Register the LMS that opened the link."""
    _frameable()
    invitation = _invitation()
    origin = origin_of(invitation.address)
    with services().db.reading(EVERY_TENANT) as session:
        link = links.look(session, token, clock.now())
    if link.private and origin:
        headers.frame_by(("https:", origin))
    return _done(by_link(services(), token, invitation))


@blueprint.get("/lti/register")
def look_unasked() -> str:
    """The same without a link: it will wait for the administrator."""
    _frameable()
    if _ADDRESS not in request.args:
        return _page("registration/how.html", address="")
    return _ask(_invitation(), asked=False)


@blueprint.post("/lti/register")
def register_unasked() -> str:
    """Register and wait."""
    _frameable()
    return _done(unasked(services(), _invitation()))


@blueprint.get("/lti/config")
def config() -> str:
    """The values for a registration by hand."""
    return _page("registration/config.html", ours=values_by_hand(_base()))


@blueprint.get("/lti/canvas.json")
def canvas() -> Response:
    """The configuration of an LTI key in Canvas."""
    return jsonify(canvas_json(_base()))


@blueprint.errorhandler(RegistrationRefused)
def refused(error: RegistrationRefused) -> Response:
    """The page that explains."""
    return page(error)


@blueprint.errorhandler(NotStored)
def not_stored(error: NotStored) -> Response:
    """The LMS has registered the tool, we have not: the page says what to do."""
    _log.error("registration.store", kind=str(error), exc_info=error.reason)
    return make_response(_page("registration/lost.html", lost=error), 500)


def _ask(invitation: Invitation, *, asked: bool) -> str:
    return _page(
        "registration/ask.html",
        host=urlsplit(invitation.address).netloc,
        invitation=invitation,
        opener=origin_of(request.headers.get("Referer", "")) or "",
        ours=addresses(_base()),
        asked=asked,
    )


def _done(done: Registered) -> str:
    configuration = done.configuration
    opener = request.form.get("opener", "")
    # The page around ours is the LMS's; in Canvas it is the school's own host, not the issuer's.
    around = opener if opener.startswith("https://") else ""
    origins = origins_of((configuration.address, configuration.issuer, around))
    return _page(
        "registration/done.html",
        done=done,
        product=product(configuration.product_family),
        origins=" ".join(origins),
    )


def _invitation() -> Invitation:
    """What the LMS added to the link, or the page's form sends on. Raises RegistrationRefused."""
    values = request.form if request.method == "POST" else request.args
    for name in (_ADDRESS, _BEARER):
        if len(values.getlist(name)) > 1:
            raise RegistrationRefused("registration.parameter", name)
    address, bearer = values.get(_ADDRESS, ""), values.get(_BEARER, "")
    if len(address) > 2000 or origin_of(address) is None:
        raise RegistrationRefused("registration.parameter", _ADDRESS)
    if not _TOKEN.fullmatch(bearer):
        raise RegistrationRefused("registration.parameter", _BEARER)
    return Invitation(address, bearer)


def _frameable() -> None:
    headers.frame_by_any_lms(loopback=services().settings.origin_is_loopback)


def _base() -> str:
    return services().settings.base_url


def _page(template: str, **values: object) -> str:
    return render_template(template, **values)
