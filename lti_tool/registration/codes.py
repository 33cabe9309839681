"""Every way in which a registration can fail: code, status, what happened, what to do.

Touches nothing. The codes are stable; administrators search for them. `detail` names a field, a
host or what the LMS said: never a token.
"""

from flask_babel import lazy_gettext

from lti_tool.access.refusals import Explanation, PageRefused

_LINK = lazy_gettext("This link does not register anything")
_NEW_LINK = lazy_gettext(
    "Ask the administrator of this tool for a new link (twofold platform link)."
)
_NOT_REGISTERED = lazy_gettext("Nothing was registered")
_FROM_THE_LMS = lazy_gettext(
    "Start the registration in your learning platform once more, with the same link."
)
_BY_HAND = lazy_gettext(
    "If it happens again, register by hand: the values are at /lti/config of this site. Pass the "
    "code below on to the administrator of this tool."
)
_NOT_SURE = lazy_gettext("It is not certain whether the tool was registered")
_LOOK = lazy_gettext(
    "Look at the list of tools in your learning platform. If this tool is there, delete it, then "
    "start again with the same link."
)


def _nothing(happened: str, next_step: str = _BY_HAND, status: int = 400) -> Explanation:
    return Explanation(status, _NOT_REGISTERED, happened, next_step)


class RegistrationRefused(PageRefused):
    """A registration ended without one; nothing was written here."""

    table = {
        "registration.link.unknown": Explanation(
            404, _LINK, lazy_gettext("No administrator of this tool has made it."), _NEW_LINK
        ),
        "registration.link.used": Explanation(
            410, _LINK, lazy_gettext("It has registered a learning platform already."), _NEW_LINK
        ),
        "registration.link.expired": Explanation(
            410, _LINK, lazy_gettext("It is too old."), _NEW_LINK
        ),
        "registration.link.withdrawn": Explanation(
            410,
            _LINK,
            lazy_gettext("The administrator of this tool has withdrawn it."),
            _NEW_LINK,
        ),
        "registration.link.tries": Explanation(
            410, _LINK, lazy_gettext("It was tried too often without success."), _NEW_LINK
        ),
        "registration.link.busy": Explanation(
            409,
            lazy_gettext("This registration is under way"),
            lazy_gettext("Somebody has pressed the button already."),
            lazy_gettext("Wait two minutes, then look whether the tool is registered."),
        ),
        "registration.parameter": _nothing(
            lazy_gettext("The learning platform's request is incomplete or malformed."),
            _FROM_THE_LMS,
        ),
        "registration.many": _nothing(
            lazy_gettext(
                "Too many registrations without a link were tried within the last hour, or wait "
                "for their approval."
            ),
            _NEW_LINK,
            429,
        ),
        "registration.known": Explanation(
            409,
            lazy_gettext("Nothing was changed here"),
            lazy_gettext(
                "This learning platform is registered here already or waits for its approval, and "
                "only a link from the administrator of this tool may change that."
            ),
            _NEW_LINK,
        ),
        "registration.address": _nothing(
            lazy_gettext("The learning platform named an address that cannot be used."),
            lazy_gettext(
                "Addresses must begin with https:// and be reachable from the internet. For a "
                "platform on a private network the administrator of this tool makes a link with "
                "--private. It opens the host of the platform's configuration only: if the "
                "platform has further private hosts, the administrator adds it by hand with: "
                "twofold platform add --private"
            ),
        ),
        "registration.unreachable": _nothing(
            lazy_gettext("This server could not reach the learning platform."), _BY_HAND, 502
        ),
        "registration.configuration.status": _nothing(
            lazy_gettext("The learning platform did not show its configuration to this server."),
            _FROM_THE_LMS,
            502,
        ),
        "registration.configuration": _nothing(
            lazy_gettext("The learning platform's configuration is incomplete or malformed.")
        ),
        "registration.unsupported": _nothing(
            lazy_gettext("The learning platform does not offer what this tool needs.")
        ),
        "registration.issuer": _nothing(
            lazy_gettext(
                "The learning platform's configuration is at another host than its issuer."
            )
        ),
        "registration.endpoint": _nothing(
            lazy_gettext(
                "The learning platform's configuration sends registrations to a foreign host."
            )
        ),
        "registration.hosts": Explanation(
            409,
            lazy_gettext("Nothing was changed here"),
            lazy_gettext(
                "This learning platform is registered here with addresses at other hosts."
            ),
            lazy_gettext(
                "If the platform has moved, the administrator of this tool changes its addresses "
                "with: twofold platform add"
            ),
        ),
        "registration.lms.token": _nothing(
            lazy_gettext(
                "The learning platform did not accept its own registration token: it is used or "
                "too old. On some servers a web server in front of the platform takes it away."
            ),
            _FROM_THE_LMS,
            502,
        ),
        "registration.lms.refused": _nothing(
            lazy_gettext("The learning platform refused the registration; it said why, below."),
            _BY_HAND,
            502,
        ),
        "registration.lms.failed": Explanation(
            502,
            _NOT_SURE,
            lazy_gettext("The learning platform did not answer as it should."),
            _LOOK,
        ),
        "registration.answer": Explanation(
            502,
            _NOT_SURE,
            lazy_gettext(
                "The learning platform accepted the tool, but its answer does not say under which "
                "client ID."
            ),
            _LOOK,
        ),
    }
