"""What an LMS gives an XBlock: a course, a user, fields, a place for grades. No protocol is here.

The consumer asks edx-platform for these through `lti_consumer.plugin.compat`, whose functions
import edx-platform; `install` puts the few that are asked for in their place, among them the
course's roster, from which its NRPS endpoint answers. The block itself, its launch data, tokens,
keys, views and models are lti-consumer-xblock's own.
"""

from types import SimpleNamespace
from typing import Any

from django.contrib.auth.models import User
from lti_consumer.exceptions import LtiError
from lti_consumer.lti_xblock import LtiConsumerXBlock
from lti_consumer.plugin import compat
from opaque_keys.edx.keys import UsageKey
from xblock.core import XBlockMixin
from xblock.field_data import DictFieldData
from xblock.fields import DateTime, ScopeIds, Timedelta
from xblock.reference.user_service import UserService, XBlockUser
from xblock.runtime import Runtime

from tests.judges.openedx.models import Profile, PublishedGrade

LOCATION = UsageKey.from_string("block-v1:NA+SK101+2026+type@lti_consumer+block@skills")
_STAFF = ("staff", "instructor")


class Inherited(XBlockMixin):  # type: ignore[misc]
    """The fields that every block of a course has by inheritance."""

    due: Any = DateTime(default=None)
    graceperiod: Any = Timedelta(default=None)
    start: Any = DateTime(default=None)


class _People(UserService):  # type: ignore[misc]
    """The user service of one request."""

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._profile = profile

    def get_current_user(self) -> Any:
        profile = self._profile
        emails = [profile.user.email]
        user = XBlockUser(is_current_user=True, emails=emails, full_name=profile.name)
        user.opt_attrs = {
            "edx-platform.is_authenticated": True,
            "edx-platform.user_id": profile.user.id,
            "edx-platform.username": profile.user.username,
            "edx-platform.user_role": profile.role,
            "edx-platform.user_is_staff": False,
        }
        return user

    def get_external_user_id(self, _kind: str) -> str:
        return str(self._profile.external_user_id)


class _Rebinding:
    def rebind_noauth_module_to_user(self, _block: Any, _user: Any) -> None:
        """The LMS would load the learner's state; this one keeps none."""


class CourseRuntime(Runtime):  # type: ignore[misc]
    """The course's runtime: services, and where a published grade goes."""

    def __init__(self, profile: Profile | None) -> None:
        services: dict[str, Any] = {"rebind_user": _Rebinding()}
        if profile is not None:
            services["user"] = _People(profile)
        super().__init__(id_reader=None, id_generator=None, services=services, mixins=(Inherited,))

    def publish(self, block: Any, event_type: str, event_data: Any) -> None:
        if event_type == "grade":
            PublishedGrade.objects.create(
                user_id=event_data["user_id"],
                value=event_data["value"],
                max_value=event_data["max_value"],
            )

    def handler_url(self, *_: Any, **__: Any) -> str:
        raise NotImplementedError

    def local_resource_url(self, *_: Any, **__: Any) -> str:
        raise NotImplementedError

    def resource_url(self, *_: Any, **__: Any) -> str:
        raise NotImplementedError


class Course:
    """The one course: its component as Studio has set it up, and what the LMS knows of it."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def block(self, profile: Profile | None = None) -> Any:
        """The LTI component, bound to somebody or to nobody."""
        runtime = CourseRuntime(profile)
        scope = ScopeIds(profile and profile.user.id, "lti_consumer", LOCATION, LOCATION)
        fields = DictFieldData(dict(self._fields))
        return runtime.construct_xblock_from_class(LtiConsumerXBlock, scope, field_data=fields)

    def install(self) -> None:
        """Answer what the consumer asks edx-platform."""
        compat.load_enough_xblock = lambda _location: self.block()
        compat.load_block_as_user = lambda _location: self.block()
        compat.get_course_by_id = lambda _key: SimpleNamespace(
            display_name_with_default="Skills 101",
            display_org_with_default="North Academy",
            lti_passports=[],
        )
        compat.get_course_members = lambda _key: _members()
        compat.batch_get_or_create_externalids = lambda users: {
            user.id: user.profile for user in users
        }
        compat.get_user_from_external_user_id = _user_of
        compat.user_has_studio_write_access = lambda user, _key: (
            user.is_authenticated and user.profile.role in _STAFF
        )


def _members() -> dict[int, dict[str, Any]]:
    return {
        profile.user.id: {
            "id": profile.user.id,
            "username": profile.user.username,
            "name": profile.name,
            "email": profile.user.email,
            "roles": [profile.role],
        }
        for profile in Profile.objects.select_related("user")
    }


def _user_of(external_user_id: str) -> User:
    found = Profile.objects.filter(external_user_id=external_user_id).first()
    if found is None:
        raise LtiError("Invalid User")
    return found.user
