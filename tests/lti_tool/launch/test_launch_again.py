"""A launch that says nothing new writes next to nothing; one that says something new loses none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.access.tables import LaunchHandle
from lti_tool.launch import again
from lti_tool.platforms.tables import LtiContext, Registration, ResourceLink
from rubrics.tables.activities import Placement
from rubrics.tables.people import Course, Enrolment, Person
from rubrics.words import CourseRole
from tests.lti_tool.launch.activities import activity_of
from tests.lti_tool.platform import AGS, INSTRUCTOR, LTI, Claims, SignedPlatform
from xapi.store.tables import Statement

NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
GROUPS = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
ADDRESS = "https://lms.example/other"


@pytest.fixture
def outcomes(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each launch, whether it said nothing new."""
    found: list[bool] = []
    known = again.known

    def noting(*arguments: Any) -> Any:
        answer = known(*arguments)
        found.append(answer is not None)
        return answer

    monkeypatch.setattr(again, "known", noting)
    return found


@pytest.fixture
def custom(client: FlaskClient, platform: SignedPlatform, db: Database) -> dict[str, str]:
    """What the link says after an instructor has placed an activity there."""
    platform.launch(client, sub="teacher", roles=[INSTRUCTOR])
    with db.reading(EVERY_TENANT) as session:
        course_id: UUID = session.scalars(select(LaunchHandle.course_id)).one()
    custom = {"twofold_activity": str(activity_of(db, str(course_id)))}
    platform.launch(client, custom=custom)
    return custom


def _one(db: Database, column: Any) -> Any:
    """What the learner's row says, or the only row there is."""
    query = select(column)
    if column.class_ in (Person, Enrolment):
        query = query.where(Person.subject == "5")
    if column.class_ is Enrolment:
        query = query.join(Person, Person.id == Enrolment.person_id)
    with db.reading(EVERY_TENANT) as session:
        return session.scalars(query).one()


def test_the_second_time_only_the_moment_is_new(
    client: FlaskClient,
    platform: SignedPlatform,
    db: Database,
    custom: dict[str, str],
    outcomes: list[bool],
) -> None:
    later = clock.now() + timedelta(minutes=6)
    with time_machine.travel(later, tick=False):
        platform.launch(client, custom=custom)
        assert outcomes == [True]
        for column in (Person.seen_at, Enrolment.seen_at, Enrolment.came_at):
            assert _one(db, column) == clock.now()
    with db.reading(EVERY_TENANT) as session:
        handles = session.scalars(select(LaunchHandle).order_by(LaunchHandle.created_at)).all()
    first, second = handles[-2:]
    differing = {"_sa_instance_state", "id", "digest", "created_at", "expires_at"}
    same = {name for name in vars(first) if getattr(first, name) == getattr(second, name)}
    assert set(vars(first)) - same == differing
    assert second.purpose.value == "activity"


def test_only_one_of_two_people_of_one_name(
    client: FlaskClient, platform: SignedPlatform, custom: dict[str, str], outcomes: list[bool]
) -> None:
    platform.launch(client, custom=custom, sub="6")
    platform.launch(client, custom=custom, sub="6")
    platform.launch(client, custom=custom, link="link-2")
    platform.launch(client, custom=custom, context="course-2")
    assert outcomes == [False, True, False, False]


def _set(claim: str, **values: Any) -> Callable[[Claims], None]:
    return lambda claims: claims.setdefault(claim, {}).update(values)


