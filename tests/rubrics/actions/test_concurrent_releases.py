"""Releases, launches and submissions that happen at the same moment lose nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select

from foundation.db import Database
from rubrics.actions import activities, assessments, attempts, people, releases
from rubrics.errors import Refused
from rubrics.scoring.replay import replay
from rubrics.tables.activities import Attempt
from rubrics.tables.assessments import ActivityScore, CompetencyAssertion, EvidenceValue
from rubrics.tables.people import Person
from rubrics.words import CourseRole
from tests.rubrics.make import School, at, rubric, school

T = TypeVar("T")


def together(*actions: Callable[[], T]) -> list[T | Refused]:
    """Start all at the same moment; each one's value, or how it was refused."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], T]) -> T | Refused:
        barrier.wait()
        try:
            return action()
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def _rated(made: School, attempt_id: UUID, *positions: int) -> UUID:
    opened = made.do(
        lambda s: assessments.open_draft(s, attempt_id=attempt_id, assessor_id=made.instructor_id)
    )
    made.do(
        lambda s: assessments.save(
            s,
            assessment_id=opened,
            assessor_id=made.instructor_id,
            ratings=made.ratings(*positions),
            comment="",
        )
    )
    return opened


def _release(made: School, assessment_id: UUID) -> Callable[[], UUID]:
    return lambda: made.do(
        lambda s: releases.release(s, assessment_id=assessment_id, assessor_id=made.instructor_id)
    )


def test_releases_for_one_person_follow_each_other(db: Database) -> None:
    made = school(db)
    drafts = [
        _rated(made, made.attempt(placement_id=made.place()), number % 4 + 1, 3)
        for number in range(6)
    ]
    results = together(*(_release(made, draft) for draft in drafts))
    assert set(results) == set(drafts)
    with db.reading(made.tenant_id) as session:
        soft = session.scalars(
            select(CompetencyAssertion)
            .where(CompetencyAssertion.competency_id == made.soft_id)
            .order_by(CompetencyAssertion.revision)
        ).all()
        values = {
            str(row.id): row.value
            for row in session.scalars(
                select(EvidenceValue).where(EvidenceValue.competency_id == made.soft_id)
            )
            if row.value is not None
        }
    assert [row.revision for row in soft] == [1, 2, 3, 4, 5, 6]
    assert [len(row.inputs["evidence"]) for row in soft] == [1, 2, 3, 4, 5, 6]
    replayed = replay(soft[-1].inputs, values)
    assert replayed.agrees
    assert not replayed.retired


def test_one_draft_is_released_once(db: Database) -> None:
    made = school(db)
    draft = _rated(made, made.attempt(), 4, 4)
    results = together(*[_release(made, draft)] * 4)
    assert results.count(draft) == 1
    assert {r.code for r in results if isinstance(r, Refused)} == {"assessment.released"}
    with db.reading(made.tenant_id) as session:
        assert session.scalar(select(func.count()).select_from(ActivityScore)) == 1


def test_two_assessors_of_one_attempt_both_count(db: Database) -> None:
    made = school(db)
    second = made.person("Ines Teacher", CourseRole.INSTRUCTOR)
    attempt_id = made.attempt()
    together(
        lambda: made.assess(attempt_id, 4, 4),
        lambda: made.assess(attempt_id, 1, 1, assessor_id=second),
    )
    with db.reading(made.tenant_id) as session:
        scores = session.scalars(select(ActivityScore).order_by(ActivityScore.revision)).all()
    assert [row.revision for row in scores] == [1, 2]
    assert scores[-1].points == 50


def test_two_windows_open_one_draft(db: Database) -> None:
    made = school(db)
    attempt_id = made.attempt()
    opened = together(
        *[
            lambda: made.do(
                lambda s: assessments.open_draft(
                    s, attempt_id=attempt_id, assessor_id=made.instructor_id
                )
            )
        ]
        * 4
    )
    assert len(set(opened)) == 1


def test_two_saves_from_one_page_do_not_both_win(db: Database) -> None:
    made = school(db)
    draft = _rated(made, made.attempt(), 1, 1)

    def save(position: int) -> Callable[[], int]:
        return lambda: made.do(
            lambda s: assessments.save(
                s,
                assessment_id=draft,
                assessor_id=made.instructor_id,
                ratings=made.ratings(position, position),
                comment="",
                expected_version=2,
            )
        )

    results = together(*(save(position) for position in (1, 2, 3, 4)))
    assert results.count(3) == 1
    assert {r.code for r in results if isinstance(r, Refused)} == {"assessment.stale"}


def test_a_person_who_launches_twice_at_once_is_one_person(db: Database) -> None:
    made = school(db)

    def launch() -> UUID:
        with db.writing(made.tenant_id) as session:
            person = people.meet_person(
                session, issuer="https://lms.example", subject="new", at=at(0)
            )
            people.enrol(session, made.course_id, person.id, CourseRole.LEARNER, at(0))
            return attempts.current_attempt(session, made.placement_id, person.id).id

    assert len(set(together(*[launch] * 4))) == 1
    with db.reading(made.tenant_id) as session:
        new = select(func.count()).select_from(Person).where(Person.subject == "new")
        assert session.scalar(new) == 1
        assert session.scalar(select(func.count()).select_from(Attempt)) == 1


def test_the_rubric_does_not_change_under_a_release(db: Database) -> None:
    made = school(db)
    draft = _rated(made, made.attempt(), 2, 2)
    with db.writing(made.tenant_id) as session:
        other = rubric(session, made)

    def edit() -> UUID:
        return made.do(
            lambda s: activities.write_activity(
                s,
                course_id=made.course_id,
                author_id=made.instructor_id,
                draft=made.draft(rubric_version_id=other),
                activity_id=made.activity_id,
            )
        )

    refusals = [r for r in together(edit, _release(made, draft)) if isinstance(r, Refused)]
    assert len(refusals) == 1
    assert refusals[0].code in ("activity.rubric_in_use", "assessment.rubric_changed")
