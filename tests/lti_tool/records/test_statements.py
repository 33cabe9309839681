"""What each event says in the record store: who, what, about what, and why it can be believed."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from foundation.db import Database
from lti_tool.records import vocabulary
from lti_tool.settings import from_environment
from rubrics.actions import submissions
from rubrics.events import ActivityLaunched
from rubrics.scoring.replay import replay
from rubrics.tables.people import Person
from rubrics.words import CourseRole
from tests.lti_tool.records.story import SECRET, Story, record, stored
from tests.rubrics.make import School, at, school
from xapi.statements.prepare import prepare
from xapi.store.tables import Conflict


def release(made: School, *levels: int | None, minute: int = 60) -> UUID:
    assessment_id, events = made.assess(made.attempt(), *levels, minute=minute)
    record(made, events)
    return assessment_id


def categories(statement: dict[str, Any]) -> set[str]:
    return {each["id"] for each in statement["context"]["contextActivities"]["category"]}


def test_a_launch_names_the_learner_the_activity_and_the_course(db: Database) -> None:
    made = school(db)
    learner, attempt = made.learner_ids[0], made.attempt()
    launch = ActivityLaunched(
        at(0), uuid4(), learner, made.placement_id, attempt, CourseRole.LEARNER
    )
    record(made, (launch,))
    record(made, (launch,))
    (statement,) = stored(made)
    assert statement["verb"]["id"] == vocabulary.LAUNCHED
    assert statement["actor"]["account"] == {
        "homePage": "https://lms.example",
        "name": "Learner 000",
    }
    assert "name" not in statement["actor"]
    assert statement["object"]["id"] == f"https://skills.example.org/activities/{made.activity_id}"
    assert statement["object"]["definition"]["type"].endswith("/simulation")
    grouping = statement["context"]["contextActivities"]["grouping"]
    assert grouping[0]["id"] == f"https://skills.example.org/courses/{made.course_id}"
    assert vocabulary.PROFILE_VERSION in categories(statement)
    assert statement["authority"]["account"]["name"] == "twofold"
    assert statement["timestamp"].startswith("2030-03-01T09:00:00")


def test_names_enter_only_where_the_installation_says_so(db: Database) -> None:
    made = school(db)
    launch = ActivityLaunched(
        at(0), uuid4(), made.learner_ids[0], made.placement_id, None, CourseRole.LEARNER
    )
    named = from_environment({**SECRET, "TWOFOLD_ACTOR_NAMES": "1"})
    record(made, (launch,), named)
    assert stored(made)[0]["actor"]["name"] == "Learner 000"


def test_what_was_handed_in_is_recorded_in_the_attempts_registration(db: Database) -> None:
    made = school(db)
    attempt, learner = made.attempt(), made.learner_ids[0]
    made.do(
        lambda session: submissions.save_draft(
            session, attempt_id=attempt, person_id=learner, text="My evidence", links=[]
        )
    )
    _, events = made.happen(
        lambda session: submissions.submit(session, attempt_id=attempt, person_id=learner)
    )
    record(made, events)
    release(made, 4, 2)
    (statement,) = stored(made, vocabulary.SUBMITTED)
    assert statement["object"]["definition"]["type"] == vocabulary.SUBMISSION
    registrations = {each["context"].get("registration") for each in stored(made)}
    assert registrations == {statement["context"]["registration"]}


def test_a_release_scores_each_criterion_and_the_activity(db: Database) -> None:
    made = school(db)
    release(made, 4, 2)
    listening, product, activity = stored(made, vocabulary.SCORED)
    assert listening["result"]["score"] == {"raw": 4, "min": 1, "max": 4, "scaled": 1.0}
    assert listening["result"]["success"] is True
    assert listening["result"]["extensions"][vocabulary.LEVEL]["quality"] == "Great"
    assert product["result"]["score"]["scaled"] == pytest.approx(1 / 3, abs=1e-6)
    assert product["result"]["success"] is False
    grouping = {each["id"] for each in product["context"]["contextActivities"]["grouping"]}
    assert len(grouping) == 3, "two competencies and the course"
    for each in (listening, product, activity):
        assert f"{vocabulary.PROFILE}/assessor-roles/instructor" in categories(each)
        assert each["context"]["instructor"]["account"]["name"] == "Iris Teacher"
    assert activity["result"]["score"] == {
        "raw": 77.78,
        "min": 0,
        "max": 100,
        "scaled": 0.777778,
    }


def test_what_was_not_observed_has_no_statement(db: Database) -> None:
    made = school(db)
    release(made, 4, None)
    criterion, activity = stored(made, vocabulary.SCORED)
    assert criterion["result"]["score"]["raw"] == 4
    assert activity["result"]["score"]["scaled"] == 1.0


def test_an_assertion_is_replayed_from_its_statement_alone(db: Database) -> None:
    made = school(db)
    release(made, 4, 2)
    scored = {each["id"] for each in stored(made, vocabulary.SCORED)}
    assertions = stored(made, vocabulary.ASSERTED)
    assert len(assertions) == 2
    for statement in assertions:
        record_of = statement["result"]["extensions"][vocabulary.ESTIMATE]
        replayed = replay(record_of)
        assert replayed.agrees
        assert float(replayed.recomputed.estimate or 0) == statement["result"]["score"]["raw"]
        evidence = statement["result"]["extensions"][vocabulary.EVIDENCE]
        assert evidence
        assert set(evidence) <= scored
        assert vocabulary.LEARNER_COMPETENCY in categories(statement)
        changed = json.loads(json.dumps(record_of))
        changed["evidence"][0]["value"] = "0.1"
        assert not replay(changed).agrees


def test_mastery_is_achieved_once_and_refers_to_its_evidence(db: Database) -> None:
    made = school(db)
    release(made, 4, 4)
    release(made, 3, 4, minute=120)
    achieved = stored(made, vocabulary.ACHIEVED)
    assert len(achieved) == 2, "one a competency, though released twice"
    scored = {each["id"] for each in stored(made, vocabulary.SCORED)}
    assert all(each["context"]["statement"]["id"] in scored for each in achieved)
    assert all(each["result"]["success"] is True for each in achieved)


def test_a_regrade_refers_to_what_it_supersedes_and_voids_nothing(db: Database) -> None:
    made = school(db)
    release(made, 2, 2)
    before = [each["id"] for each in stored(made, vocabulary.SCORED)]
    release(made, 4, 2, minute=120)
    after = stored(made, vocabulary.SCORED)[3:]
    assert [each["context"]["statement"]["id"] for each in after] == before
    asserted = stored(made, vocabulary.ASSERTED)
    first = {each["object"]["id"]: each["id"] for each in asserted[:2]}
    assert {
        each["object"]["id"]: each["context"]["statement"]["id"] for each in asserted[2:]
    } == first


def test_recording_a_fact_twice_stores_it_once(db: Database) -> None:
    made = school(db)
    _, events = made.assess(made.attempt(), 4, 2)
    record(made, events)
    count = len(stored(made))
    record(made, events)
    assert len(stored(made)) == count
    with db.reading(made.tenant_id) as session:
        assert session.scalars(select(Conflict)).all() == []


def test_a_pretended_learner_leaves_no_statement(db: Database) -> None:
    made = school(db)
    with db.writing(made.tenant_id) as session:
        person = session.get(Person, made.learner_ids[0])
        assert person is not None
        person.is_test = True
    _, events = made.assess(made.attempt(), 4, 4)
    record(
        made,
        (
            *events,
            ActivityLaunched(
                at(0), uuid4(), made.learner_ids[0], made.placement_id, None, CourseRole.LEARNER
            ),
        ),
    )
    assert stored(made) == []


def test_two_schools_keep_their_records_apart(db: Database) -> None:
    north, south = school(db), school(db, name="South School")
    release(north, 4, 2)
    assert stored(north)
    assert stored(south) == []


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_whoever_forwards_them_may_speak_either_version(story: Story, version: str) -> None:
    for statement in story.statements:
        said = {**statement, "version": version}
        assert str(prepare(said, authority=said["authority"], version=version).id) == said["id"]
