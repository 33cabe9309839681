"""The names of a course's groups over HTTP: sets, pages, and answers that are none."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lti_tool.groups.service import GROUPS_TYPE, SCOPE, SETS_TYPE, NoNames, group_names
from lti_tool.nrps.reading import service_for
from rubrics.actions.course_groups import GroupName
from rubrics.words import GroupKind
from tests.lti_tool.ags.fake_lms import FakeLms, Planned, fake_lms, quick_http, token_client


@pytest.fixture
def lms() -> Iterator[FakeLms]:
    with fake_lms() as running:
        yield running


def listed(name: str, *entries: Any, link: str = "") -> Planned:
    headers = {"Link": link} if link else {}
    return Planned(200, json.dumps({"id": "x", name: list(entries)}), headers)


def group(key: str, name: str = "", set_name: str = "") -> GroupName:
    return GroupName(GroupKind.GROUP, key, name, set_name)


def names(lms: FakeLms, *, sets: bool = False) -> dict[str, GroupName]:
    service = service_for(quick_http(), token_client(), lms.registration())
    return group_names(
        service, f"{lms.address}/c/1/groups?c=1", f"{lms.address}/c/1/groupsets" if sets else ""
    )


def test_groups_with_their_sets_as_blackboard_and_moodle_write_them(lms: FakeLms) -> None:
    more = f'<{lms.address}/c/1/groups?c=1&amp;from=2>; rel="next"'
    lms.plan(
        "groups",
        listed("groups", {"id": "_1_1", "name": "Red", "set_id": "s"}, link=more),
        listed("groups", {"id": 7, "name": "Blue &amp; <b>", "tag": "t", "set_id": ""}, "x", {}),
    )
    lms.plan("groupsets", listed("sets", {"id": "s", "name": "Colours"}))
    assert names(lms, sets=True) == {
        "_1_1": group("_1_1", "Red", "Colours"),
        "7": group("7", "Blue & <b>"),
    }
    asked = [each for each in lms.seen if each.method == "GET"]
    assert [each.headers["accept"] for each in asked] == [GROUPS_TYPE, GROUPS_TYPE, SETS_TYPE]
    assert [each.path for each in asked][:2] == ["/c/1/groups?c=1", "/c/1/groups?c=1&from=2"]
    (token,) = [each for each in lms.seen if each.path == "/token"]
    assert SCOPE.rpartition("/")[2] in token.body.decode()


def test_sets_that_cannot_be_read_leave_the_groups_alone(lms: FakeLms) -> None:
    lms.plan("groups", listed("groups", {"id": "1", "name": "Red", "set_id": "s"}))
    lms.plan("groupsets", Planned(406))
    assert names(lms, sets=True) == {"1": group("1", "Red")}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Planned(404), "groups.404"),
        (Planned(302, "", {"Location": "https://evil.example"}), "groups.302"),
        (Planned(200, "<html>"), "groups.answer"),
        (Planned(200, '{"groups": {}}'), "groups.answer"),
        (Planned(200, "[]"), "groups.answer"),
        (Planned(drop=True), "http.connect"),
        (
            listed("groups", link="<https://evil.example/groups>; rel=next"),
            "ags.foreign-host",
        ),
        (listed("groups", link="<groups?c=1>; rel=next"), "groups.too-many"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_answers_that_are_no_names(lms: FakeLms, answer: Planned, code: str) -> None:
    lms.plan("groups", answer)
    with pytest.raises(NoNames) as caught:
        names(lms)
    assert caught.value.code == code


def test_five_thousand_groups_and_long_names(lms: FakeLms) -> None:
    entries = [{"id": str(number), "name": "x" * 100} for number in range(5000)]
    entries += [{"id": "long", "name": "y" * 10_000}, {"id": "z" * 300, "name": "Z"}]
    lms.plan("groups", listed("groups", *entries))
    found = names(lms)
    assert len(found) == 5001
    assert found["long"].name == "y" * 255
