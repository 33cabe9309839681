"""The list of a link (rlid), and sections and groups beside the list of the course, over HTTP."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lti_tool.nrps.course_list import Listed, Source, read_course
from lti_tool.nrps.reading import NotRead, with_query
from rubrics.actions.course_groups import GroupName
from rubrics.words import GroupKind
from tests.lti_tool.ags.fake_lms import FakeLms, Planned, quick_http, token_client
from tests.lti_tool.nrps.classes import member, page

CUSTOM = "https://purl.imsglobal.org/spec/lti/claim/custom"


def said(subject: str, **custom: Any) -> dict[str, Any]:
    """A member of a link's list, as Canvas writes one."""
    return member(subject, message=[{CUSTOM: custom, "locale": "en"}])


def read(lms: FakeLms, *answers: Planned, **source: Any) -> Listed:
    lms.plan("memberships", *answers)
    url = f"{lms.address}/course/2/memberships?type_id=1"
    there = Source(**{"url": url, "link_id": "link 1&x", **source})
    found = read_course(quick_http(), token_client(), lms.registration(), there)
    assert not lms.planned["memberships"], "every page was read"
    return found


def asked(lms: FakeLms) -> list[dict[str, str]]:
    """The queries of the lists that were asked for."""
    queries = [parse_qs(urlsplit(each.path).query) for each in lms.of("memberships")]
    return [{name: value[0] for name, value in each.items()} for each in queries]


def groups(found: Listed) -> dict[str, list[tuple[str, str, str]]]:
    return {
        each.subject: [(one.kind.value, one.key, one.name) for one in each.said.groups]
        for each in found.members
    }


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://lms.example/m", "https://lms.example/m?rlid=a+b%26c"),
        ("https://lms.example/m?type_id=1", "https://lms.example/m?type_id=1&rlid=a+b%26c"),
        ("https://lms.example/m?t=%2F&e=", "https://lms.example/m?t=%2F&e=&rlid=a+b%26c"),
        ("https://lms.example/m?rlid=x&from=2", "https://lms.example/m?rlid=x&from=2"),
    ],
)
def test_the_query_that_an_address_has_is_kept(url: str, expected: str) -> None:
    assert with_query(url, {"rlid": "a b&c"}) == expected


def test_without_groups_one_list_is_asked_for(lms: FakeLms) -> None:
    found = read(lms, page([member("1")]))
    assert found.whole
    assert asked(lms) == [{"type_id": "1"}]


def test_canvas_says_sections_with_the_list_of_a_link(lms: FakeLms) -> None:
    """On pages whose next address may have lost what was asked."""
    lost = f'<{lms.address}/course/2/memberships?type_id=1&page=2>; rel="next"'
    found = read(
        lms,
        page([member("1"), member("2"), member("3"), member("4")]),
        page([said("1", section_names='["A", "B"]', section_ids="7,9")], lost),
        page(
            [
                said("2", section_names='["B"]', section_ids="9"),
                said("3", section_names="$com.instructure.User.sectionNames", section_ids="$x"),
                said("5", section_names='["B"]', section_ids="9"),
            ]
        ),
        links_say_groups=True,
    )
    assert found.whole
    assert groups(found) == {
        "1": [("section", "7", "A"), ("section", "9", "B")],
        "2": [("section", "9", "B")],
        "3": [],
        "4": [],
    }, "and who is on the link's list alone is not of the class"
    assert asked(lms) == [
        {"type_id": "1"},
        {"type_id": "1", "rlid": "link 1&x"},
        {"type_id": "1", "page": "2", "rlid": "link 1&x"},
    ]


@pytest.mark.parametrize(
    "answer",
    [
        Planned(404),
        Planned(500),
        Planned(200, "<html>"),
        page([member("1", user_id="")]),
        page([said("1")], '<https://evil.example/m>; rel="next"'),
    ],
    ids=["gone", "failed", "html", "member", "other-host"],
)
def test_a_link_s_list_that_fails_takes_nothing_away(lms: FakeLms, answer: Planned) -> None:
    found = read(lms, page([member("1"), member("2")]), answer, links_say_groups=True)
    assert found.whole
    assert [each.subject for each in found.members] == ["1", "2"]
    assert groups(found) == {"1": [], "2": []}
    assert all("evil" not in each.path for each in lms.seen)


@pytest.mark.parametrize("status", [400, 404, 405])
def test_where_the_course_is_refused_the_link_is_asked(lms: FakeLms, status: int) -> None:
    link = [said("1", section_names='["A"]', section_ids="7"), member("2")]
    found = read(lms, Planned(status), page(link))
    assert not found.whole
    assert groups(found) == {"1": [("section", "7", "A")], "2": []}
    assert asked(lms)[-1] == {"type_id": "1", "rlid": "link 1&x"}


def test_where_both_are_refused_the_course_s_refusal_counts(lms: FakeLms) -> None:
    with pytest.raises(NotRead) as caught:
        read(lms, Planned(403), Planned(404))
    assert caught.value.code == "nrps.forbidden"
    with pytest.raises(NotRead) as caught:
        read(lms, Planned(404), Planned(503))
    assert (caught.value.code, caught.value.later) == ("nrps.503", True)
    with pytest.raises(NotRead) as caught:
        read(lms, Planned(404), link_id="")
    assert caught.value.code == "nrps.gone"


def test_the_groups_service_gives_names_and_the_list_who_is_in_them(lms: FakeLms) -> None:
    enrolled = [{"group_id": "r"}, {"group_id": "gone"}]
    listed = [member("1", group_enrollments=enrolled), member("2")]
    named = {"groups": [{"id": "r", "name": "Red", "set_id": "s"}, {"id": "b", "name": "Blue"}]}
    lms.plan("groups", Planned(200, json.dumps(named)))
    lms.plan("groupsets", Planned(200, json.dumps({"sets": [{"id": "s", "name": "Colours"}]})))
    found = read(
        lms,
        page(listed),
        groups_url=f"{lms.address}/course/2/groups",
        group_sets_url=f"{lms.address}/course/2/groupsets",
    )
    one, two = (each.said for each in found.members)
    assert one.groups == (
        GroupName(GroupKind.GROUP, "r", "Red", "Colours"),
        GroupName(GroupKind.GROUP, "gone"),
    )
    assert two.kinds == {GroupKind.GROUP}, "in none, as far as the list says"
    assert not two.groups
    assert asked(lms) == [{"type_id": "1", "groups": "true"}]


def test_without_names_the_groups_are_known_by_their_ids(lms: FakeLms) -> None:
    lms.plan("groups", Planned(500))
    listed = [member("1", group_enrollments=[{"group_id": "r"}])]
    found = read(lms, page(listed), groups_url=f"{lms.address}/course/2/groups")
    assert groups(found) == {"1": [("group", "r", "")]}


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_an_lms_that_does_not_know_groups_true_gives_its_list_all_the_same(
    lms: FakeLms, status: int
) -> None:
    found = read(
        lms, Planned(status), page([member("1")]), groups_url=f"{lms.address}/course/2/groups"
    )
    assert found.whole
    assert asked(lms) == [{"type_id": "1", "groups": "true"}, {"type_id": "1"}]
    assert not lms.of("groups"), "nobody is in a group"


def test_somebody_listed_once_a_section_is_in_all_of_them(lms: FakeLms) -> None:
    twice = [
        said("1", section_names='["A"]', section_ids="1"),
        said("1", section_names='["B"]', section_ids="2"),
    ]
    found = read(lms, page([member("1")]), page(twice), links_say_groups=True)
    assert groups(found) == {"1": [("section", "1", "A"), ("section", "2", "B")]}