CHANGES: dict[str, tuple[Callable[[Claims], Any], Any, Any]] = {
    "name": (lambda c: c.update(name="Ana B."), Person.name, "Ana B."),
    "given name": (lambda c: c.update(given_name="Ana"), Person.given_name, "Ana"),
    "family name": (lambda c: c.update(family_name="B."), Person.family_name, "B."),
    "email": (lambda c: c.update(email="a@b.example"), Person.email, "a@b.example"),
    "course title": (_set(f"{LTI}context", title="Renamed"), Course.title, "Renamed"),
    "course label": (_set(f"{LTI}context", label="R2"), Course.label, "R2"),
    "link title": (_set(f"{LTI}resource_link", title="Talk 2"), Placement.title, "Talk 2"),
    "members": (
        _set(NRPS, context_memberships_url=ADDRESS),
        LtiContext.memberships_url,
        ADDRESS,
    ),
    "line items": (_set(AGS, lineitems=ADDRESS), LtiContext.lineitems_url, ADDRESS),
    "line item": (_set(AGS, lineitem=ADDRESS), ResourceLink.lineitem_url, ADDRESS),
    "scopes": (_set(AGS, scope=["a", "b"]), LtiContext.ags_scopes, ["a", "b"]),
    "groups": (_set(GROUPS, context_groups_url=ADDRESS), LtiContext.groups_url, ADDRESS),
    "group sets": (
        _set(GROUPS, context_group_sets_url=ADDRESS),
        LtiContext.group_sets_url,
        ADDRESS,
    ),
    "product": (
        _set(f"{LTI}tool_platform", product_family_code="moodle"),
        Registration.product_family,
        "moodle",
    ),
    "role": (
        lambda c: c.update({f"{LTI}roles": [INSTRUCTOR]}),
        Enrolment.role,
        CourseRole.INSTRUCTOR,
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_new_is_kept(
    name: str,
    client: FlaskClient,
    platform: SignedPlatform,
    db: Database,
    custom: dict[str, str],
    outcomes: list[bool],
) -> None:
    change, column, expected = CHANGES[name]
    assert _one(db, column) != expected
    for seen in (False, True):
        answer = platform.post(client, change, custom=custom)
        assert answer.status_code == 303, answer.text
        assert outcomes.pop() is seen
        assert _one(db, column) == expected


def test_who_had_left_is_back(
    client: FlaskClient,
    platform: SignedPlatform,
    db: Database,
    custom: dict[str, str],
    outcomes: list[bool],
) -> None:
    with db.writing(EVERY_TENANT) as session:
        session.execute(update(Enrolment).values(left_at=clock.now()))
    platform.launch(client, custom=custom)
    assert outcomes == [False]
    assert _one(db, Enrolment.left_at) is None


def test_a_launch_leads_straight_to_its_page(
    client: FlaskClient, platform: SignedPlatform, custom: dict[str, str]
) -> None:
    for claims, end in (
        ({"custom": custom}, "/learner/activity"),
        ({"custom": custom, "sub": "teacher", "roles": [INSTRUCTOR]}, "/instructor/class_list"),
        ({"link": "home"}, "/learner/my_skills"),
        ({"link": "home", "sub": "teacher", "roles": [INSTRUCTOR]}, "/instructor/course"),
        ({"link": "link-2", "lineitem": ADDRESS}, "/"),
    ):
        answer = platform.post(client, **claims)
        assert answer.location.endswith(end), (claims, answer.location)


def test_who_was_erased_meanwhile_is_somebody_new(
    client: FlaskClient,
    platform: SignedPlatform,
    db: Database,
    custom: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between what a launch read and what it writes: nothing of it carries the name any more."""
    before = _one(db, Person.id)
    known = again.known

    def erased(*arguments: Any) -> Any:
        answer = known(*arguments)
        with db.writing(EVERY_TENANT) as session:
            session.execute(update(Person).where(Person.id == before).values(subject="pseudonym"))
        return answer

    with db.reading(EVERY_TENANT) as session:
        stored = session.scalars(select(Statement.body)).all()
    monkeypatch.setattr(again, "known", erased)
    platform.launch(client, custom=custom)
    assert _one(db, Person.id) != before
    with db.reading(EVERY_TENANT) as session:
        newest = session.scalars(select(LaunchHandle).order_by(LaunchHandle.created_at)).all()[-1]
        assert newest.person_id == _one(db, Person.id)
        assert len(session.scalars(select(Statement.body)).all()) == len(stored) + 1
