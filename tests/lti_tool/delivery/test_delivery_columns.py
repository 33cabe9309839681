"""The columns of links: made once, and brought up to date with the activity."""

import threading
from decimal import Decimal
from time import sleep

import pytest

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.delivery.arranging import arrange
from lti_tool.delivery.column_leases import settle_column
from lti_tool.delivery.jobs import Arranged, ColumnJob
from lti_tool.delivery.leases import take
from lti_tool.delivery.tables import ColumnTask, GradeColumn
from lti_tool.delivery.worker import step
from lti_tool.platforms.tables import ResourceLink
from tests.lti_tool.ags.fake_lms import FakeLms, Planned
from tests.lti_tool.delivery.classroom import column_of, edit, release_all, settled, states, url_of
from tests.lti_tool.delivery.house import House, house, services_for


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
