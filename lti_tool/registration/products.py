"""What an administrator does next, in the words of each LMS.

Touches nothing. The products are named as LMSs name themselves in `product_family_code`.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext

from lti_tool.platforms.quirks.blackboard import BLACKBOARD
from lti_tool.platforms.quirks.brightspace import BRIGHTSPACE
from lti_tool.platforms.quirks.canvas import CANVAS
from lti_tool.platforms.quirks.moodle import MOODLE
from lti_tool.platforms.quirks.openedx import OPEN_EDX
from lti_tool.platforms.quirks.sakai import SAKAI
from lti_tool.platforms.quirks.schoology import SCHOOLOGY


@dataclass(frozen=True, slots=True)
class Product:
    """One LMS: its name, the step after the registration, and how to mend its settings."""

    name: str
    next_step: Any
    scopes: str
    """Where an administrator allows a service."""
    addresses: str
    """Where the LMS says at which addresses its key set and its tokens are."""


_OTHER = Product(
    "the LMS",
    lazy_gettext(
        "If the tool is listed there as pending or switched off, switch it on; then add it to a "
        "course."
    ),
    "Allow the tool that service in the LMS's settings of the tool.",
    "The LMS shows both addresses where it lists the tool's client ID.",
)
_MOODLE = Product(
    "Moodle",
    lazy_gettext(
        "In Moodle the tool is pending: under Site administration → Plugins → External tool → "
        "Manage tools press Activate on its card."
    ),
    "In Moodle, Manage tools → the tool's settings → Services: set Assignment and Grade Services "
    "to “Use this service for grade sync and column management” and Names and Role Provisioning "
    "to “Use this service”.",
    "Moodle shows both under Manage tools, on the tool's card behind “View configuration details”: "
    "Public keyset URL and Access token URL.",
)
_CANVAS = Product(
    "Canvas",
    lazy_gettext(
        "Canvas shows a summary: leave the privacy level at Public, so that names arrive, and "
        "switch the tool on."
    ),
    "In Canvas, open the tool's registration (or its developer key) and allow the scope; then "
    "make sure that the key is ON for the account.",
    "In Instructure's cloud they are https://sso.canvaslms.com/api/lti/security/jwks and "
    "https://sso.canvaslms.com/login/oauth2/token (sso.beta and sso.test for those); a Canvas of "
    "your own has both paths at its own host.",
)
_BRIGHTSPACE = Product(
    "Brightspace",
    lazy_gettext(
        "In Brightspace the registration is disabled: under Manage Extensibility → LTI Advantage "
        "open it, enable it, and make a deployment with all three extensions if there is none."
    ),
    "In Brightspace, Manage Extensibility → LTI Advantage: tick Assignment and Grade Services, "
    "Deep Linking and Names and Role Provisioning Services in the registration and in the "
    "deployment.",
    "Brightspace shows both under Manage Extensibility → LTI Advantage → the tool: Keyset URL and "
    "OAuth2 Access Token URL.",
)
_BLACKBOARD = Product(
    "Blackboard",
    lazy_gettext(
        "In Blackboard, under LTI Tool Providers, set the tool's status to Approved, allow grade "
        "and membership service access, and make a placement."
    ),
    "In Blackboard, LTI Tool Providers → the tool → Edit: allow grade service access and "
    "membership service access.",
    "Blackboard shows both at its developer portal, under the application: Public keyset URL and "
    "Auth token endpoint. The application's ID is part of the first.",
)
_SAKAI = Product(
    "Sakai",
    lazy_gettext(
        "In Sakai look at the tool under External Tools in the Administration Workspace: roster, "
        "grades and names must be allowed there."
    ),
    "In Sakai, Administration Workspace → External Tools → the tool: allow roster and grades.",
    "Sakai shows both in Administration Workspace → External Tools → the tool, with its LTI 1.3 "
    "values: keyset URL and token URL.",
)
_OPEN_EDX = Product(
    "Open edX",
    lazy_gettext("In Studio, add the tool to a unit as an LTI Consumer component."),
    "In Studio, the settings of the LTI component: enable LTI Advantage's services.",
    "Studio shows both on the LTI component: Keyset URL and Access Token URL.",
)
_SCHOOLOGY = Product(
    "Schoology",
    lazy_gettext("In Schoology, install the app for the organisation and give it to courses."),
    "In Schoology, App Center → the app → Edit: tick Assignment and Grade Services, Names and Role "
    "Provisioning Services and Deep Linking.",
    "They are https://lti-service.svc.schoology.com/lti-service/.well-known/jwks and "
    "https://lti-service.svc.schoology.com/lti-service/access-token.",
)
_PRODUCTS = {
    family: product
    for quirks, product in (
        (MOODLE, _MOODLE),
        (CANVAS, _CANVAS),
        (BRIGHTSPACE, _BRIGHTSPACE),
        (BLACKBOARD, _BLACKBOARD),
        (SAKAI, _SAKAI),
        (OPEN_EDX, _OPEN_EDX),
        (SCHOOLOGY, _SCHOOLOGY),
    )
    for family in quirks.families
}


def product(family: str | None) -> Product:
    """The product of a `product_family_code`; one that fits all where it is not known."""
    return _PRODUCTS.get((family or "").strip().lower(), _OTHER)
