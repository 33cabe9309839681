"""Who is properly at pages of their own, and names what is another course's or another school's.

Every route under a handle that takes an id is tried by everybody, with forms that would do
something if the id were not looked up within the course of the handle.
"""

from collections.abc import Callable
from typing import Any

import pytest

from lti_tool.access.tables import Purpose
from rubrics.words import CourseRole
from tests.lti_tool.routes.table import TABLE, Answer, Door, rules
from tests.lti_tool.routes.world import MARK, Visitor, World

NO_LEARNER, GONE = (400, "person.no_learner"), (404, "http.404")
NAMED: dict[str, Answer] = {
    "instructor.use_copy": GONE,
    "instructor.preview": GONE,
    "instructor.revise": GONE,
    "instructor.export": GONE,
    "instructor.add": GONE,
    "instructor.assess": NO_LEARNER,
    "instructor.save": NO_LEARNER,
    "instructor.autosave": NO_LEARNER,
    "instructor.release": NO_LEARNER,
    "instructor.send_again": NO_LEARNER,
    "instructor.download": NO_LEARNER,
    "learner.download": GONE,
    "mentor.learner": GONE,
    "mentor.result": GONE,
}
"""What whoever has the permission hears of an id that is not of their course."""

FOREIGNERS: dict[str, Callable[[World], Visitor]] = {
    "instructor next door": lambda w: w.come(w.next_door, CourseRole.INSTRUCTOR),
    "instructor next door, adding": lambda w: w.come(
        w.next_door, CourseRole.INSTRUCTOR, Purpose.DEEP_LINKING
    ),
    "assistant next door": lambda w: w.come(w.next_door, CourseRole.ASSISTANT),
    "learner next door": lambda w: w.come(w.next_door, CourseRole.LEARNER),
    "mentor next door": lambda w: w.come(
        w.next_door, CourseRole.MENTOR, learners=[str(w.next_door.instructor_id)]
    ),
    "instructor of another school": lambda w: w.come(w.south, CourseRole.INSTRUCTOR),
    "instructor of another school, adding": lambda w: w.come(
        w.south, CourseRole.INSTRUCTOR, Purpose.DEEP_LINKING
    ),
    "learner of another school": lambda w: w.come(w.south, CourseRole.LEARNER),
}


def _forms(world: World) -> dict[str, dict[str, Any]]:
    """What would change something, were it let through."""
    draft, version = world.draft
    levels = {f"level-{row.id}": str(row.levels[3].id) for row in world.north.rubric.criteria}
    rating = {"version": str(version), "assessment": str(draft), "do": "save", **levels}
    activity = {
        "title": "Taken over",
        "description": "Changed by a stranger",
        "method": "scenario",
        "rubric": str(world.north.rubric.version_id),
        "maximum": "20",
        "do": "keep",
    }
    return {
        "instructor.save": rating,
        "instructor.autosave": rating,
        "instructor.release": rating,
        "instructor.revise": activity,
    }


def _expected(visitor: Visitor, endpoint: str) -> Answer:
    route = TABLE[endpoint]
    if visitor.role not in route.roles:
        return 403, "access.role"
    if route.permission and visitor.purpose not in route.permission.purposes:
        return 403, "access.purpose"
    return NAMED[endpoint]


def test_every_route_that_takes_an_id_is_named(world: World) -> None:
    taking = {
        rule.endpoint for rule, _, _ in rules(world.app, Door.HANDLE) if len(rule.arguments) > 1
    }
    assert taking == set(NAMED)


@pytest.mark.parametrize("who", FOREIGNERS)
def test_ids_of_another_course_or_school(world: World, who: str) -> None:
    visitor, forms = FOREIGNERS[who](world), _forms(world)
    with world.unchanged():
        for rule, _, method in rules(world.app, Door.HANDLE):
            if len(rule.arguments) > 1:
                form = {"csrf_token": visitor.token, **forms.get(rule.endpoint, {})}
                answer = world.open(rule, method, visitor, form if method != "GET" else None)
                at = f"{who}: {method} {rule.rule}"
                assert MARK not in answer.text, at
                wanted = _expected(visitor, rule.endpoint)
                assert answer.status_code == wanted[0], at
                assert wanted[1] in answer.text, at


@pytest.mark.parametrize("who", FOREIGNERS)
def test_nothing_of_another_course_is_listed(world: World, who: str) -> None:
    visitor = FOREIGNERS[who](world)
    with world.unchanged():
        for rule, _, method in rules(world.app, Door.HANDLE):
            if len(rule.arguments) == 1 and method == "GET":
                assert MARK not in world.open(rule, method, visitor).text, (who, rule)


def test_a_classmate_has_neither_file_nor_page(world: World) -> None:
    """The same course, another learner: routes that take an id, and those that need none."""
    classmate = world.come(world.north, CourseRole.LEARNER, person=world.classmate)
    with world.unchanged():
        for rule, route, method in rules(world.app, Door.HANDLE):
            if method == "GET":
                answer = world.open(rule, method, classmate)
                assert MARK not in answer.text, rule
                if len(rule.arguments) > 1:
                    let_in = CourseRole.LEARNER in route.roles
                    assert answer.status_code == (404 if let_in else 403), rule


def test_a_mentor_sees_nobody_whom_the_launch_did_not_name(world: World) -> None:
    mentor = world.come(world.north, CourseRole.MENTOR, learners=[str(world.classmate)])
    for rule, _, method in rules(world.app, Door.HANDLE):
        if rule.endpoint in ("mentor.learner", "mentor.result"):
            answer = world.open(rule, method, mentor)
            assert (answer.status_code, MARK in answer.text) == (404, False), rule


def test_a_mentor_whose_launch_named_somebody_of_another_school(world: World) -> None:
    mentor = world.come(world.south, CourseRole.MENTOR, learners=[str(world.lena)])
    with world.unchanged():
        for rule, _, method in rules(world.app, Door.HANDLE):
            if rule.endpoint in ("mentor.learners", "mentor.learner", "mentor.result"):
                answer = world.open(rule, method, mentor)
                assert MARK not in answer.text, rule
                nobody = answer.status_code == 200 and rule.endpoint == "mentor.learners"
                assert nobody or answer.status_code in (400, 404), rule


def test_the_ids_are_good_at_home(world: World) -> None:
    """The other half: ids of nothing would be refused to everybody."""
    home = world.come(world.north, CourseRole.INSTRUCTOR, person=world.north.instructor_id)
    own = world.come(world.north, CourseRole.LEARNER, person=world.lena)
    for rule, route, method in rules(world.app, Door.HANDLE):
        if len(rule.arguments) > 1 and method == "GET" and CourseRole.MENTOR not in route.roles:
            at_home = home if rule.endpoint.startswith("instructor.") else own
            assert MARK in world.open(rule, method, at_home).text, rule


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [("choose/add", 400, "deep-linking.nothing"), ("choose/course", 303, "")],
)
@pytest.mark.parametrize(
    "who", ["instructor next door, adding", "instructor of another school, adding"]
)
def test_ids_in_a_form(world: World, who: str, path: str, status: int, said: str) -> None:
    """Activities of another course cannot be ticked."""
    visitor = FOREIGNERS[who](world)
    form = {"csrf_token": visitor.token, "activity": [str(world.interview)]}
    with world.unchanged():
        answer = world.client.post(
            f"/l/{visitor.handle}/{path}", data=form, headers=visitor.headers
        )
    assert answer.status_code == status
    assert said in answer.text
    assert MARK not in answer.text
