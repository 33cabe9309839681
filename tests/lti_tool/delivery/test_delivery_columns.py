"""The columns of links: made once, gone, chosen anew, brought up to date with the activity."""

import threading
from datetime import timedelta
from decimal import Decimal
from time import sleep
from typing import Any

import pytest
from sqlalchemy import select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.ags.vocabulary import SCOPE_LINE_ITEM
from lti_tool.delivery import choices
from lti_tool.delivery.arranging import arrange
from lti_tool.delivery.choices import GoneColumn
from lti_tool.delivery.column_leases import settle_column
from lti_tool.delivery.jobs import Arranged, ColumnJob
from lti_tool.delivery.leases import take
from lti_tool.delivery.tables import ColumnTask, GradeColumn
from lti_tool.delivery.worker import step
from lti_tool.platforms.tables import LtiContext, ResourceLink
from lti_tool.work import work
from rubrics.actions.activities import write_activity
from rubrics.tables.activities import Activity
from tests.lti_tool.ags.fake_lms import FakeLms, Planned
from tests.lti_tool.delivery.house import House, house, services_for


@pytest.fixture
def two(db: Database, lms: FakeLms) -> House:
    """Two learners, and a link that has no column yet."""
    made = house(db, lms, learners=2)
    made.set(ResourceLink, made.link_id, lineitem_url=None)
    return made


def release_all(one: House, *positions: int) -> None:
    for learner in one.made.learner_ids:
        one.release(*positions, learner=learner)


def states(one: House) -> set[str]:
    return {one.state(learner).state for learner in one.made.learner_ids}


def url_of(one: House) -> str | None:
    with one.db.reading(EVERY_TENANT) as session:
        return session.get_one(ResourceLink, one.link_id).lineitem_url


def column_of(one: House) -> GradeColumn:
    with one.db.reading(EVERY_TENANT) as session:
        return session.scalars(select(GradeColumn)).one()


def gone(one: House) -> GoneColumn | None:
    with one.db.reading(one.made.tenant_id) as session:
        return choices.gone_column(session, one.made.placement_id)


def choose(one: House, choice: choices.Choice) -> int:
    with one.db.writing(one.made.tenant_id) as session:
        return choices.choose_column(session, one.made.placement_id, choice)


def edit(one: House, **changes: Any) -> None:
    """The instructor edits the activity, as the form does."""
    work(
        one.services,
        one.made.tenant_id,
        lambda session: write_activity(
            session,
            course_id=one.made.course_id,
            author_id=one.made.instructor_id,
            draft=one.made.draft(**changes),
            activity_id=one.made.activity_id,
        ),
    )


def settled(one: House) -> None:
    """Everything that is to be done, whatever it waits for."""
    for _ in range(10):
        one.later()
        if not one.work():
            return
    raise AssertionError("it does not come to rest")


def test_a_missing_column_is_made_once_and_kept(two: House, lms: FakeLms) -> None:
    lms.plan("scores", Planned(500))
    release_all(two, 4, 2)
    two.work()
    two.later()
    two.work()
    (item,) = lms.line_items
    assert item["label"] == "Role-play"
    assert (item["resourceLinkId"], item["scoreMaximum"]) == ("link-1", 100)
    assert url_of(two) == item["id"]
    assert {each["userId"] for each in lms.kept} == {"Learner 000", "Learner 001"}
    assert len(lms.kept) == 2


def test_two_workers_make_one_column(two: House, lms: FakeLms) -> None:
    release_all(two, 4, 2)
    job = take(two.db, two.lane)
    assert isinstance(job, ColumnJob)
    assert take(two.db, two.lane) is None, "the grades wait for the column"
    outcome = arrange(two.services.http, two.services.tokens, job)
    assert settle_column(two.db, job, outcome, back_off=float)
    two.work()
    assert states(two) == {"delivered"}
    assert (len(lms.line_items), len(lms.kept)) == (1, 2)


def test_many_workers_at_once_make_one_column(db: Database, lms: FakeLms) -> None:
    many = house(db, lms, learners=6)
    many.set(ResourceLink, many.link_id, lineitem_url=None)
    release_all(many, 4, 2)

    def drain() -> None:
        services = services_for(db)
        for _ in range(40):
            step(services)

    threads = [threading.Thread(target=drain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settled(many)
    assert (len(lms.line_items), len(lms.kept)) == (1, 6)
    assert states(many) == {"delivered"}


def test_a_worker_killed_after_making_a_column_makes_no_second_one(
    two: House, lms: FakeLms
) -> None:
    release_all(two, 4, 2)
    job = take(two.db, two.lane)
    assert isinstance(job, ColumnJob)
    arrange(two.services.http, two.services.tokens, job)
    two.later()
    two.work()
    assert len(lms.line_items) == 1
    assert states(two) == {"delivered"}
    assert not settle_column(two.db, job, Arranged("https://late.example"), back_off=float)
    assert url_of(two) == lms.line_items[0]["id"]


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (Planned(503), "ags.503"),
        (Planned(429, "", {"Retry-After": "1"}), "ags.429"),
        (Planned(200, "<html>"), "ags.page"),
        (Planned(409), "ags.conflict"),
        (Planned(hang=0.8, drop=True), "http.timeout"),
    ],
)
def test_an_lms_in_trouble_gets_its_column_later_and_the_grades_say_why(
    two: House, lms: FakeLms, trouble: Planned, code: str
) -> None:
    lms.plan("lineitems", trouble)
    release_all(two, 4, 2)
    two.work()
    assert states(two) == {"retrying"}
    state = two.state()
    assert state.reason_code == code
    assert state.next_try_at is not None
    assert state.next_try_at > clock.now()
    settled(two)
    assert states(two) == {"delivered"}


