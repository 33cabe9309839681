"""Every score that Moodle 4.5 was sent: what becomes of a grade where it answers so again."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select, update

from foundation.db import EVERY_TENANT, Database
from lti_tool.delivery.states import grade_states
from lti_tool.delivery.tables import GradeDelivery
from rubrics.tables.people import Person
from tests.judges.moodle.recordings import Exchange, exchanges
from tests.judges.moodle.replay import Moodle
from tests.lti_tool.ags.fake_lms import Planned
from tests.lti_tool.delivery.house import House, fill, house

SCORES, STATES = exchanges("ags_scores"), exchanges("ags_scores_gradebook_states")
COLUMNS, RESULTS = exchanges("ags_lineitems"), exchanges("ags_results")
Outcome = tuple[str, str, str]
DELIVERED: Outcome = ("delivered", "", "")
CONFLICT = ("retrying", "ags.conflict", "the gradebook has an entry that is newer")
INCORRECT = ("refused", "ags.refused", "400 Incorrect score received")
UNSERVED = ("refused", "ags.refused", "400 No handler found for /2/lineitems/14/lineitem")
OTHERWISE: dict[str, Outcome] = {
    "duplicate_timestamp": CONFLICT,
    "same_second_later_ms": CONFLICT,
    "stale_timestamp": CONFLICT,
    "now_after_future": CONFLICT,
    "long_comment_100k": CONFLICT,
    "no_userId": INCORRECT,
    "no_timestamp": INCORRECT,
    "bad_timestamp": INCORRECT,
    "epoch_timestamp": INCORRECT,
    "no_gradingProgress": INCORRECT,
    "no_activityProgress": INCORRECT,
    "no_scoreMaximum": INCORRECT,
    "nonnumeric": INCORRECT,
    "unknown_user": INCORRECT,
    "teacher_user": INCORRECT,
    "not_json": INCORRECT,
    "invalid_score_unicode_body": INCORRECT,
    "invalid_score_pretty_printed_body": (
        "refused",
        "ags.ignored",
        "the LMS answered, and kept nothing",
    ),
    "userid_nonnumeric": ("retrying", "ags.502", "502 Bad Gateway"),
    "score_on_locked_item": ("retrying", "ags.500", "500 Internal Server Error"),
    "ctype_json": ("refused", "ags.refused", f"{UNSERVED[2]}/scores application/json"),
    "lineitem_url_without_query_moved": (
        *UNSERVED[:2],
        f"{UNSERVED[2]} application/vnd.ims.lis.v1.score+json",
    ),
    "get_scores": ("refused", "ags.refused", "405 Method Not Allowed"),
    "score_with_readonly_token": ("retrying", "ags.unauthorised", "401 Unauthorized"),
    "other_tools_lineitem_scores": ("refused", "ags.forbidden", "403 Invalid LTI id supplied."),
    "missing_lineitem": (
        "refused",
        "ags.not-found",
        "404 Not Found: Grade item 99999 doesn't exist",
    ),
}
"""Whatever is not here was a 200 without a body: Moodle took it."""


def _scores() -> dict[str, Exchange]:
    files = ("ags_scores", "ags_scores_gradebook_states", "ags_completion", "ags_results")
    found = {
        f"{file}/{name}": each
        for file in (*files, "nrps_no_pii")
        for name, each in exchanges(file).items()
        if "scores" in each.path
    }
    assert len(found) == 69
    return found


@pytest.fixture
def one(db: Database, moodle: Moodle) -> House:
    return house(db, moodle)


def _outcome(one: House, person: UUID) -> Outcome:
    state = one.state(person)
    return state.state, state.reason_code, state.reason


def _person(one: House, subject: str, points: str, comment: str) -> UUID:
    """A grade that waits for somebody whom Moodle knows by this number."""
    (person,) = fill(one, 1)
    with one.db.writing(EVERY_TENANT) as session:
        session.execute(update(Person).where(Person.id == person).values(subject=subject))
        grade = update(GradeDelivery).where(GradeDelivery.person_id == person)
        session.execute(grade.values(points=Decimal(points), comment=comment))
    return person


def test_each_answer_to_a_score_has_its_outcome(one: House, moodle: Moodle) -> None:
    # The column is there: a 404 says that the learner is not.
    moodle.plan("lineitem", Planned(200, "{}"))
    scores = _scores()
    people = fill(one, len(scores))
    moodle.to_scores_of = dict(zip(map(str, people), scores.values(), strict=True))
    one.work()
    with one.db.reading(one.made.tenant_id) as session:
        states = grade_states(session, one.made.placement_id)
    found, expected = {}, {}
    for (name, said), person in zip(scores.items(), people, strict=True):
        state = states[person]
        found[name] = (state.state, state.reason_code, state.reason)
        expected[name] = OTHERWISE.get(name.partition("/")[2], DELIVERED)
        taken = said.status == 200 and not said.body
        assert taken == (expected[name] == DELIVERED), name
    assert found == expected


def test_what_is_sent_is_what_moodle_took(one: House, moodle: Moodle) -> None:
    """Beside it no body that Moodle refused, ignored or took for a grade to erase."""
    one.release(4, 2)
    one.work()
    (request,) = moodle.of("scores")
    taken = SCORES["score_ok"]
    assert request.path == taken.path
    assert request.headers["content-type"] == taken.asked["Content-Type"]
    sent = json.loads(request.body)
    assert {name: type(value) for name, value in taken.sent.items()} == {
        name: int if name.startswith("score") else type(value) for name, value in sent.items()
    }
    assert len(sent["timestamp"]) == len(taken.sent["timestamp"])
    for name in ("activityProgress", "gradingProgress"):
        assert sent[name] == taken.sent[name]
    assert b"\n" not in request.body, "else a refusal would come as 200 with []"
    assert request.body == request.body.strip()


@pytest.mark.parametrize(
    "again",
    [SCORES["duplicate_timestamp"], STATES["invalid_score_pretty_printed_body"]],
    ids=lambda said: said.name,
)
def test_a_refusal_of_the_entry_that_is_there_is_a_delivery(
    again: Exchange, one: House, moodle: Moodle
) -> None:
    """Moodle has 11 of 20 with our comment: the answer to an earlier post was lost."""
    person = _person(one, "7", "55", 'Well <b>done</b> & "ok" ü')
    moodle.replay("scores", again)
    moodle.replay("results", RESULTS["results_user"])
    one.work()
    assert _outcome(one, person) == DELIVERED
    assert moodle.of("results")[0].path == RESULTS["results_user"].path
    assert moodle.of("results")[0].headers["accept"] == RESULTS["results_user"].asked["Accept"]


def test_an_entry_of_the_future_is_waited_for(one: House, moodle: Moodle) -> None:
    """Somebody's clock was an hour ahead: no score is taken until then."""
    with time_machine.travel(datetime(2026, 11, 23, 5, 31, 53, tzinfo=UTC)):
        person = _person(one, "5", "70", "Better.")
        moodle.replay("scores", SCORES["now_after_future"])
        moodle.replay("results", RESULTS["results"])
        one.work()
        assert _outcome(one, person) == CONFLICT
        waits_until = one.state(person).next_try_at
        assert waits_until is not None
        until = datetime(2026, 11, 23, 6, 21, 53, tzinfo=UTC)
        assert until <= waits_until < until + timedelta(seconds=5)
    with time_machine.travel(until + timedelta(seconds=6)):
        moodle.replay("scores", SCORES["newer_timestamp"])
        one.work()
        assert _outcome(one, person) == DELIVERED
    first, second = (json.loads(each.body) for each in moodle.of("scores"))
    assert second["timestamp"] > "2026-11-23T06:21:52.919Z" > first["timestamp"]
    assert second["scoreGiven"] == first["scoreGiven"] == 70


