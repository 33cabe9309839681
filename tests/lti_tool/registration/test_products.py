"""The words for an administrator are those of the LMS, by whatever name it calls itself."""

import pytest

from lti_tool.registration.products import product


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("moodle", "Moodle"),
        ("canvas", "Canvas"),
        ("desire2learn", "Brightspace"),
        ("d2l", "Brightspace"),
        ("BlackboardLearn", "Blackboard"),
        ("sakai", "Sakai"),
        ("sakailms.org", "Sakai"),
        ("Open edX", "Open edX"),
        ("open-edx", "Open edX"),
        ("Schoology", "Schoology"),
        ("ours", "the LMS"),
        ("", "the LMS"),
        (None, "the LMS"),
    ],
)
def test_a_product_by_its_own_name(family: str | None, name: str) -> None:
    assert product(family).name == name
