"""What LMSs write of sections and groups, and what nobody should write."""

from typing import Any

import pytest

from lti_tool.groups.said import OF_CANVAS, key_of, name_of, said_in, said_of_member, wanted
from rubrics.actions.course_groups import UNSAID, GroupName, Said
from rubrics.words import GroupKind

SECTION, GROUP = GroupKind.SECTION, GroupKind.GROUP
CUSTOM = "https://purl.imsglobal.org/spec/lti/claim/custom"
LIS = "https://purl.imsglobal.org/spec/lti/claim/lis"


def sections(*places: tuple[str, str]) -> Said:
    return Said(frozenset({SECTION}), tuple(GroupName(SECTION, *each) for each in places))


def groups(*keys: str) -> Said:
    return Said(frozenset({GROUP}), tuple(GroupName(GROUP, each) for each in keys))


@pytest.mark.parametrize(
    ("custom", "expected"),
    [
        (
            {"section_names": '["Section 1, M-T", "TA Section"]', "section_ids": "8,31"},
            sections(("8", "Section 1, M-T"), ("31", "TA Section")),
        ),
        # As Canvas's documentation prints it.
        (
            {"section_names": '[\\"Section 1, M-T\\"]', "section_ids": "8"},
            sections(("8", "Section 1, M-T")),
        ),
        (
            {"section_names": '["A", "B"]', "section_ids": "8"},
            sections(("A", "A"), ("B", "B")),
        ),
        ({"section_names": '["A"]'}, sections(("A", "A"))),
        ({"section_names": ["A"], "section_ids": 8}, sections(("8", "A"))),
        ({"section_names": "[]", "section_ids": ""}, sections()),
        (
            {"section_names": '["<b>A</b>\\n\\u0000x &amp; y"]'},
            sections(("<b>A</b> x & y", "<b>A</b> x & y")),
        ),
        (
            {"section_names": '["<b>A</b>\\n\\u0000x"]', "section_ids": "1"},
            sections(("1", "<b>A</b> x")),
        ),
        ({"group_ids": "3,14,15"}, groups("3", "14", "15")),
        ({"group_ids": " 3 , ,14"}, groups("3", "14")),
        ({"group_ids": ""}, groups()),
        ({"section_sourcedid": "SIS-1"}, sections(("SIS-1", "SIS-1"))),
        (
            {"section_names": '["A"]', "section_sourcedid": "SIS-1", "group_ids": "3"},
            sections(("A", "A")) | groups("3"),
        ),
    ],
    ids=lambda value: repr(value) if isinstance(value, dict) else "",
)
def test_what_is_said(custom: dict[str, Any], expected: Said) -> None:
    assert said_in(custom) == expected


@pytest.mark.parametrize(
    "custom",
    [
        None,
        "x",
        [],
        {},
        {"section_names": "$com.instructure.User.sectionNames"},
        {"section_names": "$com.instructure.User.sectionNames", "section_ids": "1,2"},
        {"group_ids": "$Moodle.Person.userGroupIds"},
        {"section_sourcedid": "$CourseSection.sourcedId"},
        {"section_sourcedid": ""},
        {"section_names": "not JSON"},
        {"section_names": '{"a": 1}'},
        {"section_names": "[" * 90_000},
        {"section_names": '["' + "x" * 200_000 + '"]'},
        {"section_names": "null"},
        {"section_names": 5},
        {"group_ids": "1," * 60_000},
        {"group_ids": {"id": 1}},
        {"group_ids": True},
        {"group_ids": 10**5000},
    ],
    ids=lambda custom: repr(custom)[:40] if custom != {"group_ids": 10**5000} else "huge",
)
def test_what_says_nothing(custom: Any) -> None:
    assert said_in(custom) == UNSAID


def test_the_lis_claim_says_the_section_where_no_parameter_does() -> None:
    lis = {"course_section_sourcedid": "SIS-7"}
    assert said_in({}, lis) == sections(("SIS-7", "SIS-7"))
    assert said_in({"section_names": '["A"]'}, lis) == sections(("A", "A"))
    name = "course_section_sourcedid"
    odd_ones: tuple[Any, ...] = ([], "x", {name: ["x"]}, {name: ""}, {name: "$CourseSection"})
    for odd in odd_ones:
        assert said_in({}, odd) == UNSAID


def test_much_is_cut() -> None:
    names = "[" + ",".join(f'"{number} {"x" * 300}"' for number in range(250)) + "]"
    said = said_in({"section_names": names, "section_ids": ",".join(map(str, range(250)))})
    assert len(said.groups) == 200
    assert {len(each.name) for each in said.groups} == {255}
    assert name_of("x" * 10_000) == "x" * 255
    assert key_of("x" * 256) == ""


def test_a_member_of_a_list() -> None:
    messages = [
        {CUSTOM: {"section_names": '["A"]', "section_ids": "4"}},
        {CUSTOM: {"group_ids": "9"}, LIS: {"course_section_sourcedid": "x"}},
        "x",
    ]
    enrolled = [{"group_id": "g-1"}, {"group_id": 12}, {"group_id": None}, {}, "x"]
    said = said_of_member({"message": messages[:1], "group_enrollments": enrolled})
    assert said == sections(("4", "A")) | groups("g-1", "12")
    said = said_of_member({"message": messages})
    assert {each.key for each in said.groups} == {"4", "9", "x"}
    assert said_of_member({"group_enrollments": []}) == groups()
    odd_ones: list[dict[str, Any]] = [
        {}, {"message": "x"}, {"message": [{CUSTOM: 5}]}, {"group_enrollments": "x"},
    ]  # fmt: skip
    for odd in odd_ones:
        assert said_of_member(odd) == UNSAID


def test_only_variables_that_an_lms_has_are_asked_for() -> None:
    assert wanted(frozenset()) == {}
    assert wanted(OF_CANVAS | {"CourseSection.sourcedId"}) == {
        "section_names": "com.instructure.User.sectionNames",
        "section_ids": "Canvas.course.sectionIds",
    }
    assert wanted(frozenset({"Moodle.Person.userGroupIds", "CourseSection.sourcedId"})) == {
        "section_sourcedid": "CourseSection.sourcedId",
        "group_ids": "Moodle.Person.userGroupIds",
    }
    both = frozenset({"Moodle.Person.userGroupIds", "Membership.course.groupIds"})
    assert wanted(both) == {"group_ids": "Membership.course.groupIds"}
