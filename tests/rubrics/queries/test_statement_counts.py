"""Pages about many people take as many statements as pages about one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from foundation.db import Database
from rubrics.actions import submissions
from rubrics.queries.activities import (
    activity_choices,
    activity_page,
    competency_choices,
    course_activities,
    rubric_choices,
)
from rubrics.queries.classes import assessment_page, class_list
from rubrics.queries.learning import learner_page
from rubrics.queries.standings import my_skills
from tests.rubrics.make import School, at, school

MOST: dict[str, int] = {
    "activity_page": 9,
    "class_list": 14,
    "assessment_page": 19,
    "learner_page": 23,
    "my_skills": 10,
    "course_activities": 16,
    "activity_choices": 11,
    "rubric_choices": 6,
    "competency_choices": 2,
}


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements that are sent inside the block."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement != "BEGIN":
            sent.append(statement)

    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(bind, "before_cursor_execute", note)


def _queries(made: School) -> dict[str, Callable[[Session], Any]]:
    learner, instructor, placement = made.learner_ids[0], made.instructor_id, made.placement_id
    return {
        "activity_page": lambda s: activity_page(s, placement),
        "class_list": lambda s: class_list(s, placement, instructor),
        "assessment_page": lambda s: assessment_page(s, placement, learner, instructor),
        "learner_page": lambda s: learner_page(s, placement, learner),
        "my_skills": lambda s: my_skills(s, learner),
        "course_activities": lambda s: course_activities(s, made.course_id),
        "activity_choices": lambda s: activity_choices(s, made.course_id),
        "rubric_choices": lambda s: rubric_choices(s, made.course_id),
        "competency_choices": competency_choices,
    }


def _worked(db: Database, learners: int, placements: int) -> School:
    """A class in which half handed in and a third is assessed, at several placements."""
    made = school(db, learners=learners, name=f"School of {learners}")
    places = [made.placement_id] + [made.place() for _ in range(placements - 1)]
    for number, learner in enumerate(made.learner_ids[:12]):
        for place in places:
            attempt_id = made.attempt(learner, place)
            if number % 2 == 0:
                _hand_in(made, attempt_id, learner)
            if number % 3 == 0:
                made.assess(attempt_id, 3, 2)
    return made


def _hand_in(made: School, attempt_id: UUID, learner: UUID) -> None:
    who: dict[str, Any] = {"attempt_id": attempt_id, "person_id": learner, "at": at(5)}
    made.do(lambda s: submissions.save_draft(s, text="x", links=["https://a.example"], **who))
    made.do(lambda s: submissions.submit(s, **who))


def _counts(made: School) -> dict[str, int]:
    counts = {}
    for name, query in _queries(made).items():
        with made.db.reading(made.tenant_id) as session, counted(session) as sent:
            query(session)
        counts[name] = len(sent)
    return counts


@pytest.mark.slow
def test_statements_do_not_grow_with_the_class(db: Database) -> None:
    one, many = _worked(db, 1, 1), _worked(db, 200, 3)
    small, large = _counts(one), _counts(many)
    assert large == small
    assert {name: count for name, count in small.items() if count > MOST[name]} == {}
    listed = many.read(lambda s: class_list(s, many.placement_id))
    assert (len(listed.rows), listed.submitted, listed.assessed, listed.waiting) == (200, 6, 4, 4)
    course = many.read(lambda s: course_activities(s, many.course_id))
    assert [(r.learners, r.submitted, r.assessed, r.waiting) for r in course.rows] == [
        (200, 6, 4, 4)
    ] * 3
