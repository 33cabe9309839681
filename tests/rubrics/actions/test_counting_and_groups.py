"""Several attempts, several assessors, and groups: whose score counts, and for whom."""

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from foundation.db import Database
from rubrics.actions import attempts
from rubrics.events import ActivityScored, CompetencyAsserted, CriterionScored, Event
from rubrics.queries.classes import class_list
from rubrics.queries.learning import learner_page
from rubrics.queries.standings import my_skills
from rubrics.tables.activities import Activity, Attempt
from rubrics.tables.assessments import ActivityScore, EvidenceValue
from rubrics.tables.people import GroupMember, LearnerGroup
from rubrics.words import AssessorRole, Counting, CourseRole
from tests.rubrics.make import School, school


def _settings(made: School, counting: Counting = Counting.LATEST, **settings: Any) -> None:
    with made.db.writing(made.tenant_id) as session:
        session.execute(update(Activity).values(counting=counting, settings=settings))


def _next(made: School) -> UUID:
    with made.db.writing(made.tenant_id) as session:
        return attempts.next_attempt(session, made.placement_id, made.learner_ids[0]).id


def _scored(made: School, events: tuple[Event, ...]) -> list[Decimal | None]:
    """The points that go to the gradebook."""
    ids = [event.score_id for event in events if isinstance(event, ActivityScored)]
    with made.db.reading(made.tenant_id) as session:
        return [session.get_one(ActivityScore, each).points for each in ids]


def _points(made: School, learner: int = 0) -> Decimal | None:
    row = made.read(lambda s: class_list(s, made.placement_id)).rows[learner]
    return row.score.points if row.score else None


def test_the_latest_attempt_counts(db: Database) -> None:
    made = school(db)
    _settings(made, attempts=2)
    first = made.attempt()
    made.assess(first, 4, 4)
    second = _next(made)
    assert _points(made) == 100  # the second has no result yet
    _, events = made.assess(second, 1, 1, minute=90)
    assert _scored(made, events) == [Decimal(0)]
    _, events = made.assess(first, 3, 3, minute=120)
    assert _scored(made, events) == []  # a re-grade of what does not count any more
    assert any(isinstance(event, CompetencyAsserted) for event in events)
    assert _points(made) == 0
    page = made.read(lambda s: learner_page(s, made.placement_id, made.learner_ids[0]))
    assert page.result is not None
    assert (page.result.attempt_number, page.can_try_again) == (2, False)


def test_the_best_attempt_counts(db: Database) -> None:
    made = school(db)
    _settings(made, Counting.BEST, attempts=2)
    first = made.attempt()
    made.assess(first, 3, 3)
    second = _next(made)
    _, events = made.assess(second, 2, 2, minute=90)
    assert _scored(made, events) == []
    assert _points(made) == Decimal("66.67")
    page = made.read(lambda s: learner_page(s, made.placement_id, made.learner_ids[0]))
    assert page.result is not None
    assert not page.result.counts
    _, events = made.assess(first, 1, 1, minute=120)
    assert _scored(made, events) == [Decimal("33.33")]  # now the other one is the best


def test_the_chosen_attempt_counts(db: Database) -> None:
    made = school(db)
    _settings(made, Counting.CHOSEN, attempts=2)
    first = made.attempt()
    made.assess(first, 4, 4)
    with db.writing(made.tenant_id) as session:
        session.execute(update(Attempt).where(Attempt.id == first).values(chosen=True))
    _, events = made.assess(_next(made), 1, 1, minute=90)
    assert _scored(made, events) == []
    assert _points(made) == 100


def test_only_the_instructor_counts_unless_weights_are_switched_on(db: Database) -> None:
    made = school(db, learners=3)
    own, peer, other_peer = made.learner_ids
    attempt_id = made.attempt()
    made.assess(attempt_id, 2, 2)
    for role, assessor in ((AssessorRole.SELF, own), (AssessorRole.PEER, peer)):
        _, events = made.assess(attempt_id, 4, 4, minute=70, assessor_id=assessor, role=role)
        assert {type(event) for event in events} == {CriterionScored}
    assert _points(made) == Decimal("33.33")
    page = made.read(lambda s: learner_page(s, made.placement_id, own))
    assert page.result is not None
    assert [each.role for each in page.result.assessments] == ["instructor", "peer", "self"]

    _settings(made, assessor_weights={"peer": "0.5"})
    _, events = made.assess(
        attempt_id, 4, 4, minute=80, assessor_id=other_peer, role=AssessorRole.PEER
    )
    assert _scored(made, events) == [Decimal("66.67")]  # (1 · 1/3 + 2 · 0.5 · 1) / 2
    (soft,) = made.read(lambda s: my_skills(s, own)).soft
    assert soft.estimate == Decimal("2.67")
    assert soft.assessors == 3
    with db.reading(made.tenant_id) as session:
        newest = session.scalars(
            select(ActivityScore).order_by(ActivityScore.revision.desc())
        ).first()
        assert newest is not None
        line = "Score 66.67 of 100 = (1 × 33.33 + 0.5 × 100.00 + 0.5 × 100.00) ÷ 2"
        assert newest.terms["line"] == line


