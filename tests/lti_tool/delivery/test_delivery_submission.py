"""A score says when the work was handed in, and when it was begun."""

from datetime import datetime, timedelta

from sqlalchemy import update

from foundation import clock
from foundation.db import EVERY_TENANT
from rubrics.actions import submissions
from rubrics.tables.activities import Submission
from tests.lti_tool.ags.fake_lms import FakeLms
from tests.lti_tool.delivery.house import House


def hand_in(one: House) -> None:
    """The learner writes and hands in."""
    attempt = one.made.attempt()
    one.made.do(
        lambda session: submissions.save_draft(
            session, attempt_id=attempt, person_id=one.learner, text="My evidence", links=[]
        )
    )
    one.made.do(
        lambda session: submissions.submit(
            session, attempt_id=attempt, person_id=one.learner, at=clock.now()
        )
    )


def test_work_that_was_handed_in_has_its_times(one: House, lms: FakeLms) -> None:
    before = clock.now() - timedelta(milliseconds=1)
    hand_in(one)
    one.release(4, 2)
    one.work()
    (score,) = lms.kept
    begun, handed_in = (
        datetime.fromisoformat(score["submission"][name]) for name in ("startedAt", "submittedAt")
    )
    assert before <= begun <= handed_in <= clock.now()


def test_work_that_was_only_seen_has_none(one: House, lms: FakeLms) -> None:
    one.release(4, 2)
    one.work()
    assert "submission" not in lms.kept[0]


def test_a_time_ahead_of_our_clock_is_held_back(one: House, lms: FakeLms) -> None:
    hand_in(one)
    with one.db.writing(EVERY_TENANT) as session:
        session.execute(update(Submission).values(submitted_at=clock.now() + timedelta(days=9)))
    one.release(4, 2)
    one.work()
    submitted = datetime.fromisoformat(lms.kept[0]["submission"]["submittedAt"])
    assert submitted <= clock.now()
