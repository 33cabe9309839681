"""Which hosts belong to a registration: a token of one LMS is never sent to any other.

Touches nothing. The hosts are those of the registration's own four addresses and the ones that its
administrator listed; some clouds serve many schools below the name of their shared issuer.
"""

from foundation.http_target import HttpRefused, host_port
from lti_tool.lms.answers import LmsRefused
from lti_tool.platforms.quirks.choose import below, by_issuer
from lti_tool.platforms.registrations import RegistrationInfo, own_hosts


def require_own(registration: RegistrationInfo, url: str) -> None:
    """Raise LmsRefused unless the service address `url` is at a host of this registration.

    A launch's claims are signed, yet an LMS that was taken over, or whose custom parameters reach
    its claims, must not be able to lead our token or our requests elsewhere.
    """
    try:
        asked = host_port(url)
    except HttpRefused as error:
        raise LmsRefused("ags.address", f"the gradebook's address is not usable: {error}") from (
            error
        )
    # What the administrator lists is kept among the private hosts, since it may be one too.
    if asked in (*own_hosts(registration), *registration.private_hosts):
        return
    if _same_cloud(registration, asked):
        return
    raise LmsRefused(
        "ags.foreign-host",
        f"the LMS named a gradebook at {asked}, which does not belong to its registration; if it "
        f"is the school's own name for the LMS, list it: twofold platform add --host {asked}",
    )


def _same_cloud(registration: RegistrationInfo, asked: str) -> bool:
    host, _, port = asked.rpartition(":")
    # By the issuer alone: an LMS may name itself as it likes.
    return port == "443" and any(
        below(host, domain) for domain in by_issuer(registration.issuer).cloud
    )