def test_a_column_that_is_refused_is_said_at_every_grade(two: House, lms: FakeLms) -> None:
    lms.plan("lineitems", *[Planned(403, '{"message": "Not allowed"}')] * 1)
    release_all(two, 4, 2)
    two.work()
    assert states(two) == {"refused"}
    assert two.state().reason == "403 Not allowed"
    assert two.again() == 2
    settled(two)
    assert states(two) == {"delivered"}


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


def test_an_activity_that_changes_changes_its_column_and_sends_the_grades_again(
    two: House, lms: FakeLms
) -> None:
    release_all(two, 4, 2)
    two.work()
    (item,) = lms.line_items
    item["startDateTime"] = "2026-11-01T00:00:00Z"
    before = dict(item)
    sleep(1.1)
    edit(two, title="Calm a client", maximum=Decimal("40"))
    settled(two)
    (item,) = lms.line_items
    assert item == {**before, "label": "Calm a client", "scoreMaximum": 40}
    assert [each["scoreGiven"] for each in lms.kept] == [77.78] * 4
    assert {each["scoreMaximum"] for each in lms.kept} == {100}, "rescaled by the gradebook"
    assert states(two) == {"delivered"}
    posts = len(lms.kept)
    edit(two, title="Calm a client down", maximum=Decimal("40"))
    settled(two)
    assert lms.line_items[0]["label"] == "Calm a client down"
    edit(two, title="Calm a client down", maximum=Decimal("40"), text="Other words.")
    settled(two)
    assert len(lms.kept) == posts, "the grades stay as they are"
    assert len([each for each in lms.of("lineitem") if each.method == "PUT"]) == 2


def test_a_request_that_edits_an_activity_asks_no_lms(two: House, lms: FakeLms) -> None:
    release_all(two, 4, 2)
    two.work()
    seen = len(lms.seen)
    edit(two, title="Calm a client")
    assert len(lms.seen) == seen
    assert column_of(two).task is ColumnTask.UPDATE


def test_a_column_that_somebody_made_in_the_lms_is_left_alone(one: House, lms: FakeLms) -> None:
    lms.line_items.append({"id": lms.line_item, "label": "Exam", "scoreMaximum": 7})
    one.release(4, 2)
    one.work()
    edit(one, title="Calm a client", maximum=Decimal("40"))
    settled(one)
    assert lms.line_items == [{"id": lms.line_item, "label": "Exam", "scoreMaximum": 7}]
    assert len(lms.kept) == 1


def test_killed_between_the_change_and_its_record_the_grades_are_sent_again_all_the_same(
    two: House, lms: FakeLms
) -> None:
    release_all(two, 4, 2)
    two.work()
    sleep(1.1)
    edit(two, maximum=Decimal("40"))
    job = take(two.db, two.lane)
    assert isinstance(job, ColumnJob)
    arrange(two.services.http, two.services.tokens, job)
    settled(two)
    assert len(lms.kept) == 4


def test_an_edit_while_the_column_is_being_changed_is_not_forgotten(
    two: House, lms: FakeLms
) -> None:
    release_all(two, 4, 2)
    job = take(two.db, two.lane)
    assert isinstance(job, ColumnJob)
    edit(two, title="Calm a client", maximum=Decimal("40"))
    outcome = arrange(two.services.http, two.services.tokens, job)
    assert settle_column(two.db, job, outcome, back_off=float)
    settled(two)
    assert (lms.line_items[0]["label"], lms.line_items[0]["scoreMaximum"]) == ("Calm a client", 40)


def test_the_empty_column_of_work_that_has_no_grade_any_more_is_removed(
    two: House, lms: FakeLms
) -> None:
    two.release(4, 2)
    two.work()
    edit(two, address="https://elsewhere.example/work")
    settled(two)
    assert len(lms.line_items) == 1, "one that has grades is not"


def test_a_column_without_grades_is_removed(two: House, lms: FakeLms) -> None:
    job_url = f"{lms.address}/lineitems/1/lineitem?type_id=1"
    activity = str(two.made.activity_id)
    lms.line_items.append({"id": job_url, "resourceId": activity, "tag": "twofold"})
    two.set(ResourceLink, two.link_id, lineitem_url=job_url)
    with two.db.writing(EVERY_TENANT) as session:
        session.add(
            GradeColumn(
                resource_link_pk=two.link_id,
                registration_id=two.registration_id,
                tenant_id=two.made.tenant_id,
                made=True,
            )
        )
    edit(two, address="https://elsewhere.example/work")
    settled(two)
    assert lms.line_items == []
    assert url_of(two) is None


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
