"""The class list of the sandbox LMS over HTTP: fourteen people on two pages, and its faults."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from flask import Flask
from sqlalchemy import select

from foundation import clock
from foundation.db import Database
from lti_tool.lms.tokens import TokenClient
from lti_tool.nrps import schedule
from lti_tool.nrps.reading import NotRead, read_roster
from lti_tool.platforms.tables import LtiContext, ResourceLink
from lti_tool.platforms.tool_keys import SigningKey, ToolKeys
from rubrics.queries.classes import class_list
from rubrics.queries.course_groups import group_choices
from rubrics.words import CourseRole
from sandbox_lms import seed
from sandbox_lms.config import Config
from sandbox_lms.messages import groups_url, memberships_url
from sandbox_lms.server import running
from tests.lti_tool.ags.fake_lms import FakeLms, fake_lms, quick_http
from tests.lti_tool.delivery.house import link, services_for
from tests.lti_tool.nrps.classes import ListedClass
from tests.rubrics.make import school
from tests.sandbox_lms.small_tool import SmallTool, small_tool


class _Keys(ToolKeys):
    """The keys of the small tool, which serves their public halves."""

    def __init__(self, tool: SmallTool) -> None:
        self._tool = tool

    def signing(self) -> SigningKey:
        return SigningKey(self._tool.kid, self._tool.keys[self._tool.kid])


@pytest.fixture(scope="module")
def tool() -> Iterator[SmallTool]:
    with small_tool() as made:
        yield made


@pytest.fixture(scope="module")
def sandbox(tool: SmallTool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with running(tmp_path_factory.mktemp("lms") / "lms.sqlite") as app:
        seed.seed(app.extensions["sandbox_store"], tool.address)
        yield app


@pytest.fixture
def config(sandbox: Flask) -> Iterator[Config]:
    found: Config = sandbox.config["SANDBOX"]
    yield found
    requests.delete(f"{found.base_url}/_faults", timeout=5)


def _course(db: Database, config: Config, tool: SmallTool, elsewhere: FakeLms) -> ListedClass:
    """Skills 101 of the sandbox, to which its instructor came."""
    made = school(db, learners=0)
    registration = elsewhere.registration(
        issuer=config.issuer,
        client_id=seed.CLIENT_ID,
        auth_login_url=config.auth_url,
        auth_token_url=config.token_url,
        key_set_url=config.jwks_url,
        private_hosts=(config.base_url.removeprefix("http://"),),
    )
    link(made, registration, elsewhere)
    services = services_for(db)
    services = replace(services, tokens=TokenClient(services.http, _Keys(tool)))
    with db.writing(made.tenant_id) as session:
        context = session.scalars(select(LtiContext)).one()
        context.memberships_url = memberships_url(config, seed.SKILLS_101, 1)
        return ListedClass(made, services, elsewhere, context.id)


def test_the_whole_class_of_the_sandbox_despite_every_fault(
    db: Database, config: Config, tool: SmallTool
) -> None:
    with fake_lms() as elsewhere:
        one = _course(db, config, tool, elsewhere)
    faults = ["500", "429", "403-limit", "hang"]
    for mode in faults:
        fault = {"endpoint": "nrps", "mode": mode, "seconds": 1.5}
        assert requests.post(f"{config.base_url}/_faults", json=fault, timeout=5).ok
    for _ in faults:
        assert schedule.step(one.services)
        assert one.state().trouble.value == "unavailable"
        assert len(one.enrolments()) == 1
        one.later()
    assert schedule.step(one.services)
    found = one.enrolments()
    learners = [name for name, row in found.items() if row.role is CourseRole.LEARNER]
    assert sorted(learners) == [f"learner-{number:02}" for number in range(1, 13)]
    assert found["instructor-1"].role is CourseRole.INSTRUCTOR
    assert found["assistant-1"].role is CourseRole.ASSISTANT
    assert found["mentor-1"].role is CourseRole.MENTOR
    assert one.state().joined == 12


def test_the_sections_of_the_sandbox_come_with_the_list_of_a_link(
    db: Database, config: Config, tool: SmallTool
) -> None:
    with fake_lms() as elsewhere:
        one = _course(db, config, tool, elsewhere)
    one.set(ResourceLink, resource_link_id=f"{seed.SKILLS_101}-home-1", lineitem_url=None)
    assert schedule.step(one.services)
    assert one.made.read(lambda s: group_choices(s, one.made.course_id)) == (), "none were said"
    one.set(LtiContext, groups_said_at=clock.now())
    one.later()
    assert schedule.step(one.services)
    found = one.made.read(lambda s: group_choices(s, one.made.course_id))
    assert [(each.kind.value, each.name, each.learners) for each in found] == [
        ("section", "Monday section", 7),
        ("section", "Thursday section", 6),
    ]
    rows = one.made.read(lambda s: class_list(s, one.made.placement_id, None, found[1].id)).rows
    assert len(rows) == 6
    assert {"Fatima Zahra El Idrissi", "Noah Cohen"} <= {row.name for row in rows}


def test_the_groups_of_the_sandbox_have_names_and_members(
    db: Database, config: Config, tool: SmallTool
) -> None:
    with fake_lms() as elsewhere:
        one = _course(db, config, tool, elsewhere)
    one.set(
        LtiContext,
        groups_url=groups_url(config, seed.SKILLS_101, 1),
        group_sets_url=groups_url(config, seed.SKILLS_101, 1, "groupsets"),
    )
    assert schedule.step(one.services)
    found = one.made.read(lambda s: group_choices(s, one.made.course_id))
    assert [(each.kind.value, each.set_name, each.name, each.learners) for each in found] == [
        ("group", "Project", "Team Amber", 4),
        ("group", "Project", "Team Birch", 4),
        ("group", "Project", "Team Cedar", 4),
    ]


@pytest.mark.parametrize(("course", "type_id"), [("nowhere", 1), (seed.SKILLS_101, 99)])
def test_a_class_that_is_not_ours_is_refused(
    config: Config, tool: SmallTool, course: str, type_id: int
) -> None:
    http = quick_http()
    with fake_lms() as elsewhere:
        registration = elsewhere.registration(
            client_id=seed.CLIENT_ID,
            auth_token_url=config.token_url,
            private_hosts=(config.base_url.removeprefix("http://"),),
        )
    with pytest.raises(NotRead) as caught:
        read_roster(
            http,
            TokenClient(http, _Keys(tool)),
            registration,
            memberships_url(config, course, type_id),
        )
    assert caught.value.code == "nrps.gone"
