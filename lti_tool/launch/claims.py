"""The claims of a launch: their types and bounds in one schema, then a plain value.

Touches nothing but its arguments. Serves LTI 1.3 core 5, Deep Linking 2.0 3.4, AGS 2.0 3.1,
NRPS 2.0 3.6 and Course Groups 1.0, which no launch is refused for. Only called with what the
platform has signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from lti_tool.groups.said import said_in
from lti_tool.launch.codes import LaunchRefused
from lti_tool.launch.fields import (
    Address,
    Custom,
    Flag,
    Identifier,
    Locale,
    Moment,
    Opaque,
    SafeAddress,
    Strings,
    Words,
    optional_address,
)
from rubrics.actions.course_groups import Said

_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEPLOYMENT_ID = f"{_LTI}deployment_id"
_DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
_AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
_GROUPS = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
_NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"


class _Part(Schema):
    class Meta:
        unknown = EXCLUDE


class _Context(_Part):
    id = Identifier(required=True)
    title = Words(500)
    label = Words(255)


class _Link(_Part):
    id = Identifier(required=True)
    title = Words(500)


class _DeepLinking(_Part):
    # Asked at once: nobody is to choose an activity that cannot be handed over.
    deep_link_return_url = SafeAddress(optional=False, required=True)
    accept_types = Strings(required=True)
    accept_presentation_document_targets = Strings(load_default=list)
    accept_multiple = Flag()
    # A platform that does not say may well take one (deep linking 2.0), as Open edX does.
    accept_lineitem = Flag(absent=None)
    auto_create = Flag()
    title = Words(500)
    text = Words(5000)
    data = Opaque(20_000)


class _Ags(_Part):
    scope = Strings(load_default=list)
    lineitems = Address(load_default=None, allow_none=True)
    lineitem = Address(load_default=None, allow_none=True)


class _Nrps(_Part):
    context_memberships_url = Address(load_default=None, allow_none=True)


class _Presentation(_Part):
    locale = Locale(load_default=None, allow_none=True)
    return_url = SafeAddress(optional=True, load_default=None, allow_none=True)


class _ForUser(_Part):
    user_id = Identifier(required=True)


class _Platform(_Part):
    product_family_code = Words(100)


def _optional(schema: type[Schema], claim: str) -> fields.Nested:
    return fields.Nested(schema, data_key=claim, load_default=None, allow_none=True)


class _Claims(_Part):
    iat = Moment(required=True)
    exp = Moment(required=True)
    nbf = Moment(load_default=None)
    sub = Identifier(load_default=None)
    name = Words(500)
    given_name = Words(255)
    family_name = Words(255)
    email = Words(320)
    locale = Locale(load_default=None, allow_none=True)
    message_type = Identifier(required=True, data_key=f"{_LTI}message_type")
    version = Identifier(required=True, data_key=f"{_LTI}version", validate=validate.Equal("1.3.0"))
    deployment_id = Identifier(required=True, data_key=DEPLOYMENT_ID)
    target_link_uri = Identifier(2000, load_default=None, data_key=f"{_LTI}target_link_uri")
    roles = Strings(required=True, data_key=f"{_LTI}roles")
    context = _optional(_Context, f"{_LTI}context")
    resource_link = _optional(_Link, f"{_LTI}resource_link")
    custom = Custom(data_key=f"{_LTI}custom", load_default=dict, allow_none=True)
    presentation = _optional(_Presentation, f"{_LTI}launch_presentation")
    platform = _optional(_Platform, f"{_LTI}tool_platform")
    for_user = _optional(_ForUser, f"{_LTI}for_user")
    role_scope_mentor = Strings(
        1000, load_default=list, allow_none=True, data_key=f"{_LTI}role_scope_mentor"
    )
    deep_linking = _optional(_DeepLinking, _DEEP_LINKING)
    ags = _optional(_Ags, _AGS)
    nrps = _optional(_Nrps, _NRPS)
    groups = fields.Raw(data_key=_GROUPS, load_default=None, allow_none=True)
    lis = fields.Raw(data_key=f"{_LTI}lis", load_default=None, allow_none=True)


_SCHEMA = _Claims()


@dataclass(frozen=True, slots=True)
class Place:
    """A context or a resource link as the platform names it."""

    id: str
    title: str | None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class LaunchClaims:
    """What a launch says, checked. None: it does not say so."""

    issued: float
    expires: float
    not_before: float | None
    subject: str | None
    name: str | None
    given_name: str | None
    family_name: str | None
    email: str | None
    message_type: str
    deployment_id: str
    target_link_uri: str | None
    roles: tuple[str, ...]
    context: Place | None
    resource_link: Place | None
    custom: Mapping[str, str]
    for_user: str | None
    """Whose submission is to be reviewed: a subject."""
    mentees: tuple[str, ...]
    """Subjects of the learners of a mentor."""
    locale: str | None
    return_url: str | None = field(repr=False)
    """Where people go back to; it may carry a session key of the platform's."""
    product_family: str | None
    deep_linking: Mapping[str, Any] | None
    ags_scopes: tuple[str, ...]
    lineitems_url: str | None
    lineitem_url: str | None
    memberships_url: str | None
    groups_url: str | None
    group_sets_url: str | None
    said: Said
    """The sections and groups that the person is in, as far as the launch says it."""
    custom_says_groups: bool


def read(claims: Mapping[str, Any]) -> LaunchClaims:
    """Check the claims of a token. Raises LaunchRefused (launch.claim) naming the first bad one."""
    try:
        found = _SCHEMA.load(claims)
    except ValidationError as error:
        raise LaunchRefused("launch.claim", _first(error.messages)) from error
    presentation = found["presentation"] or {}
    ags = found["ags"] or {}
    return LaunchClaims(
        issued=found["iat"],
        expires=found["exp"],
        not_before=found["nbf"],
        subject=found["sub"],
        name=found["name"],
        given_name=found["given_name"],
        family_name=found["family_name"],
        email=found["email"],
        message_type=found["message_type"],
        deployment_id=found["deployment_id"],
        target_link_uri=found["target_link_uri"],
        roles=tuple(found["roles"]),
        context=_place(found["context"]),
        resource_link=_place(found["resource_link"]),
        custom=found["custom"] or {},
        for_user=(found["for_user"] or {}).get("user_id"),
        mentees=tuple(found["role_scope_mentor"] or ()),
        locale=presentation.get("locale") or found["locale"],
        return_url=presentation.get("return_url"),
        product_family=(found["platform"] or {}).get("product_family_code"),
        deep_linking=found["deep_linking"],
        ags_scopes=tuple(ags.get("scope", ())),
        lineitems_url=ags.get("lineitems"),
        lineitem_url=ags.get("lineitem"),
        memberships_url=(found["nrps"] or {}).get("context_memberships_url"),
        groups_url=optional_address(found["groups"], "context_groups_url"),
        group_sets_url=optional_address(found["groups"], "context_group_sets_url"),
        said=said_in(found["custom"], found["lis"]),
        custom_says_groups=bool(said_in(found["custom"]).kinds),
    )


def _place(found: Mapping[str, Any] | None) -> Place | None:
    return None if found is None else Place(**found)


def _first(messages: Any) -> str:
    """The path of the first bad claim, without the vocabulary's address and without its value."""
    path = []
    while isinstance(messages, dict) and messages:
        name, messages = next(iter(messages.items()))
        path.append(str(name).rpartition("/")[2])
    return ".".join(path)[:100]
