"""A column that somebody deleted in the LMS: said in words, nothing lost, found or made anew."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from foundation import clock
from foundation.db import EVERY_TENANT
from lti_tool.ags.vocabulary import SCOPE_LINE_ITEM
from lti_tool.delivery import choices
from lti_tool.delivery.choices import GoneColumn
from lti_tool.platforms.tables import LtiContext, ResourceLink
from rubrics.tables.activities import Activity
from tests.lti_tool.ags.fake_lms import FakeLms, Planned
from tests.lti_tool.delivery.classroom import (
    choose,
    edit,
    gone,
    release_all,
    settled,
    states,
    url_of,
)
from tests.lti_tool.delivery.house import House, house


def test_a_deleted_column_is_said_in_words_and_nothing_is_lost(two: House, lms: FakeLms) -> None:
    release_all(two, 4, 2)
    two.work()
    first = url_of(two)
    assert first is not None
    assert gone(two) is None
    lms.lose(first)
    two.release(4, 4)
    settled(two)
    assert states(two) == {"gone"}, "also the one that had been delivered there"
    assert two.state().reason_code == "delivery.column-gone"
    assert gone(two) == GoneColumn(grades=2, chosen=None, reason_code="", reason="")
    posts = len(lms.of("scores"))
    two.release(3, 3, learner=two.made.learner_ids[1])
    assert states(two) == {"gone"}
    settled(two)
    assert len(lms.of("scores")) == posts, "the LMS is not asked again and again"


def test_a_new_column_gets_all_grades_again(two: House, lms: FakeLms) -> None:
    release_all(two, 4, 2)
    two.work()
    first = url_of(two) or ""
    lms.lose(first)
    two.release(4, 4)
    settled(two)
    assert choose(two, "make") == 1
    chosen = gone(two)
    assert chosen is not None
    assert chosen.chosen == "make"
    assert states(two) == {"waiting"}
    settled(two)
    second = url_of(two)
    assert second != first
    assert gone(two) is None
    assert states(two) == {"delivered"}
    path = (second or "").removeprefix(lms.address).partition("?")[0]
    given = {user: score["scoreGiven"] for (at, user), score in lms.grades.items() if at == path}
    assert given == {"Learner 000": 100, "Learner 001": 77.78}
    assert choose(two, "make") == 0, "there is nothing to choose any more"


@pytest.mark.parametrize(
    "item",
    [
        {"resourceLinkId": "link-1"},
        {"resourceId": "ACTIVITY", "tag": "twofold"},
        {"label": "Role-play"},
    ],
)
def test_a_column_is_found_again_by_link_by_activity_and_by_label(
    two: House, lms: FakeLms, item: dict[str, str]
) -> None:
    release_all(two, 4, 2)
    two.work()
    lms.lose(url_of(two) or "")
    two.release(4, 4)
    settled(two)
    address = f"{lms.address}/lineitems/77/lineitem?type_id=1"
    activity = str(two.made.activity_id)
    values = {name: value.replace("ACTIVITY", activity) for name, value in item.items()}
    lms.line_items.append({"id": address, "label": "Renamed", "scoreMaximum": 10, **values})
    assert choose(two, "find") == 1
    settled(two)
    assert url_of(two) == address
    assert states(two) == {"delivered"}
    assert sum(path == "/lineitems/77/lineitem" for path, _ in lms.grades) == 2


def test_where_none_is_found_the_choice_comes_back_with_the_reason(
    two: House, lms: FakeLms
) -> None:
    release_all(two, 4, 2)
    two.work()
    lms.lose(url_of(two) or "")
    two.release(4, 4)
    settled(two)
    # Another link's, and somebody else's.
    lms.line_items.append({"id": f"{lms.address}/lineitems/8/lineitem", "resourceLinkId": "link-2"})
    lms.line_items.append({"id": f"{lms.address}/lineitems/9/lineitem", "label": "Quiz"})
    choose(two, "find")
    settled(two)
    left = gone(two)
    assert left is not None
    assert (left.chosen, left.reason_code) == (None, "delivery.column-not-found")
    assert states(two) == {"gone"}
    choose(two, "make")
    settled(two)
    assert states(two) == {"delivered"}


def test_a_column_that_a_launch_names_is_used_without_a_choice(two: House, lms: FakeLms) -> None:
    release_all(two, 4, 2)
    two.work()
    lms.lose(url_of(two) or "")
    two.release(4, 4)
    settled(two)
    assert states(two) == {"gone"}
    two.set(ResourceLink, two.link_id, lineitem_url=f"{lms.address}/lineitems/5/lineitem?type_id=1")
    settled(two)
    assert states(two) == {"delivered"}
    assert sum(path == "/lineitems/5/lineitem" for path, _ in lms.grades) == 2


def test_a_learner_who_is_not_found_takes_no_column_with_them(two: House, lms: FakeLms) -> None:
    """Brightspace answers 404 for a learner who left, too."""
    release_all(two, 4, 2)
    two.work()
    lms.plan("scores", Planned(404, '{"message": "User does not exist"}'))
    two.release(4, 4)
    settled(two)
    state = two.state()
    assert (state.state, state.reason_code) == ("refused", "ags.not-found")
    assert state.reason == "404 User does not exist"
    assert two.state(two.made.learner_ids[1]).state == "delivered"
    assert gone(two) is None


def test_without_the_scope_columns_are_left_alone(two: House, lms: FakeLms) -> None:
    release_all(two, 4, 2)
    two.work()
    with two.db.writing(EVERY_TENANT) as session:
        context = session.scalars(select(LtiContext)).one()
        context.ags_scopes = [each for each in context.ags_scopes if each != SCOPE_LINE_ITEM]
    edit(two, title="Calm a client")
    settled(two)
    assert lms.line_items[0]["label"] == "Role-play"
    lms.lose(url_of(two) or "")
    two.release(4, 4)
    settled(two)
    assert states(two) == {"gone"}
    choose(two, "make")
    settled(two)
    left = gone(two)
    assert left is not None
    assert left.reason_code == "delivery.no-column"


def test_nobody_sees_or_chooses_the_column_of_another_tenant(two: House, lms: FakeLms) -> None:
    other = house(two.db, lms, name="South School")
    release_all(two, 4, 2)
    two.work()
    lms.lose(url_of(two) or "")
    two.release(4, 4)
    settled(two)
    with two.db.writing(other.made.tenant_id) as session:
        assert choices.gone_column(session, two.made.placement_id) is None
        assert choices.choose_column(session, two.made.placement_id, "make") == 0
        choices.follow_activity(session, two.made.activity_id)
    assert gone(two) is not None


def test_a_gone_column_is_looked_at_again_in_an_hour(two: House, lms: FakeLms) -> None:
    release_all(two, 4, 2)
    two.work()
    lms.lose(url_of(two) or "")
    two.release(4, 4)
    settled(two)
    next_try_at = two.row().next_try_at
    assert next_try_at is not None
    assert next_try_at - clock.now() > timedelta(minutes=59)
    with two.db.reading(EVERY_TENANT) as session:
        assert session.get_one(Activity, two.made.activity_id).maximum == 100