def test_what_is_read_after_a_conflict_never_passes_for_another_score(
    one: House, moodle: Moodle
) -> None:
    """Whatever the results say, or do not: the grade is sent again, later, and arrives."""
    read = {name: each for name, each in RESULTS.items() if "scores" not in each.path}
    read |= {name: each for name, each in STATES.items() if "results" in each.path}
    assert len(read) == 13
    people = {name: _person(one, f"{name}-7", "72", "Better.") for name in read}
    for said in read.values():
        moodle.replay("scores", SCORES["stale_timestamp"])
        moodle.plan("results", *[moodle.as_said(said)] * 2)
        one.work_steps(1)
        moodle.planned["results"].clear()
    found = {
        name: (one.state(each).state, one.state(each).reason_code) for name, each in people.items()
    }
    assert found == {
        name: ("retrying", "ags.unauthorised" if name == "results_no_scope" else "ags.conflict")
        for name in read
    }
    one.later()
    one.work()
    assert {one.state(each).state for each in people.values()} == {"delivered"}
    assert len(moodle.of("scores")) == 2 * len(people)


def test_a_locked_column_gets_its_grade_once_it_is_open(one: House, moodle: Moodle) -> None:
    one.release(4, 2)
    for _ in range(3):
        moodle.replay("scores", STATES["score_on_locked_item"])
        one.work()
        assert one.state().state == "retrying"
        one.later()
    one.work()
    assert one.state().state == "delivered"
    assert [score["scoreGiven"] for score in moodle.kept] == [77.78]


def test_a_token_that_ran_out_is_renewed_and_the_grade_arrives_at_once(
    one: House, moodle: Moodle
) -> None:
    one.release(4, 2)
    moodle.replay("scores", exchanges("expired_access_token")["expired_access_token"])
    assert one.work() == 1
    assert one.state().state == "delivered"
    assert len(moodle.of("token")) == 2


def test_a_column_that_is_gone_waits_for_a_choice(one: House, moodle: Moodle) -> None:
    one.release(4, 2)
    moodle.replay("scores", SCORES["missing_lineitem"])
    moodle.replay("lineitem", COLUMNS["get_missing"])
    one.work()
    assert _outcome(one, one.learner) == (
        "gone",
        "delivery.column-gone",
        "the gradebook column is gone from the LMS",
    )
    with one.db.reading(EVERY_TENANT) as session:
        assert session.scalars(select(GradeDelivery.next_try_at)).one() is not None, (
            "looked at again when a launch names another column"
        )
