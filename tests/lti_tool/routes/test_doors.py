"""Everybody at every door: without what the table names one is refused, reads and changes nothing.

Who names another course's or school's ids at pages of their own: test_foreign_ids.py. Which role
may do what: tests/lti_tool/pages/test_who_may.py.
"""

from collections.abc import Callable

import pytest
from flask import Flask

from lti_tool.access import cookies
from lti_tool.access.permissions import Permission
from lti_tool.access.tables import Purpose
from rubrics.words import CourseRole
from tests.lti_tool.routes.table import TABLE, Answer, Door, Route, rules
from tests.lti_tool.routes.world import MARK, METRICS_TOKEN, Visitor, World
from xapi.access.scopes import Scope

NO_COOKIE = (401, "access.cookie.missing")
ENDED = (401, "access.session.ended")
OTHER_PERSON = (403, "access.person.other")


def _with(cookie: str, secret: str) -> Visitor:
    return Visitor({"Cookie": f"{cookie}={secret}"})


def _classmate(world: World) -> Visitor:
    return world.come(world.north, CourseRole.LEARNER, person=world.classmate)


def _at_norths_handle(school: str) -> Callable[[World], Visitor]:
    def come(world: World) -> Visitor:
        there = getattr(world, school)
        return Visitor(world.come(there, CourseRole.INSTRUCTOR, person=there.instructor_id).headers)

    return come


LEARNER, ADMINISTRATOR = "a learner of the course", "an administrator"
CREDENTIAL, FOREIGN_CREDENTIAL = "a credential", "a credential of another school"
WRONG_CREDENTIAL, FIGURES = "a wrong credential", "who reads the figures"
EVERYBODY: dict[str, tuple[Callable[[World], Visitor], Answer]] = {
    "a stranger": (lambda _: Visitor(), NO_COOKIE),
    "a stranger who guesses": (lambda _: Visitor(handle="guessed"), (404, "access.handle.unknown")),
    "a stranger with a made-up cookie": (lambda _: _with(cookies.SESSION, "made-up"), ENDED),
    LEARNER: (_classmate, (403, "access.role")),
    "a learner at the instructor's handle": (
        lambda world: Visitor(_classmate(world).headers),
        OTHER_PERSON,
    ),
    "an instructor of another course": (_at_norths_handle("next_door"), OTHER_PERSON),
    "an instructor of another school": (_at_norths_handle("south"), OTHER_PERSON),
    ADMINISTRATOR: (lambda world: _with(cookies.ADMINISTRATOR, world.administrator), NO_COOKIE),
    "an administrator as a visitor": (
        lambda world: _with(cookies.SESSION, world.administrator),
        ENDED,
    ),
    "an administrator without the code": (
        lambda world: _with(cookies.ADMINISTRATOR, world.half),
        NO_COOKIE,
    ),
    "an instructor as an administrator": (
        lambda world: _with(cookies.ADMINISTRATOR, world.visit.secret),
        NO_COOKIE,
    ),
    CREDENTIAL: (
        lambda world: Visitor(world.credential(world.north.tenant_id, "all")),
        NO_COOKIE,
    ),
    FOREIGN_CREDENTIAL: (
        lambda world: Visitor(world.credential(world.south.tenant_id, "all")),
        NO_COOKIE,
    ),
    WRONG_CREDENTIAL: (
        lambda _: Visitor({"Authorization": "Basic bm9ib2R5Om5vdGhpbmc="}),
        NO_COOKIE,
    ),
    FIGURES: (lambda _: Visitor({"Authorization": f"Bearer {METRICS_TOKEN}"}), NO_COOKIE),
}
"""How everybody comes, and what they hear at the pages of a course."""

IN_TENANTS = (
    "an instructor of another course",
    "an instructor of another school",
    LEARNER,
    FOREIGN_CREDENTIAL,
)
"""Whom the rows themselves keep out: they try on both engines, the others on one."""
CASES = [("sqlite", who) for who in EVERYBODY] + [("postgresql", who) for who in IN_TENANTS]
SCOPES = sorted({each for route in TABLE.values() for each in route.scopes.values()}, key=sorted)
"""The sets of scopes of which each opens something of the record store."""


