"""Every class list that Moodle 4.5 was asked for: who is in the class then, or what is said."""

import pytest

from foundation.db import Database
from lti_tool.nrps import schedule
from lti_tool.nrps.states import Trouble
from lti_tool.platforms.tables import LtiContext, ResourceLink
from tests.judges.moodle.recordings import Exchange, exchanges
from tests.judges.moodle.replay import Moodle
from tests.lti_tool.ags.fake_lms import Planned
from tests.lti_tool.nrps.classes import ListedClass, listed_class, page

LISTS, OTHERS = exchanges("nrps"), exchanges("nrps_no_pii")
SUSPENDED = exchanges("ags_scores_gradebook_states")["nrps_with_suspended"]
ALL = {"3", "4", "5", "6", "7", "8", "9"}
UNREAD: dict[str, tuple[str, str]] = {
    "accept_json": (
        "nrps.refused",
        "400 No handler found for /CourseSection/2/bindings/1/memberships application/json",
    ),
    "course_groups_service": (
        "nrps.refused",
        "400 No handler found for /CourseSection/2/groups "
        "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json",
    ),
    "limit2": ("nrps.loop", "the pages of the class list go round in a circle"),
    "limit2_next": ("nrps.loop", "the pages of the class list go round in a circle"),
    "role_learner_limit2": ("nrps.loop", "the pages of the class list go round in a circle"),
    "role_learner_limit2_next": ("nrps.loop", "the pages of the class list go round in a circle"),
    "rlid_missing": ("nrps.gone", "404 Not Found: LTI link 9999 doesn't exist"),
    "wrong_course": ("nrps.gone", "404 Not Found: Course 999 doesn't exist"),
    "wrong_scope": ("nrps.forbidden", "401 Unauthorized"),
    "nrps_of_other_deployment": ("nrps.forbidden", "401 Unauthorized"),
    "v1_membershipcontainer": ("nrps.answer", "the answer has no list of members"),
}
"""What the page says where the same answer comes to every question."""
READ: dict[str, set[str]] = {
    "role_learner": ALL - {"3"},
    "role_learner_full_http_uri": ALL - {"3"},
    "role_instructor": {"3"},
}
"""Who is listed where it is not everybody."""


@pytest.fixture
def course(db: Database, moodle: Moodle) -> ListedClass:
    """A course that nobody is in but its instructor."""
    found = listed_class(db, moodle, learners=0)
    found.set(LtiContext, memberships_url=moodle.members_url)
    return found


def _read(course: ListedClass, moodle: Moodle, *said: Exchange, times: int = 1) -> None:
    moodle.planned.clear()
    moodle.replay("memberships", *said * times)
    course.later()
    assert schedule.step(course.services)


def test_each_list_is_read_or_leaves_the_class_as_it_was(
    course: ListedClass, moodle: Moodle
) -> None:
    _read(course, moodle, LISTS["all"])
    before = set(course.enrolments())
    found = {}
    refused = {**LISTS, **OTHERS}
    for name in UNREAD:
        _read(course, moodle, refused[name], times=9)
        found[name] = (course.state().code, course.state().reason)
        assert set(course.enrolments()) == before
        assert not course.gone(), name
    assert found == UNREAD


def test_who_is_listed_is_in_the_class(course: ListedClass, moodle: Moodle) -> None:
    lists = {
        name: said
        for name, said in {**LISTS, **OTHERS, SUSPENDED.name: SUSPENDED}.items()
        if name not in UNREAD and "memberships" in said.path
    }
    for name, said in lists.items():
        # A class that shrinks to a half is doubted once; a second list confirms it.
        for _ in range(2):
            _read(course, moodle, said)
        expected = READ.get(name, ALL - {"7"} if said is SUSPENDED else ALL)
        here = {who for who in course.enrolments() if who.isdigit()} - course.gone()
        assert here == expected, name
        assert course.state().trouble is Trouble.NONE, name
    assert len(lists) == 9


def test_names_come_unescaped_and_a_list_without_them_takes_none_away(
    course: ListedClass, moodle: Moodle
) -> None:
    _read(course, moodle, LISTS["all"])
    names = {each.subject: each.name for each in course.people()}
    assert names["9"] == "Erin O'Neil & Co"
    assert names["8"] == "日本 太郎"
    _read(course, moodle, OTHERS["nrps_no_pii"])
    assert {each.subject: each.name for each in course.people()} == names


def test_pages_are_followed_to_the_last(course: ListedClass, moodle: Moodle) -> None:
    moodle.planned.clear()
    moodle.replay("memberships", LISTS["limit2"], LISTS["limit2_next"])
    moodle.plan("memberships", page([]))
    assert schedule.step(course.services)
    assert {who for who in course.enrolments() if who.isdigit()} == {"3", "4", "7", "9"}
    asked = [each.path for each in moodle.of("memberships")]
    assert asked[1] == LISTS["limit2_next"].path
    assert asked[2].endswith("?limit=2&from=4")


def test_a_course_whose_list_is_refused_has_the_list_of_a_link(
    course: ListedClass, moodle: Moodle
) -> None:
    course.set(ResourceLink, resource_link_id="7")
    _read(course, moodle, LISTS["wrong_course"], LISTS["rlid"])
    assert {who for who in course.enrolments() if who.isdigit()} == ALL
    assert course.state().trouble is Trouble.ONE_LINK
    assert moodle.of("memberships")[-1].path == LISTS["rlid"].path
    _read(course, moodle, LISTS["wrong_course"], LISTS["rlid_missing"])
    assert course.state().trouble is Trouble.GONE
    assert not course.gone()


def test_groups_are_asked_for_and_their_service_is_not_missed(
    course: ListedClass, moodle: Moodle
) -> None:
    """Moodle has no groups service: a list without groups is a list all the same."""
    course.set(
        LtiContext, groups_url=f"{moodle.address}/mod/lti/services.php/CourseSection/2/groups"
    )
    moodle.replay("groups", LISTS["course_groups_service"])
    _read(course, moodle, LISTS["groups"])
    assert moodle.of("memberships")[-1].path == LISTS["groups"].path
    assert course.state().trouble is Trouble.NONE
    assert {who for who in course.enrolments() if who.isdigit()} == ALL


def test_a_site_that_is_down_keeps_the_class(course: ListedClass, moodle: Moodle) -> None:
    _read(course, moodle, LISTS["all"])
    moodle.plan("memberships", Planned(drop=True), Planned(drop=True))
    course.later()
    assert schedule.step(course.services)
    assert course.state().trouble is Trouble.UNAVAILABLE
    assert not course.gone()
