"""From a release to the gradebook, whatever the LMS answers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from time import sleep
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from foundation import clock
from foundation.db import EVERY_TENANT, Database
from lti_tool.delivery import outbox
from lti_tool.delivery.jobs import Job
from lti_tool.delivery.leases import settle, take
from lti_tool.delivery.sending import send
from lti_tool.delivery.states import grade_states
from lti_tool.delivery.tables import GradeDelivery
from lti_tool.platforms.tables import LtiContext, Registration, ResourceLink
from lti_tool.work import work
from rubrics.actions import assessments, releases
from rubrics.actions.done import Done
from rubrics.tables.activities import Activity
from rubrics.tables.assessments import ActivityScore
from tests.lti_tool.ags.fake_lms import FakeLms, Planned
from tests.lti_tool.delivery.house import House, house, link
from tests.rubrics.make import at


def moment_of(score: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(score["timestamp"])


def test_a_release_reaches_the_gradebook_with_its_reasons(one: House, lms: FakeLms) -> None:
    one.release(4, 2)
    assert one.state().state == "waiting"
    before = clock.now()
    assert one.work() == 1
    (score,) = lms.kept
    assert score["userId"] == "Learner 000"
    assert (score["scoreGiven"], score["scoreMaximum"]) == (77.78, 100)
    arithmetic, _, rest = score["comment"].partition("\n")
    assert arithmetic.startswith("Score 77.78 of 100 = (")
    assert rest == (
        "Listening: Great.\n"
        "Product: Fair.\n"
        "Open “Handle an upset client” in your course for the comments and what the next level "
        "asks."
    )
    assert "Iris" not in score["comment"]
    assert before - timedelta(milliseconds=1) <= moment_of(score) <= clock.now()
    state = one.state()
    assert (state.state, state.points) == ("delivered", Decimal("77.78"))
    assert state.maximum == 100
    assert state.delivered_at is not None
    assert (state.reason, state.next_try_at) == ("", None)
    assert one.work() == 0


def test_the_row_commits_with_the_release_or_not_at_all(one: House) -> None:
    attempt = one.made.attempt()

    def release(session: Any) -> Done[UUID]:
        opened = assessments.open_draft(
            session, attempt_id=attempt, assessor_id=one.made.instructor_id, at=at(60)
        ).value
        assessments.save(
            session,
            assessment_id=opened,
            assessor_id=one.made.instructor_id,
            ratings=one.made.ratings(4, 4),
            comment="",
            at=at(60),
        )
        return releases.release(
            session, assessment_id=opened, assessor_id=one.made.instructor_id, at=at(60)
        )

    def release_and_fail(session: Any) -> Done[UUID]:
        done = release(session)
        for event in done.events:
            if hasattr(event, "score_id"):
                outbox.enqueue(session, event.score_id)
        raise RuntimeError("the power fails")

    with pytest.raises(RuntimeError, match="power"):
        work(one.services, one.made.tenant_id, release_and_fail)
    with one.db.reading(EVERY_TENANT) as session:
        assert session.scalar(select(func.count()).select_from(GradeDelivery)) == 0
        assert session.scalar(select(func.count()).select_from(ActivityScore)) == 0
    work(one.services, one.made.tenant_id, release)
    assert one.state().state == "waiting"
    assert one.row().points == 100


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ([Planned(500, "[]")], "ags.500"),
        ([Planned(502, "<html>")] * 2, "ags.502"),
        ([Planned(429, "", {"Retry-After": "7"})], "ags.429"),
        ([Planned(403, "403 Forbidden (Rate Limit Exceeded)")], "ags.403"),
        ([Planned(200, "<html>maintenance</html>")], "ags.page"),
        ([Planned(drop=True)] * 3, "http.connect"),
        ([Planned(hang=0.8, drop=True)], "http.timeout"),
        ([Planned(401), Planned(401)], "ags.unauthorised"),
        ([Planned(409, "[]")] * 2, "ags.conflict"),
    ],
)
def test_an_lms_in_trouble_gets_the_grade_later(
    one: House, lms: FakeLms, trouble: list[Planned], code: str
) -> None:
    lms.plan("scores", *trouble)
    one.release(4, 2)
    for _ in trouble:
        if lms.kept:
            break
        one.work()
        state = one.state()
        assert (state.state, state.reason_code) == ("retrying", code)
        assert state.reason
        assert state.next_try_at is not None
        assert state.next_try_at > clock.now(), "not at once"
        assert one.work() == 0, "not before its time"
        one.later()
        if not lms.planned["scores"]:
            break
    one.work()
    assert one.state().state == "delivered"
    assert len(lms.kept) == 1
    assert lms.kept[0]["scoreGiven"] == 77.78


@pytest.mark.parametrize(
    "unseen",
    [
        Planned(after=True, drop=True),
        Planned(after=True, hang=0.8),
        Planned(500, after=True),
        Planned(504, after=True),
    ],
)
def test_a_post_whose_answer_was_lost_is_not_made_twice(
    one: House, lms: FakeLms, unseen: Planned
) -> None:
    lms.plan("scores", unseen)
    one.release(4, 2)
    one.work()
    assert one.state().state == "retrying"
    one.later()
    one.work()
    assert one.state().state == "delivered"
    assert len(lms.kept) == len(lms.of("scores")) == 1
    assert len(lms.of("results")) == 1


def test_retry_after_is_respected(one: House, lms: FakeLms) -> None:
    lms.plan("scores", Planned(429, "", {"Retry-After": "600"}))
    one.release(4, 2)
    one.work()
    next_try_at = one.row().next_try_at
    assert next_try_at is not None
    wait = next_try_at - clock.now()
    assert timedelta(seconds=590) < wait <= timedelta(seconds=600)


def test_an_equal_entry_is_a_delivered_one(one: House, lms: FakeLms) -> None:
    """A 409 because the LMS has the very score: a retry of its own proxy, or a clock ahead."""
    lms.plan("scores", Planned(409, "[]", after=True))
    one.release(4, 2)
    one.work()
    assert one.state().state == "delivered"
    assert len(lms.kept) == 1


def test_another_entry_that_is_newer_is_overwritten_once_time_has_passed_it(
    one: House, lms: FakeLms
) -> None:
    ahead = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    key = ("/lineitems/1/lineitem", "Learner 000")
    lms.grades[key] = {"scoreGiven": 1, "scoreMaximum": 10, "timestamp": ahead}
    one.release(4, 2)
    one.work()
    state = one.state()
    assert (state.state, state.reason_code) == ("retrying", "ags.conflict")
    assert state.next_try_at is not None
    assert state.next_try_at >= datetime.fromisoformat(ahead) + timedelta(seconds=0.9)
    lms.grades[key]["timestamp"] = (datetime.now(UTC) - timedelta(seconds=2)).isoformat()
    one.later()
    one.work()
    assert one.state().state == "delivered"
    assert lms.grades[key]["scoreGiven"] == 77.78


def test_what_the_lms_refuses_waits_for_send_again(one: House, lms: FakeLms) -> None:
    lms.plan("scores", Planned(400, '{"message": "<b>User</b> is not a learner"}'))
    one.release(4, 2)
    one.work()
    state = one.state()
    assert (state.state, state.reason_code) == ("refused", "ags.refused")
    assert state.reason == "400 User is not a learner"
    assert state.next_try_at is None
    one.later()
    assert one.work() == 0
    assert one.again() == 1
    assert one.state().state == "waiting"
    one.work()
    assert one.state().state == "delivered"
    assert one.again() == 0, "what is delivered is left alone"
    assert one.again(one.learner) == 1, "unless it is asked for by name"
    one.work()
    assert len(lms.kept) == 2


def test_a_new_release_tries_what_was_refused(one: House, lms: FakeLms) -> None:
    lms.plan("scores", Planned(422, '{"reason": "No attempts left"}'))
    one.release(4, 2)
    one.work()
    assert one.state().reason_code == "ags.refused"
    one.release(4, 4)
    one.work()
    assert one.state().state == "delivered"
    assert lms.kept[-1]["scoreGiven"] == 100


def test_a_regrade_replaces_the_score_and_every_timestamp_is_a_second_later(
    one: House, lms: FakeLms
) -> None:
    for level in (1, 2, 3, 4):
        one.release(level, level)
        while one.state().state != "delivered":
            one.work()
            next_try_at = one.row().next_try_at
            if (
                next_try_at is not None
                and (wait := (next_try_at - clock.now()).total_seconds()) > 0
            ):
                assert wait <= 3
                assert one.row().attempts == 0, "it waits for its timestamp, not for the LMS"
                clock_sleep(wait)
    moments = [moment_of(each) for each in lms.kept]
    assert [each["scoreGiven"] for each in lms.kept] == [0, 33.33, 66.67, 100]
    assert all(b - a >= timedelta(seconds=1) for a, b in pairwise(moments))
    assert moments[-1] <= clock.now() + timedelta(seconds=2)
    assert all(len(each["timestamp"]) == len("2026-11-23T05:21:50.217Z") for each in lms.kept)


def clock_sleep(seconds: float) -> None:
    sleep(min(seconds, 3) + 0.01)


def test_a_release_during_the_post_is_delivered_too(one: House, lms: FakeLms) -> None:
    one.release(1, 1)
    job = take(one.db, one.lane)
    assert isinstance(job, Job)
    assert one.state().state == "sending"
    one.release(4, 4)
    outcome = send(one.services.http, one.services.tokens, job)
    assert settle(one.db, job, outcome)
    assert one.state().state == "waiting"
    one.work()
    assert one.state().state == "delivered"
    assert [each["scoreGiven"] for each in lms.kept] == [0, 100]
    assert one.row().delivered == one.row().wanted == 2


def test_nothing_observed_sends_nothing_and_erases_nothing(one: House, lms: FakeLms) -> None:
    one.release(4, 2)
    one.work()
    one.release(None, None)
    assert one.work() == 0
    with one.db.writing(one.made.tenant_id) as session:
        empty = session.scalars(
            select(ActivityScore).where(ActivityScore.points.is_(None)).limit(1)
        ).one()
        outbox.enqueue(session, empty.id)
    assert one.state().points == Decimal("77.78")
    assert one.work() == 0
    assert len(lms.kept) == 1


@pytest.mark.parametrize(
    ("table", "values", "code"),
    [
        (LtiContext, {"ags_scopes": []}, "delivery.no-scope"),
        (ResourceLink, {"lineitem_url": None}, None),
    ],
)
def test_a_link_without_a_column_says_so_until_it_has_one(
    one: House, lms: FakeLms, table: Any, values: dict[str, Any], code: str | None
) -> None:
    with one.db.reading(EVERY_TENANT) as session:
        context = session.scalars(select(LtiContext)).one()
        kept = list(context.ags_scopes)
    row_id = context.id if table is LtiContext else one.link_id
    one.set(table, row_id, **values)
    if code is None:
        one.set(LtiContext, context.id, lineitems_url=None)
    one.release(4, 2)
    state = one.state()
    assert (state.state, state.reason_code) == ("none", code or "delivery.no-column")
    assert state.reason
    assert one.work() == 0
    assert lms.seen == []
    one.set(LtiContext, context.id, ags_scopes=kept, lineitems_url=lms.line_items_url)
    one.set(ResourceLink, one.link_id, lineitem_url=lms.line_item)
    assert one.work() == 0, "it is looked at again after an hour"
    one.later()
    assert one.work() == 1
    assert one.state().state == "delivered"


def test_send_again_notices_a_new_column_at_once(one: House, lms: FakeLms) -> None:
    with one.db.reading(EVERY_TENANT) as session:
        context_id = session.scalars(select(LtiContext.id)).one()
    one.set(LtiContext, context_id, lineitems_url=None)
    one.set(ResourceLink, one.link_id, lineitem_url=None)
    one.release(4, 2)
    assert one.again() == 1
    assert one.state().state == "none"
    one.set(ResourceLink, one.link_id, lineitem_url=lms.line_item)
    one.again()
    one.work()
    assert one.state().state == "delivered"


def test_work_that_stays_elsewhere_makes_no_column(one: House, lms: FakeLms) -> None:
    one.set(ResourceLink, one.link_id, lineitem_url=None)
    one.set(Activity, one.made.activity_id, address="https://elsewhere.example/work")
    one.release(4, 2)
    assert one.state().reason_code == "delivery.not-graded"
    assert one.work() == 0
    assert lms.seen == []


def test_a_hostile_column_gets_neither_token_nor_grade(one: House, lms: FakeLms) -> None:
    for url in (
        "https://evil.example/lineitem",
        "http://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/lineitem",
        "https://[::ffff:127.0.0.1]/lineitem",
    ):
        one.set(ResourceLink, one.link_id, lineitem_url=url)
        one.release(4, 2)
        one.work()
        assert (one.state().state, one.state().reason_code) == ("refused", "ags.foreign-host")
        assert lms.seen == []
        with one.db.writing(EVERY_TENANT) as session:
            session.execute(delete(GradeDelivery))


def test_canvas_gets_a_comment_only_when_it_changed(one: House, lms: FakeLms) -> None:
    one.set(Registration, one.registration_id, product_family="canvas")
    one.release(4, 2)
    one.work()
    one.again(one.learner)
    one.work()
    one.release(3, 2)
    while one.state().state != "delivered":
        clock_sleep(0.5)
        one.work()
    assert ["comment" in each for each in lms.kept] == [True, False, True]


def test_a_placement_in_two_courses_is_delivered_to_both(one: House, lms: FakeLms) -> None:
    second = f"{lms.address}/lineitems/2/lineitem?type_id=1"
    link(one.made, lms.registration(), lms, lineitem_url=second)
    elsewhere = lms.registration(issuer="https://other-lms.example")
    link(one.made, elsewhere, lms, lineitem_url=second)
    one.release(4, 2)
    with one.db.reading(EVERY_TENANT) as session:
        assert session.scalar(select(func.count()).select_from(GradeDelivery)) == 2, (
            "not where another LMS vouches for its own people"
        )
    lms.plan("scores", Planned(400, "no"))
    one.work()
    assert one.state().state == "refused", "the link in most need"
    assert len(lms.kept) == 1


def test_nobody_sees_or_resends_the_grades_of_another_tenant(db: Database, lms: FakeLms) -> None:
    one, other = house(db, lms), house(db, lms, name="South School")
    one.release(4, 2)
    with db.reading(other.made.tenant_id) as session:
        assert grade_states(session, one.made.placement_id) == {}
    lms.plan("scores", Planned(400, "no"))
    one.work()
    with db.writing(other.made.tenant_id) as session:
        assert outbox.send_again(session, one.made.placement_id, None) == 0
        assert outbox.send_again(session, one.made.placement_id, one.learner) == 0
    assert one.state().state == "refused"