def _expected(who: str, route: Route, endpoint: str, method: str) -> Answer | None:
    """The refusal; None where the table lets this visitor in."""
    match route.door:
        case Door.PUBLIC:
            return None
        case Door.HANDLE:
            may = who == LEARNER and CourseRole.LEARNER in route.roles
            return None if may else EVERYBODY[who][1]
        case Door.ADMINISTRATOR:
            return None if who == ADMINISTRATOR else (303, "")
        case Door.CREDENTIAL:
            return _at_the_store(who, endpoint.partition(".")[0])
        case Door.METRICS:
            return None if who == FIGURES else (404, "http.404")
    if endpoint == "admin.log_in" and who == ADMINISTRATOR:
        return 303, ""
    if endpoint == "admin.code" and who == "an administrator without the code":
        return None if method == "GET" else (400, "admin.form")
    return route.refusals.get(method)


def _at_the_store(who: str, store: str) -> Answer | None:
    if who == CREDENTIAL or (who == FOREIGN_CREDENTIAL and store == "xapi"):
        return None
    if who == FOREIGN_CREDENTIAL:
        return 403, "credential.store"
    return 401, "credential.wrong" if who == WRONG_CREDENTIAL else "credential.missing"


def test_every_route_has_a_door(one_world: World) -> None:
    assert {rule.endpoint for rule in one_world.app.url_map.iter_rules()} == set(TABLE)
    for rule in one_world.app.url_map.iter_rules():
        door = TABLE[rule.endpoint].door
        assert (door is Door.HANDLE) == rule.rule.startswith("/l/<handle>/"), rule
        assert (door in (Door.LOG_IN, Door.ADMINISTRATOR)) == rule.rule.startswith("/admin"), rule
        assert (door is Door.METRICS) == rule.rule.startswith("/metrics"), rule
        assert (door is not Door.CREDENTIAL) or rule.rule.startswith("/xapi/"), rule


def test_the_door_is_that_of_the_view(one_world: World) -> None:
    for endpoint, route in TABLE.items():
        view = one_world.app.view_functions[endpoint]
        assert getattr(view, "permission", None) is route.permission, endpoint
        if route.permission is not None:
            assert route.permission.roles == route.roles, endpoint
        inside = route.door is Door.ADMINISTRATOR
        assert getattr(view, "for_administrators", False) is inside, endpoint
    assert {route.permission for route in TABLE.values()} - {None} == set(Permission)


def test_a_route_without_a_door_is_noticed() -> None:
    app = Flask("new")
    app.add_url_rule("/new", "new")
    with pytest.raises(KeyError):
        list(rules(app))


@pytest.mark.parametrize(("world", "who"), CASES, indirect=["world"])
def test_everybody_at_every_door(world: World, who: str) -> None:
    visitor = EVERYBODY[who][0](world)
    heard = 0
    with world.unchanged():
        for rule, route, method in rules(world.app):
            wanted = _expected(who, route, rule.endpoint, method)
            if wanted is None and route.door is not Door.PUBLIC:
                continue
            answer = world.open(rule, method, visitor, route.form or None)
            at = f"{who}: {method} {rule.rule}"
            assert MARK not in answer.text, at
            if wanted is None:
                assert answer.status_code in (200, 405), at
                continue
            heard += 1
            assert answer.status_code == wanted[0], at
            assert wanted[1] in answer.text, at
            if wanted[0] == 303:
                assert answer.location.startswith(("/admin/log-in", "/admin/platforms")), at
    assert heard > 80


def test_who_is_let_in(one_world: World) -> None:
    """The other half: what refuses everybody would pass the tests above."""
    bearer = Visitor({"Authorization": f"Bearer {METRICS_TOKEN}"})
    administrator = _with(cookies.ADMINISTRATOR, one_world.administrator)
    for rule, route, method in rules(one_world.app, Door.METRICS, Door.ADMINISTRATOR):
        if method == "GET":
            visitor = bearer if route.door is Door.METRICS else administrator
            answer = one_world.open(rule, method, visitor)
            if rule.endpoint == "admin.start":
                assert answer.location == "/admin/platforms"
            else:
                # Some name what is not there.
                gone = "admin.gone" in answer.text
                assert answer.status_code == (404 if gone else 200), rule


