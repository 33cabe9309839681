"""Whatever changes something needs the token of its own page, or a reason in the table not to.

Each form is sent by the right person with the right cookie, as another site's page could send it:
without a token, or with one that was made for another handle, another person, another door. Where a
browser says the form comes from is no help to it, and none is asked: the token is the proof.
"""

from collections.abc import Iterator

import pytest
from werkzeug.routing import Rule

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.access import cookies
from lti_tool.admin import sessions
from lti_tool.admin.tables import Administrator
from rubrics.words import CourseRole
from tests.lti_tool.routes.table import FORM_TOKEN, TABLE, Door, Route, rules
from tests.lti_tool.routes.world import MARK, Visitor, World, token_in

CROSS_SITE = {
    "Origin": "https://evil.example",
    "Referer": "https://evil.example/",
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
}


def _changing(world: World, *doors: Door) -> Iterator[tuple[Rule, Route, str]]:
    return (each for each in rules(world.app, *doors) if each[2] != "GET")


def test_what_changes_something_asks_for_a_token_or_says_why_not(one_world: World) -> None:
    without = {
        rule.endpoint
        for rule, route, _ in _changing(one_world)
        if route.door not in FORM_TOKEN and not rule.endpoint.startswith(("xapi.", "xapi_tenant."))
    }
    assert without == {
        # Signed by the LMS for this very browser.
        "launch.login",
        "launch.launch",
        # By the link's own secret, or to wait for an administrator.
        "registration.register",
        "registration.register_unasked",
    }
    for endpoint, route in TABLE.items():
        if endpoint.startswith(("xapi.", "xapi_tenant.")):
            assert route.door in (Door.PUBLIC, Door.NOWHERE, Door.CREDENTIAL), endpoint


def _people(world: World) -> list[Visitor]:
    """Who may do all there is to do, at their own pages."""
    instructor, lena = world.north.instructor_id, world.lena
    return [
        world.come(world.north, CourseRole.INSTRUCTOR, person=instructor),
        world.come(world.north, CourseRole.LEARNER, person=lena),
    ]


def _tokens_of_others(world: World, visitor: Visitor) -> dict[str, str]:
    """Good tokens, none of them of this handle and person."""
    person = world.lena if visitor.role is CourseRole.LEARNER else world.north.instructor_id
    return {
        "made up": "made-up",
        "empty": "",
        "of another handle": world.come(world.north, visitor.role, person=person).token,
        "of another person": world.come(world.north, visitor.role).token,
        "of another school": world.come(world.south, visitor.role).token,
        "of an administrator": _administrators_token(world, world.administrator),
    }


def test_forms_of_a_course(one_world: World) -> None:
    tried = set()
    for visitor in _people(one_world):
        others = _tokens_of_others(one_world, visitor)
        assert len({*others.values(), visitor.token}) == len(others) + 1
        with one_world.unchanged():
            for rule, route, method in _changing(one_world, Door.HANDLE):
                if visitor.role in route.roles:
                    tried.add(rule.endpoint)
                    for form in (None, *({"csrf_token": each} for each in others.values())):
                        answer = one_world.open(rule, method, _from_elsewhere(visitor), form)
                        assert answer.status_code == 400, (rule, form)
                        assert "access.form" in answer.text, (rule, form)
    assert tried == {rule.endpoint for rule, _, _ in _changing(one_world, Door.HANDLE)}


def test_forms_of_an_administrator(one_world: World) -> None:
    visitor = _administrator(one_world.administrator)
    others = ("", "made-up", one_world.come(one_world.north, CourseRole.INSTRUCTOR).token)
    another = _administrators_token(one_world, _another_session(one_world))
    assert another != _administrators_token(one_world, one_world.administrator)
    with one_world.unchanged():
        for rule, _, method in _changing(one_world, Door.ADMINISTRATOR):
            for form in (None, *({"csrf_token": each} for each in (*others, another))):
                answer = one_world.open(rule, method, _from_elsewhere(visitor), form)
                assert answer.status_code == 400, (rule, form)
                assert "admin.form" in answer.text, (rule, form)
                assert MARK not in answer.text, rule


@pytest.mark.parametrize("form", [{}, {"csrf_token": ""}, {"csrf_token": "made-up"}], ids=str)
def test_forms_of_the_log_in(one_world: World, form: dict[str, str]) -> None:
    """A browser that was at the log-in page, and one that has given the password already."""
    mine = Visitor({"Cookie": f"{cookies.ADMINISTRATOR_FORM}=this-browser"})
    half = _administrator(one_world.half)
    with one_world.unchanged():
        for rule, _, method in _changing(one_world, Door.LOG_IN):
            visitor = half if rule.endpoint == "admin.code" else mine
            sent = {"login": f"root {MARK}", "password": "guessed", "code": "123456", **form}
            answer = one_world.open(rule, method, _from_elsewhere(visitor), sent)
            assert answer.status_code == 400, rule
            assert "admin.form" in answer.text, rule


def test_the_log_in_s_token_is_of_its_browser(one_world: World) -> None:
    mine, other = (
        {"Cookie": f"{cookies.ADMINISTRATOR_FORM}={each}"} for each in ("this-browser", "another")
    )
    page = one_world.client.get("/admin/log-in", headers=other).get_data(as_text=True)
    sent = {"csrf_token": token_in(page), "login": "root", "password": "guessed"}
    with one_world.unchanged():
        answer = one_world.client.post("/admin/log-in", data=sent, headers=mine)
    assert (answer.status_code, "admin.form" in answer.text) == (400, True)


def test_the_token_is_what_was_missing(one_world: World) -> None:
    """The other half: with its own token a form comes through to what else it lacks."""
    visitor = _people(one_world)[0]
    address = f"/l/{visitor.handle}/class/column"
    headers = {**visitor.headers, **CROSS_SITE}
    in_form = one_world.client.post(address, data={"csrf_token": visitor.token}, headers=headers)
    in_header = one_world.client.post(address, headers={**headers, "X-CSRFToken": visitor.token})
    for answer in (in_form, in_header):
        assert (answer.status_code, "http.400" in answer.text) == (400, True)
    sent = {"csrf_token": _administrators_token(one_world, one_world.administrator)}
    theirs = _administrator(one_world.administrator).headers
    answer = one_world.client.post("/admin/platforms/new", data=sent, headers=theirs)
    assert (answer.status_code, "admin.form" in answer.text) == (400, False)


def _from_elsewhere(visitor: Visitor) -> Visitor:
    return Visitor({**visitor.headers, **CROSS_SITE}, visitor.handle, visitor.role, visitor.purpose)


def _administrator(secret: str) -> Visitor:
    return Visitor({"Cookie": f"{cookies.ADMINISTRATOR}={secret}"})


def _administrators_token(world: World, secret: str) -> str:
    page = world.client.get("/admin/platforms/link", headers=_administrator(secret).headers)
    return token_in(page.get_data(as_text=True))


def _another_session(world: World) -> str:
    with world.db.writing(EVERY_TENANT) as session:
        row = Administrator(login=f"other {clock.now()}", password_hash="none")
        session.add(row)
        session.flush()
        return sessions.begin(session, row.id, clock.now(), awaits_code=False)
