"""Canvas's gradebook as its code has it: every comment kept as one more, and shown by no result.

From scores_controller and results_controller of canvas-lms: score, comment and result change in one
transaction; a score that is older than the result is a 400.
"""

import json
from collections.abc import Iterator

import pytest

from foundation.db import Database
from lti_tool.platforms.tables import Registration
from tests.lti_tool.ags.fake_lms import FakeLms, Planned, Seen, serving
from tests.lti_tool.delivery.house import House, house

STALE = (
    "Provided timestamp of 2026-11-28T10:00:00.000Z before last updated timestamp of "
    "2026-11-28T10:00:01.000Z"
)


class Canvas(FakeLms):
    """Shows what Canvas shows of a result; and does not mind two scores in one second."""

    def _scores(self, request: Seen) -> Planned:
        for grade in self.grades.values():
            grade["timestamp"] = "2000-01-01T00:00:00Z"
        return super()._scores(request)

    def _results(self, request: Seen) -> Planned:
        usual = super()._results(request)
        if usual.status != 200:
            return usual
        shown = [
            {name: value for name, value in entry.items() if name not in ("comment", "timestamp")}
            for entry in json.loads(usual.body)
        ]
        return Planned(200, json.dumps(shown))

    @property
    def comments(self) -> list[str]:
        """What the learner finds below the grade."""
        return [score["comment"] for score in self.kept if "comment" in score]


@pytest.fixture
def canvas() -> Iterator[Canvas]:
    with serving(Canvas) as running:
        yield running


@pytest.fixture
def one(db: Database, canvas: Canvas) -> House:
    made = house(db, canvas)
    made.set(Registration, made.registration_id, product_family="canvas")
    return made


def _come_to_rest(one: House) -> None:
    one.later()
    one.work()
    assert one.state().state == "delivered"


@pytest.mark.parametrize(
    "lost",
    [Planned(504, after=True), Planned(drop=True)],
    ids=["kept", "not-kept"],
)
def test_an_answer_that_was_lost_doubles_no_comment(
    lost: Planned, one: House, canvas: Canvas
) -> None:
    """First of a grade, then of one that changes it."""
    for levels, number in (((4, 2), 1), ((4, 4), 2)):
        canvas.plan("scores", lost)
        one.release(*levels)
        one.later()
        one.work()
        assert one.state().state == "retrying"
        _come_to_rest(one)
        assert len(canvas.comments) == number
        assert one.work() == 0
    assert [each["scoreGiven"] for each in canvas.kept] == [77.78, 100]


def test_a_score_that_canvas_has_newer_is_sent_later(one: House, canvas: Canvas) -> None:
    canvas.plan("scores", Planned(400, json.dumps({"errors": {"message": STALE}})))
    one.release(4, 2)
    one.work()
    state = one.state()
    assert (state.state, state.reason_code) == ("retrying", "ags.conflict")
    _come_to_rest(one)
    assert len(canvas.comments) == 1