def test_two_instructors_are_averaged(db: Database) -> None:
    made = school(db)
    second = made.person("Ines Teacher", CourseRole.ASSISTANT)
    attempt_id = made.attempt()
    made.assess(attempt_id, 4, 4)
    _, events = made.assess(attempt_id, 2, None, minute=90, assessor_id=second)
    assert _scored(made, events) == [Decimal("66.67")]  # (1 + 1/3) / 2
    (hard,) = made.read(lambda s: my_skills(s, made.learner_ids[0])).hard
    assert (hard.estimate, hard.assessors) == (Decimal(4), 1)


def test_the_line_says_points_where_the_maximum_is_not_100(db: Database) -> None:
    made = school(db)
    with db.writing(made.tenant_id) as session:
        session.execute(update(Activity).values(maximum=Decimal("7.5")))
    _, events = made.assess(made.attempt(), 3, 3)
    assert _scored(made, events) == [Decimal("5.00")]
    page = made.read(lambda s: learner_page(s, made.placement_id, made.learner_ids[0]))
    assert page.result is not None
    assert page.result.score is not None
    assert page.result.score.line.endswith(": 5 of 7.5 points")


@pytest.fixture
def group(db: Database) -> tuple[School, UUID]:
    """Three learners, two of them in a group with one attempt."""
    made = school(db, learners=3)
    with db.writing(made.tenant_id) as session:
        row = LearnerGroup(course_id=made.course_id, name="Team Blue")
        session.add(row)
        session.flush()
        for person_id in made.learner_ids[:2]:
            session.add(GroupMember(group_id=row.id, person_id=person_id))
        attempt = Attempt(placement_id=made.placement_id, group_id=row.id)
        session.add(attempt)
        session.flush()
        return made, attempt.id


def test_a_groups_rating_fans_out(group: tuple[School, UUID]) -> None:
    made, attempt_id = group
    assert made.attempt(made.learner_ids[1]) == attempt_id
    _, events = made.assess(attempt_id, 4, 4)
    people = {event.person_id for event in events if isinstance(event, CriterionScored)}
    assert people == set(made.learner_ids[:2])
    assert _scored(made, events) == [Decimal(100)] * 2
    assert [_points(made, learner) for learner in range(3)] == [100, 100, None]
    rows = made.read(lambda s: class_list(s, made.placement_id)).rows
    assert [row.group for row in rows] == ["Team Blue", "Team Blue", None]
    for learner in made.learner_ids[:2]:
        (hard,) = made.read(partial(my_skills, person_id=learner)).hard
        assert hard.at_mastery


def test_one_member_can_be_overridden(group: tuple[School, UUID]) -> None:
    made, group_attempt = group
    made.assess(group_attempt, 4, 4)
    with made.db.writing(made.tenant_id) as session:
        own = Attempt(placement_id=made.placement_id, person_id=made.learner_ids[0])
        session.add(own)
        session.flush()
        own_id = own.id
    _, events = made.assess(own_id, 1, 1, minute=90)
    assert _scored(made, events) == [Decimal(0)]
    _, events = made.assess(group_attempt, 2, 2, minute=120)
    assert _scored(made, events) == [Decimal("33.33")]  # the other member's alone
    assert [_points(made, learner) for learner in range(2)] == [0, Decimal("33.33")]
    with made.db.reading(made.tenant_id) as session:
        standing = session.scalars(select(EvidenceValue).where(EvidenceValue.standing)).all()
        assert {(row.person_id, row.attempt_id) for row in standing} == {
            (made.learner_ids[0], own_id),
            (made.learner_ids[1], group_attempt),
        }


def test_a_mentors_weight_counts_for_grade_and_mastery_alike(db: Database) -> None:
    made = school(db)
    mentor = made.person("Mona Mentor", CourseRole.MENTOR)
    _settings(made, assessor_weights={"mentor": "0.5"})
    attempt_id = made.attempt()
    made.assess(attempt_id, 4, 4)
    _, events = made.assess(
        attempt_id, 1, 1, minute=90, assessor_id=mentor, role=AssessorRole.MENTOR
    )
    assert _scored(made, events) == [Decimal("66.67")]
    (hard,) = made.read(lambda s: my_skills(s, made.learner_ids[0])).hard
    assert hard.estimate == Decimal("2.67")
