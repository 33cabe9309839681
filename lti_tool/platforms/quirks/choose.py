"""Which LMS's peculiarities a registration has: by its own name, else by where its issuer is.

Touches nothing.
"""

from urllib.parse import urlsplit

from lti_tool.platforms.quirks.answers import Quirks
from lti_tool.platforms.quirks.blackboard import BLACKBOARD
from lti_tool.platforms.quirks.brightspace import BRIGHTSPACE
from lti_tool.platforms.quirks.canvas import CANVAS
from lti_tool.platforms.quirks.default import DEFAULT
from lti_tool.platforms.quirks.moodle import MOODLE
from lti_tool.platforms.quirks.openedx import OPEN_EDX
from lti_tool.platforms.quirks.sakai import SAKAI
from lti_tool.platforms.quirks.schoology import SCHOOLOGY

KNOWN = (MOODLE, CANVAS, BRIGHTSPACE, BLACKBOARD, SAKAI, OPEN_EDX, SCHOOLOGY)


def quirks_of(product_family: str | None, issuer: str) -> Quirks:
    """The peculiarities of an LMS; the standards' where neither name nor issuer is known."""
    family = (product_family or "").strip().lower()
    if family:
        return next((each for each in KNOWN if family in each.families), DEFAULT)
    return by_issuer(issuer)


def by_issuer(issuer: str) -> Quirks:
    """The peculiarities of the LMS whose cloud the issuer is in."""
    try:
        host = (urlsplit(issuer).hostname or "").removesuffix(".")
    except ValueError:
        # An issuer may be any text.
        return DEFAULT
    return next((each for each in KNOWN if any(below(host, at) for at in each.domains)), DEFAULT)


def below(host: str, domain: str) -> bool:
    """Whether a host is `domain` or under it."""
    return host == domain or host.endswith(f".{domain}")
