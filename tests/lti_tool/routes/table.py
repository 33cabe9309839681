"""Every route of the application and its door: what somebody must have to get in.

Whoever adds a route adds it here, or the tests of this folder fail. What a route requires is said
a second time on purpose: the tests compare it with what the route does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from flask import Flask
from werkzeug.routing import Rule

from lti_tool.access.permissions import Permission
from rubrics.words import CourseRole
from xapi.access.scopes import Scope

Answer = tuple[int, str]
"""A status and the code that stands in the body; an empty code where there is none."""


EVERY_METHOD = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH"})


class Door(Enum):
    """What opens a route, and for forms: what keeps other sites from sending them."""

    PUBLIC = "nothing: it shows nothing of anybody and changes nothing"
    NOWHERE = "there is nothing behind it"
    PROOF = "what the request itself carries: a signature, a one-use token or a ticket"
    HANDLE = "a handle with its person's cookie, and a permission; forms carry a token"
    LOG_IN = "nothing; forms carry a token of the browser's own cookie"
    ADMINISTRATOR = "an administrator's cookie; forms carry a token"
    CREDENTIAL = "a header that no browser sends by itself for another site's page"
    METRICS = "the metrics token, in a header"


FORM_TOKEN = frozenset({Door.HANDLE, Door.LOG_IN, Door.ADMINISTRATOR})
"""The doors behind which a form must carry a token. The others say above why they need none."""


@dataclass(frozen=True)
class Route:
    """The door of one endpoint."""

    door: Door
    permission: Permission | None = None
    roles: frozenset[CourseRole] = frozenset()
    """HANDLE: who has the permission."""
    scopes: Mapping[str, frozenset[Scope]] = field(default_factory=dict)
    """CREDENTIAL: by method, the scopes of which any is enough."""
    refusals: Mapping[str, Answer] = field(default_factory=dict)
    """PROOF, LOG_IN and NOWHERE: by method, the answer to a request that brings nothing."""
    form: Mapping[str, str] = field(default_factory=dict)
    """What it must be asked with to come as far as its door."""


STAFF = frozenset({CourseRole.INSTRUCTOR, CourseRole.ASSISTANT})
INSTRUCTORS = frozenset({CourseRole.INSTRUCTOR})
LEARNERS = frozenset({CourseRole.LEARNER})
MENTORS = frozenset({CourseRole.MENTOR})
CLASS = STAFF | LEARNERS

PUBLIC, ADMINISTRATOR = Route(Door.PUBLIC), Route(Door.ADMINISTRATOR)
_READERS = frozenset({Scope.ALL, Scope.ALL_READ, Scope.READ})
_WRITERS = frozenset({Scope.ALL, Scope.WRITE})


def _handle(permission: Permission, roles: frozenset[CourseRole], *names: str) -> dict[str, Route]:
    return {name: Route(Door.HANDLE, permission, roles) for name in names}


def _proof(**refusals: Answer) -> Route:
    return Route(Door.PROOF, refusals=refusals)


def _documents(readers: set[Scope], writers: set[Scope]) -> Route:
    may_write = frozenset(writers)
    by_method = dict.fromkeys(("PUT", "POST", "DELETE"), may_write)
    return Route(Door.CREDENTIAL, scopes={"GET": frozenset(readers), **by_method})


_RECORDS = {
    "about": PUBLIC,
    "openapi": PUBLIC,
    "nothing": Route(
        Door.NOWHERE,
        refusals=dict.fromkeys(EVERY_METHOD, (404, "resource")),
    ),
    "statements": Route(
        Door.CREDENTIAL,
        scopes={"GET": _READERS | {Scope.READ_MINE}, "PUT": _WRITERS, "POST": _WRITERS},
    ),
    "activities": Route(Door.CREDENTIAL, scopes={"GET": _READERS}),
    "agents": Route(Door.CREDENTIAL, scopes={"GET": _READERS}),
    "export": Route(Door.CREDENTIAL, scopes={"GET": _READERS}),
    "activities_state": _documents(
        {Scope.ALL, Scope.ALL_READ, Scope.STATE}, {Scope.ALL, Scope.STATE}
    ),
    "activities_profile": _documents(
        {Scope.ALL, Scope.ALL_READ, Scope.PROFILE}, {Scope.ALL, Scope.PROFILE}
    ),
    "agents_profile": _documents(
        {Scope.ALL, Scope.ALL_READ, Scope.PROFILE}, {Scope.ALL, Scope.PROFILE}
    ),
}

_WRONG_METHOD = (405, "launch.method")
_NOTHING_SENT = (400, "launch.parameter.missing")
_OTHER_METHODS = dict.fromkeys(("PUT", "PATCH", "DELETE"), _WRONG_METHOD)

TABLE: Mapping[str, Route] = {
    "static": PUBLIC,
    "health.live": PUBLIC,
    "health.ready": PUBLIC,
    "xapi_profile.profile": PUBLIC,
    "xapi_profile.file": PUBLIC,
    "launch.jwks": PUBLIC,
    "registration.canvas": PUBLIC,
    "registration.config": PUBLIC,
    "registration.look_unasked": PUBLIC,
    # Waits for the administrator, whoever sends it.
    "registration.register_unasked": _proof(POST=(400, "registration.parameter")),
    "registration.look": _proof(GET=(404, "registration.link.unknown")),
    "registration.register": Route(
        Door.PROOF,
        refusals={"POST": (404, "registration.link.unknown")},
        form={"openid_configuration": "https://lms.example/configuration"},
    ),
    "launch.login": _proof(GET=_NOTHING_SENT, POST=_NOTHING_SENT, **_OTHER_METHODS),
    "launch.launch": _proof(GET=_WRONG_METHOD, POST=_NOTHING_SENT, **_OTHER_METHODS),
    "access.new_window": _proof(GET=(410, "access.window.used")),
    "metrics.figures": Route(Door.METRICS),
    **_handle(Permission.OPEN, CLASS | MENTORS, "start.start", "start.help", "access.window"),
    **_handle(
        Permission.SEE_LEARNERS, MENTORS, "mentor.learners", "mentor.learner", "mentor.result"
    ),
    **_handle(
        Permission.CHOOSE,
        INSTRUCTORS,
        "instructor.choose",
        "instructor.write",
        "instructor.from_file",
        "instructor.add_several",
        "instructor.copy_course",
        "instructor.use_copy",
        "instructor.export",
        "instructor.find_skills",
        "instructor.preview",
        "instructor.revise",
        "instructor.add",
    ),
    **_handle(
        Permission.CONFIGURE, INSTRUCTORS, "instructor.edit_activity", "instructor.choose_column"
    ),
    **_handle(
        Permission.SEE_CLASS,
        STAFF,
        "instructor.course",
        "instructor.class_list",
        "instructor.read_roster",
    ),
    **_handle(
        Permission.ASSESS,
        STAFF,
        "instructor.send_all_again",
        "instructor.send_again",
        "instructor.assess",
        "instructor.save",
        "instructor.autosave",
        "instructor.release",
        "instructor.download",
    ),
    **_handle(Permission.SEE_ACTIVITY, CLASS, "learner.activity", "learner.download"),
    **_handle(Permission.SEE_MY_SKILLS, LEARNERS, "learner.my_skills"),
    **_handle(
        Permission.SUBMIT, LEARNERS, "learner.hand_in", "learner.autosave", "learner.try_again"
    ),
    "admin.log_in": Route(Door.LOG_IN, refusals={"POST": (400, "admin.form")}),
    "admin.code": Route(Door.LOG_IN, refusals={"GET": (303, ""), "POST": (303, "")}),
    **{
        f"admin.{name}": ADMINISTRATOR
        for name in (
            *("start", "log_out", "security", "password", "codes_on", "codes_off"),
            *("platforms", "link", "withdraw_link", "connect", "platform", "check", "change"),
            *("approve_deployment", "approve", "refuse", "statements", "statements_new"),
            *("credentials", "credential_new", "credential_rotate", "credential_revoke"),
            *("forwarding", "forward_new", "forward_pause", "forward_resume", "forward_retry"),
            *("forward_restart", "forward_remove", "keys", "rotate_keys", "audit"),
        )
    },
    **{f"xapi.{name}": route for name, route in _RECORDS.items()},
    **{f"xapi_tenant.{name}": route for name, route in _RECORDS.items()},
}


def rules(app: Flask, *doors: Door) -> Iterator[tuple[Rule, Route, str]]:
    """Every rule with its route and each of its methods; of these doors only, where some are named.

    HEAD is left to the tests that it changes nothing. Raises KeyError for a route without a door.
    """
    for rule in app.url_map.iter_rules():
        route = TABLE[rule.endpoint]
        if not doors or route.door in doors:
            # The record store answers whatever method is asked for.
            listed = rule.methods or EVERY_METHOD
            for method in sorted(listed - {"HEAD", "OPTIONS"}):
                yield rule, route, method
