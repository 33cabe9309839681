"""The groups service of the sandbox LMS, and who the class list puts into groups."""

import pytest
import requests

from sandbox_lms.config import Config
from sandbox_lms.groups import GROUPS_TYPE, SETS_TYPE
from sandbox_lms.messages import groups_url
from sandbox_lms.services import MEMBERS_TYPE
from sandbox_lms.tokens import GROUPS_READ, MEMBERSHIP_READ
from tests.sandbox_lms.small_tool import Judge, SmallTool


def ask(address: str, token: str, accept: str = GROUPS_TYPE) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "Accept": accept}
    return requests.get(address, headers=headers, timeout=5)


@pytest.fixture
def address(lms: Config) -> str:
    return groups_url(lms, "skills-101", 1)


def test_groups_come_in_pages_and_belong_to_a_set(
    lms: Config, tool: SmallTool, address: str
) -> None:
    token = tool.token(lms, GROUPS_READ)
    first = ask(f"{address}?limit=2", token)
    assert first.headers["Content-Type"] == GROUPS_TYPE
    second = ask(first.links["next"]["url"], token)
    found = first.json()["groups"] + second.json()["groups"]
    assert [each["name"] for each in found] == ["Team Amber", "Team Birch", "Team Cedar"]
    sets = ask(groups_url(lms, "skills-101", 1, "groupsets"), token, SETS_TYPE).json()["sets"]
    assert [each["name"] for each in sets] == ["Project"]
    assert {each["set_id"] for each in found} == {sets[0]["id"]}
    assert ask(groups_url(lms, "teamwork-201", 1), token).json()["groups"] == []


def test_the_class_list_says_groups_when_it_is_asked(lms: Config, tool: SmallTool) -> None:
    token = tool.token(lms, MEMBERSHIP_READ)
    url = f"{lms.base_url}/nrps/skills-101/bindings/1/memberships"
    found = ask(f"{url}?groups=true&limit=100", token, MEMBERS_TYPE).json()["members"]
    by_person = {each["user_id"]: each["group_enrollments"] for each in found}
    assert by_person["learner-01"] == by_person["learner-04"] != by_person["learner-05"]
    assert by_person["instructor-1"] == []
    plain = ask(url, token, MEMBERS_TYPE).json()["members"]
    assert all("group_enrollments" not in each for each in plain)


def test_scope_media_type_and_course_are_checked(
    lms: Config, tool: SmallTool, address: str, judge: Judge
) -> None:
    token = tool.token(lms, GROUPS_READ)
    assert ask(address, tool.token(lms, MEMBERSHIP_READ)).status_code == 403
    assert ask(address, token, "application/json").status_code == 406
    assert ask(groups_url(lms, "nowhere", 1), token).status_code == 404
    assert ask(groups_url(lms, "skills-101", 2), token).status_code == 404
    assert judge.rules() == [
        "service-address",
        "service-address",
        "service-accept",
        "service-scope",
    ]
