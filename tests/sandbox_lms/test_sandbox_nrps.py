"""The roster service of the sandbox LMS."""

import pytest
import requests

from sandbox_lms import seed
from sandbox_lms.config import Config
from sandbox_lms.messages import LTI
from sandbox_lms.services import MEMBERS_TYPE
from sandbox_lms.store import Store
from sandbox_lms.tokens import SCORE
from tests.sandbox_lms.small_tool import Judge, SmallTool


def ask(address: str, token: str, accept: str = MEMBERS_TYPE) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "Accept": accept}
    return requests.get(address, headers=headers, timeout=5)


@pytest.fixture
def address(lms: Config) -> str:
    return f"{lms.base_url}/nrps/skills-101/bindings/1/memberships"


def test_the_roster_comes_in_pages(lms: Config, tool: SmallTool, address: str) -> None:
    token = tool.token(lms)
    first = ask(address, token)
    assert first.headers["Content-Type"] == MEMBERS_TYPE
    assert first.json()["context"]["title"] == "Skills 101"
    second = ask(first.links["next"]["url"], token)
    assert "next" not in second.links
    members = first.json()["members"] + second.json()["members"]
    assert len(first.json()["members"]) == 10
    assert len({member["user_id"] for member in members}) == len(members) == 15
    ana = next(member for member in members if member["user_id"] == "learner-01")
    assert (ana["name"], ana["status"]) == ("Ana Álvarez", "Active")
    assert "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner" in ana["roles"]


def test_the_role_filter_holds_on_every_page(lms: Config, tool: SmallTool, address: str) -> None:
    token = tool.token(lms)
    full = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
    first = requests.get(
        address,
        params={"role": full, "limit": "7"},
        headers={"Authorization": f"Bearer {token}", "Accept": MEMBERS_TYPE},
        timeout=5,
    )
    second = ask(first.links["next"]["url"], token)
    assert [len(page.json()["members"]) for page in (first, second)] == [7, 5]
    assert len(ask(f"{address}?role=Instructor", token).json()["members"]) == 2
    assert ask(f"{address}?role=Nobody", token).json()["members"] == []


def test_a_link_brings_its_custom_parameters(
    lms: Config, tool: SmallTool, address: str, kept: Store, judge: Judge
) -> None:
    with kept.writing() as connection:
        connection.execute(
            """UPDATE link SET custom = '{"who": "$User.id"}' WHERE id = 'skills-101-home-1'"""
        )
    token = tool.token(lms)
    member = ask(f"{address}?rlid=skills-101-home-1&limit=1", token).json()["members"][0]
    assert member["message"][0][f"{LTI}custom"]["who"] == member["user_id"]
    assert ask(f"{address}?rlid=teamwork-201-home-1", token).status_code == 404
    assert judge.rules() == ["nrps-rlid"]


def test_a_link_s_list_says_everybody_s_sections_and_the_course_s_does_not(
    lms: Config, tool: SmallTool, address: str
) -> None:
    token = tool.token(lms)
    said = {}
    url = f"{address}?rlid=skills-101-home-1"
    while url:
        answer = ask(url, token)
        for member in answer.json()["members"]:
            custom = member["message"][0][f"{LTI}custom"]
            said[member["user_id"]] = (custom["section_names"], custom["section_ids"])
        url = answer.links.get("next", {}).get("url", "")
    assert said["learner-01"] == ('["Monday section"]', "1")
    assert said["learner-07"] == ('["Monday section", "Thursday section"]', "1,2")
    assert said["instructor-1"] == ("[]", "")
    assert "message" not in ask(address, token).json()["members"][0]


def test_media_type_scope_and_client_are_checked(
    lms: Config, tool: SmallTool, address: str, kept: Store, judge: Judge
) -> None:
    seed.add_tool(kept, "other-client", "Other", tool.address)
    seed.add_deployment(kept, "other-client", "1")
    assert ask(address, tool.token(lms), "application/json").status_code == 406
    assert ask(address, tool.token(lms, SCORE)).status_code == 403
    assert ask(address, tool.token(lms, client_id="other-client")).status_code == 404
    assert ask(address.replace("/1/", "/2/"), tool.token(lms)).status_code == 404
    assert judge.rules() == [
        "service-address",
        "service-address",
        "service-scope",
        "service-accept",
    ]
