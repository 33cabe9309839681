"""What this tool tells an LMS about itself: the registration request, and Canvas's own JSON.

Touches nothing. Serves LTI Dynamic Registration 1.0, 3.5.2; Canvas: doc/api/registration.md and
lti_dev_key_config.md of canvas-lms.
"""

from typing import Any
from urllib.parse import urlsplit

from lti_tool.ags.vocabulary import SCOPE_LINE_ITEM, SCOPE_RESULTS, SCOPE_SCORE
from lti_tool.groups import said
from lti_tool.groups.service import SCOPE as SCOPE_GROUPS
from lti_tool.nrps.reading import SCOPE as SCOPE_ROSTER
from lti_tool.platforms.quirks.answers import Quirks
from lti_tool.platforms.quirks.canvas import CANVAS
from lti_tool.platforms.quirks.choose import quirks_of
from lti_tool.registration.configuration import Configuration

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
NAME = "Twofold"
DESCRIPTION = "Hard and soft skills: rubrics, evidence and competencies on activities."
SCOPES = {
    SCOPE_LINE_ITEM: "make columns in the gradebook",
    # Moodle lets nobody read columns with the scope that writes them.
    f"{SCOPE_LINE_ITEM}.readonly": "see the gradebook's columns",
    SCOPE_RESULTS: "read grades back",
    SCOPE_SCORE: "send grades",
    SCOPE_ROSTER: "read class lists",
}
"""What the tool asks for, and what each scope is for."""
RESOURCE_LINK, DEEP_LINKING = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"
SUBMISSION_REVIEW = "LtiSubmissionReviewRequest"
MESSAGES = (RESOURCE_LINK, DEEP_LINKING, SUBMISSION_REVIEW)
"""What the tool can be launched with."""
HISTORIES = {
    "resource_link_history": "ResourceLink.id.history",
    "context_history": "Context.id.history",
}
"""Custom parameters by which a copied course is recognised, and the variables they ask for."""

_ALWAYS = ("iss", "sub")
_CLAIMS = ("name", "given_name", "family_name", "email", "locale")


def addresses(base_url: str) -> dict[str, str]:
    """The addresses of this tool that an LMS asks for."""
    return {
        "login": f"{base_url}/lti/login",
        "launch": f"{base_url}/lti/launch",
        "keys": f"{base_url}/lti/jwks",
        "canvas": f"{base_url}/lti/canvas.json",
        "logo": f"{base_url}/static/icon.svg",
        "domain": urlsplit(base_url).netloc,
    }


def values_by_hand(base_url: str) -> dict[str, Any]:
    """What an LMS asks for where it is told of this tool by hand: addresses, and lists of lines."""
    return {
        **addresses(base_url),
        "scopes": list(SCOPES),
        "custom": [f"{name}={variable}" for name, variable in custom_parameters().items()],
        "messages": list(MESSAGES),
    }


def registration(configuration: Configuration, base_url: str) -> dict[str, Any]:
    """The body of the request that registers this tool at the LMS of `configuration`."""
    ours = addresses(base_url)
    quirks = quirks_of(configuration.product_family, configuration.issuer)
    tool: dict[str, Any] = {
        # With its port: Moodle demands that it be that of the target link.
        "domain": ours["domain"],
        "description": DESCRIPTION,
        "target_link_uri": ours["launch"],
        "custom_parameters": _custom(configuration.variables),
        "claims": [*_ALWAYS, *_offered(_CLAIMS, configuration.claims)],
        "messages": [
            _message(kind, configuration, quirks, ours)
            for kind in MESSAGES
            if kind != SUBMISSION_REVIEW or kind in configuration.placements
        ],
        **quirks.registration_extras,
    }
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "initiate_login_uri": ours["login"],
        "redirect_uris": [ours["launch"]],
        "client_name": NAME,
        "client_uri": base_url,
        "jwks_uri": ours["keys"],
        "logo_uri": ours["logo"],
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(_scopes(configuration.scopes)),
        TOOL: tool,
    }


def canvas_json(base_url: str) -> dict[str, Any]:
    """The configuration for an LTI key in Canvas, "by URL" or pasted."""
    ours = addresses(base_url)
    placements = [
        {
            "placement": placement,
            "message_type": kind,
            "target_link_uri": ours["launch"],
            "text": NAME,
            "icon_url": ours["logo"],
            "enabled": True,
            **CANVAS.json_extras.get(placement, {}),
        }
        for kind, listed in CANVAS.placements.items()
        for placement in listed
    ]
    return {
        "title": NAME,
        "description": DESCRIPTION,
        "oidc_initiation_url": ours["login"],
        "target_link_uri": ours["launch"],
        "redirect_uris": [ours["launch"]],
        "public_jwk_url": ours["keys"],
        "scopes": list(SCOPES),
        "custom_fields": custom_parameters(),
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": ours["domain"],
                "tool_id": "twofold",
                "privacy_level": "public",
                "settings": {"text": NAME, "icon_url": ours["logo"], "placements": placements},
            }
        ],
    }


def custom_parameters() -> dict[str, str]:
    """What to enter as custom parameters where nobody says which variables the LMS has.

    A variable that it does not know comes back as it is, and counts for nothing.
    """
    return _custom(frozenset(HISTORIES.values()) | said.OF_CANVAS)


def _custom(variables: frozenset[str]) -> dict[str, str]:
    """What we ask to be told at a launch of what the LMS can tell."""
    asked = {name: each for name, each in HISTORIES.items() if each in variables}
    return {name: f"${variable}" for name, variable in (asked | said.wanted(variables)).items()}


def _scopes(offered: frozenset[str]) -> list[str]:
    """Groups only where they are offered by name: most LMSs do not know that service."""
    groups = [SCOPE_GROUPS] if SCOPE_GROUPS in offered else []
    return [*_offered(tuple(SCOPES), offered), *groups]


def _message(
    kind: str, configuration: Configuration, quirks: Quirks, ours: dict[str, str]
) -> dict[str, Any]:
    offered = configuration.placements.get(kind, frozenset())
    assumed = quirks.names_no_placements and not offered
    placements = [each for each in quirks.placements.get(kind, ()) if each in offered or assumed]
    message: dict[str, Any] = {"type": kind, "target_link_uri": ours["launch"], "label": NAME}
    if placements:
        message["placements"] = placements
    for placement in placements:
        if placement in quirks.message_extras:
            message |= {"icon_uri": ours["logo"], **quirks.message_extras[placement]}
    return message


def _offered(wanted: tuple[str, ...], offered: frozenset[str]) -> list[str]:
    """What the LMS offers of what we want; all of it where it does not say."""
    return [each for each in wanted if not offered or each in offered]