@pytest.mark.parametrize("enough", SCOPES, ids=lambda scopes: "+".join(sorted(scopes)))
def test_a_credential_does_what_its_scopes_say(one_world: World, enough: frozenset[Scope]) -> None:
    """Of a route that these scopes open: all others together do not, each of these does."""
    tenant = one_world.north.tenant_id
    others = Visitor(one_world.credential(tenant, *sorted(set(Scope) - enough)))
    holders = [Visitor(one_world.credential(tenant, scope)) for scope in sorted(enough)]
    with one_world.unchanged():
        for rule, route, method in rules(one_world.app, Door.CREDENTIAL):
            if route.scopes.get(method) == enough:
                answer = one_world.open(rule, method, others)
                assert answer.status_code == 403, rule
                assert answer.get_json()["error"]["code"] == "scope", rule
                assert MARK not in answer.text
                for holder in holders:
                    answer = one_world.open(rule, method, holder)
                    assert answer.status_code in (200, 400), (rule, method, answer.text)


def test_methods_that_a_resource_has_not(one_world: World) -> None:
    visitor = Visitor(one_world.credential(one_world.north.tenant_id, "all"))
    with one_world.unchanged():
        for rule, route, method in rules(one_world.app, Door.CREDENTIAL):
            if method not in route.scopes:
                answer = one_world.open(rule, method, visitor)
                assert answer.status_code == 405, (rule, method)


def test_the_store_of_another_school_is_not_there(world: World) -> None:
    """A good credential of another school names what is North's, in its own store."""
    visitor = Visitor(world.credential(world.south.tenant_id, "all"))
    own = Visitor(world.credential(world.north.tenant_id, "all"))
    found = set()
    for rule, _, method in rules(world.app, Door.CREDENTIAL):
        asked = world.named_in_the_store.get(rule.endpoint.partition(".")[2])
        if asked is not None and method == "GET":
            if rule.endpoint.startswith("xapi."):
                assert MARK not in world.open(rule, method, visitor, query=asked).text, rule
            assert MARK in world.open(rule, method, own, query=asked).text, rule
            found.add(rule.endpoint)
    readable = {e for e, route in TABLE.items() if "GET" in route.scopes}
    assert found == readable


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(one_world: World, method: str) -> None:
    """HEAD comes to the views of GET and carries no form token: it must not be taken for a form."""
    north, lena = one_world.north, str(one_world.lena)
    people = (
        one_world.come(north, CourseRole.INSTRUCTOR, person=north.instructor_id),
        one_world.come(north, CourseRole.INSTRUCTOR, Purpose.DEEP_LINKING, north.instructor_id),
        one_world.come(north, CourseRole.LEARNER, person=one_world.lena),
        one_world.come(north, CourseRole.MENTOR, learners=[lena]),
        _with(cookies.ADMINISTRATOR, one_world.administrator),
        Visitor(one_world.credential(north.tenant_id, "all")),
    )
    with one_world.unchanged():
        for rule, _, has in rules(one_world.app):
            if has == "GET":
                for visitor in people:
                    assert one_world.open(rule, method, visitor).status_code < 500, rule


def test_who_may_frame_what(one_world: World) -> None:
    """The LMS its own visitors' pages, any LMS what has neither session nor data; else nobody."""
    home = one_world.come(
        one_world.north, CourseRole.INSTRUCTOR, person=one_world.north.instructor_id
    )
    administrator = _with(cookies.ADMINISTRATOR, one_world.administrator)
    framed_by_all = {"registration.look_unasked"}
    for rule, route, method in rules(one_world.app):
        if route.door is Door.PROOF or rule.endpoint in framed_by_all:
            continue
        for visitor in (home, administrator):
            headers = one_world.open(rule, method, visitor).headers
            policy = headers["Content-Security-Policy"]
            at_home = route.door is Door.HANDLE and visitor is home
            if at_home and "sandbox" not in policy:
                assert policy.endswith("; frame-ancestors 'self' https://lms.example"), rule
            elif route.door is not Door.HANDLE:
                assert policy.endswith("; frame-ancestors 'none'"), rule
            if route.door is not Door.PUBLIC:
                assert headers["Cache-Control"] == "no-store", rule
